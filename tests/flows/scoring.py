from metaflow import FlowSpec, current, step, trigger_on_finish


@trigger_on_finish(flows=["TrainingFlow", "ETLFlow", "FailingFlow", "SlowFlow", "OddFlow"])
class ScoringFlow(FlowSpec):
    @step
    def start(self):
        self.runs = [run.pathspec for run in current.trigger.runs]
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    ScoringFlow()
