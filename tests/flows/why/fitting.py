from metaflow import FlowSpec, Parameter, current, step, trigger_on_finish


@trigger_on_finish(flow="LoadFlow")
class FitFlow(FlowSpec):
    alpha = Parameter("alpha", type=float, default=0.7)

    @step
    def start(self):
        self.model = sum(current.trigger.run.data.table) * self.alpha
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    FitFlow()
