from statistics import linear_regression

from metaflow import FlowSpec, current, step, trigger_on_finish


@trigger_on_finish(flow="ETLFlow")
class TrainingFlow(FlowSpec):
    """Fits a line to the orders of the ETL run that triggered it."""

    @step
    def start(self):
        table = current.trigger.run.data.table
        days = [row["day"] for row in table]
        orders = [row["orders"] for row in table]
        slope, intercept = linear_regression(days, orders)
        self.model = {"slope": slope, "intercept": intercept}
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    TrainingFlow()
