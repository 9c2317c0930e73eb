import time
from pathlib import Path

from metaflow import FlowSpec, Parameter, step


class SlowFlow(FlowSpec):
    marker = Parameter("marker", default="")

    @step
    def start(self):
        if self.marker:
            Path(self.marker).write_text("started")
        time.sleep(60)
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    SlowFlow()
