from metaflow import FlowSpec, Parameter, step, trigger_on


@trigger_on(events=["tables.ready"])
class TablesFlow(FlowSpec):
    table = Parameter("table", required=True)

    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    TablesFlow()
