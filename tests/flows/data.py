from metaflow import FlowSpec, Parameter, current, step, trigger_on


@trigger_on(events=["first", "second"])
class DataFlow(FlowSpec):
    alpha = Parameter("alpha", default=5)

    @step
    def start(self):
        print("Triggering 'first' event timestamp", current.trigger["first"].timestamp)
        print("Triggering 'second' event timestamp", current.trigger["second"].timestamp)
        self.next(self.end)

    @step
    def end(self):
        self.payload = current.trigger["first"].payload


if __name__ == "__main__":
    DataFlow()
