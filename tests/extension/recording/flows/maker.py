"""The run that the other flows here read."""

from metaflow import FlowSpec, Parameter, step


class MakerFlow(FlowSpec):
    size = Parameter("size", default=3)

    @step
    def start(self):
        self.model = {"x": 1}
        self.rows = list(range(5))
        self.next(self.end)

    @step
    def end(self):
        self.score = 0.5


if __name__ == "__main__":
    MakerFlow()
