from metaflow import FlowSpec, step, trigger_on_finish


@trigger_on_finish(flow="ExtractFlow")
class FailsFlow(FlowSpec):
    @step
    def start(self):
        raise ValueError("on purpose")
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    FailsFlow()
