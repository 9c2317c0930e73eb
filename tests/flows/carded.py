from metaflow import FlowSpec, card, step, trigger_on_finish


@trigger_on_finish(flow="TrainingFlow")
class CardedFlow(FlowSpec):
    @card(type="lineage")
    @card(type="lineage", id="near", options={"upstream": 1})
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    CardedFlow()
