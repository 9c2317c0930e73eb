from metaflow import FlowSpec, step, trigger


@trigger(event="metaflow.ExtractFlow.load")
class WatchFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    WatchFlow()
