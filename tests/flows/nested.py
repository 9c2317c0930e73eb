from metaflow import FlowSpec, Parameter, current, step, trigger


@trigger(event="first")
class NestedFlow(FlowSpec):
    alpha = Parameter("alpha", default=1)

    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        self.trigger_seen = current.trigger and repr(current.trigger)


if __name__ == "__main__":
    NestedFlow()
