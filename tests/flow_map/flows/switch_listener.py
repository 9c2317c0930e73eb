"""Flows that listen to steps of the flow with a switch."""

from metaflow import FlowSpec, step, trigger


@trigger(event="metaflow.SwitchingFlow.b")
class BranchFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass
