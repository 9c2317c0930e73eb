from metaflow import FlowSpec, current, step, trigger_on_finish


@trigger_on_finish(flow="ETLFlow")
class TrainingFlow(FlowSpec):
    @step
    def start(self):
        self.trigger_seen = repr(current.trigger)
        self.model = {"x": 1}
        self.next(self.end)

    @step
    def end(self):
        self.trigger_at_end = repr(current.trigger)


if __name__ == "__main__":
    TrainingFlow()
