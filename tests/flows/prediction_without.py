from metaflow import FlowSpec, current, step, trigger_on_finish


@trigger_on_finish(flow="TrainingFlow")
class UntriggeredFlow(FlowSpec):
    @step
    def start(self):
        self.was_none = current.trigger is None
        self.next(self.end)

    @step
    def end(self):
        self.was_none_at_end = current.trigger is None


if __name__ == "__main__":
    UntriggeredFlow()
