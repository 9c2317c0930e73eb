from metaflow import FlowSpec, Parameter, step


class ExtractFlow(FlowSpec):
    rows = Parameter("rows", default=3)

    @step
    def start(self):
        self.next(self.load)

    @step
    def load(self):
        self.data = list(range(self.rows))
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    ExtractFlow()
