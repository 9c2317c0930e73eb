"""A foreach whose tasks all say what they saw of the trigger."""

from metaflow import FlowSpec, Parameter, current, step, trigger, trigger_on_finish


@trigger(event="first")
@trigger_on_finish(flow="TrainingFlow")
class WideFlow(FlowSpec):
    width = Parameter("width", default=1)

    @step
    def start(self):
        self.items = list(range(self.width))
        self.next(self.body, foreach="items")

    @step
    def body(self):
        self.seen = seen()
        self.next(self.join)

    @step
    def join(self, inputs):
        self.all_seen = sorted({*(task.seen for task in inputs), seen()})
        self.next(self.end)

    @step
    def end(self):
        self.all_seen = sorted({*self.all_seen, seen()})


def seen():
    events = [(event.name, event.id, str(event.timestamp), event.payload) for event in current.trigger]
    return repr((current.trigger, events))


if __name__ == "__main__":
    WideFlow()
