from metaflow import FlowSpec, current, step, trigger_on_finish


@trigger_on_finish(flow="TrainingFlow")
class PredictionFlow(FlowSpec):
    @step
    def start(self):
        print("Triggering Run object", current.trigger.run)
        print("Triggering event name", current.trigger.event.name)
        print("Triggering timestamp", current.trigger.event.timestamp)
        self.model = current.trigger.data.model
        print("Model value", self.model["x"])
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    PredictionFlow()
