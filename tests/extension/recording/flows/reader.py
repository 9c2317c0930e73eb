"""A task that reads two artifacts, several times each."""

from metaflow import Flow, FlowSpec, step


class ReaderFlow(FlowSpec):
    @step
    def start(self):
        data = Flow("MakerFlow").latest_run.data
        self.read = [(data.model, data.rows) for _ in range(3)]
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    ReaderFlow()
