from pathlib import Path

from metaflow import FlowSpec, Runner, current, step, trigger_on_finish


@trigger_on_finish(flows=["TrainingFlow", "DataFlow"])
class PredictionFlow(FlowSpec):
    """Applies the new model to the new days, and has these checked for drift."""

    @step
    def start(self):
        model = current.trigger["TrainingFlow"].data.model
        days = current.trigger["DataFlow"].data.days
        self.predictions = {day: model["slope"] * day + model["intercept"] for day in days}
        self.next(self.end)

    @step
    def end(self):
        check = Path(__file__).with_name("driftflow.py")
        Runner(str(check), show_output=False, pylint=False).run(first_day=min(self.predictions))


if __name__ == "__main__":
    PredictionFlow()
