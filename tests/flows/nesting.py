"""A flow whose step starts another flow that has a parameter of the same name."""

import subprocess
import sys
from pathlib import Path

from metaflow import FlowSpec, Parameter, Run, step, trigger


@trigger(event="first")
class NestingFlow(FlowSpec):
    alpha = Parameter("alpha", default=5)
    param_id = Parameter("id", default="none")

    @step
    def start(self):
        inner = Path(__file__).with_name("nested.py")
        command = [sys.executable, str(inner), "run", "--run-id-file", "inner-id"]
        subprocess.run(command, check=True)
        run = Run(f"NestedFlow/{Path('inner-id').read_text()}", _namespace_check=False)
        self.inner = {"trigger": run["end"].task["trigger_seen"].data, "alpha": run["end"].task["alpha"].data}
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    NestingFlow()
