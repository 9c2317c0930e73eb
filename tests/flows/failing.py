from metaflow import FlowSpec, step


class FailingFlow(FlowSpec):
    @step
    def start(self):
        raise ValueError("this flow always fails")
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    FailingFlow()
