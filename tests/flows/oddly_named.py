from metaflow import FlowSpec, step


class OddFlow(FlowSpec):
    @step(start=True)
    def first(self):
        self.next(self.last)

    @step(end=True)
    def last(self):
        self.rows = 3


if __name__ == "__main__":
    OddFlow()
