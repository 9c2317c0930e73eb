"""Waits for an external event, whose field `text` sets its parameter."""

from metaflow import FlowSpec, Parameter, step, trigger


@trigger(event="lineage.try")
class TryListenerFlow(FlowSpec):
    text = Parameter("text", default="")

    @step
    def start(self):
        self.seen = self.text
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    TryListenerFlow()
