from metaflow import FlowSpec, current, step, trigger_on


@trigger_on(events=["first", "second"])
class DataFlow(FlowSpec):
    @step
    def start(self):
        print("Triggering 'first' event timestamp", current.trigger["first"].timestamp)
        print("Triggering 'second' event timestamp", current.trigger["second"].timestamp)
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    DataFlow()
