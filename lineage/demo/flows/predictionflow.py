from metaflow import FlowSpec, current, step, trigger_on_finish


@trigger_on_finish(flows=["TrainingFlow", "DataFlow"])
class PredictionFlow(FlowSpec):
    """Applies the new model to the new days."""

    @step
    def start(self):
        model = current.trigger["TrainingFlow"].data.model
        days = current.trigger["DataFlow"].data.days
        self.predictions = {day: model["slope"] * day + model["intercept"] for day in days}
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    PredictionFlow()
