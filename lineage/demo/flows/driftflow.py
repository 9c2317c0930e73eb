from metaflow import FlowSpec, Parameter, step


class DriftFlow(FlowSpec):
    """Checks whether days are still like those that the model was trained on."""

    first_day = Parameter("first_day", type=int, default=0)

    @step
    def start(self):
        self.drift = self.first_day / 100
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    DriftFlow()
