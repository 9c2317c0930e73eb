from metaflow import FlowSpec, current, step, trigger_on_finish


@trigger_on_finish(flow="ExtractFlow")
class TrainFlow(FlowSpec):
    @step
    def start(self):
        self.model = sum(current.trigger.run.data.data)
        self.next(self.finish)

    @step(end=True)
    def finish(self):
        pass


if __name__ == "__main__":
    TrainFlow()
