"""Waits for TryUpstreamFlow."""

from metaflow import FlowSpec, current, step, trigger_on_finish


@trigger_on_finish(flow="TryUpstreamFlow")
class TryDownstreamFlow(FlowSpec):
    @step
    def start(self):
        self.seen = current.trigger and current.trigger.run.data.model
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    TryDownstreamFlow()
