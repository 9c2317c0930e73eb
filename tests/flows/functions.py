"""A flow that learns from functions what it listens to."""

from metaflow import FlowSpec, current, step, trigger, trigger_on_finish


@trigger(events=lambda context: [{"name": "first"}])
@trigger_on_finish(flow=lambda context: {"name": "TrainingFlow"})
class FunctionsFlow(FlowSpec):
    @step
    def start(self):
        self.type = current.trigger.type
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    FunctionsFlow()
