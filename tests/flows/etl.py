from metaflow import FlowSpec, step


class ETLFlow(FlowSpec):
    @step
    def start(self):
        self.rows = [1, 2, 3]
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    ETLFlow()
