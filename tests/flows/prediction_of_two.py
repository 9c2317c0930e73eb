from metaflow import FlowSpec, current, step, trigger_on_finish


@trigger_on_finish(flows=["TrainingFlow", "DataFlow"])
class PredictionFlow(FlowSpec):
    @step
    def start(self):
        print("Triggering TrainingFlow's Run object", current.trigger["TrainingFlow"])
        print("Triggering DataFlow's Run object", current.trigger["DataFlow"])
        print("Triggering event name", current.trigger.events[0].name)
        print("Triggering timestamp", current.trigger.events[0].timestamp)
        self.model = current.trigger["TrainingFlow"].data.model
        print("Model value", self.model["x"])
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    PredictionFlow()
