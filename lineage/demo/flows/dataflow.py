from pathlib import Path

from metaflow import FlowSpec, Parameter, Runner, step, trigger


@trigger(event={"name": "new_data", "parameters": {"week": "week"}})
class DataFlow(FlowSpec):
    """Prepares the days of one week as soon as an event announces their data, and has them checked."""

    week = Parameter("week", type=int, default=0)

    @step
    def start(self):
        self.days = [self.week * 7 + day for day in range(7)]
        self.next(self.end)

    @step
    def end(self):
        drift = Path(__file__).with_name("driftflow.py")
        Runner(str(drift), show_output=False, pylint=False).run(week=self.week)


if __name__ == "__main__":
    DataFlow()
