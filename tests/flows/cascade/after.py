from metaflow import FlowSpec, step, trigger_on_finish


@trigger_on_finish(flow="FailsFlow")
class AfterFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    AfterFlow()
