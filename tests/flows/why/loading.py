from metaflow import FlowSpec, Parameter, step


class LoadFlow(FlowSpec):
    rows = Parameter("rows", type=int, default=3)

    @step
    def start(self):
        self.table = list(range(self.rows))
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    LoadFlow()
