from metaflow import FlowSpec, Parameter, step, trigger


@trigger(event={"name": "new_data", "parameters": {"week": "week"}})
class DataFlow(FlowSpec):
    """Prepares the days of one week as soon as an event announces their data."""

    week = Parameter("week", type=int, default=0)

    @step
    def start(self):
        self.days = [self.week * 7 + day for day in range(7)]
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    DataFlow()
