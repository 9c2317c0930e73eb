"""The first of the flows that `tools/try_on_argo.py` deploys."""

from metaflow import FlowSpec, Parameter, step


class TryUpstreamFlow(FlowSpec):
    rows = Parameter("rows", default=1)

    @step
    def start(self):
        self.model = self.rows * 2
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    TryUpstreamFlow()
