"""Asks for `current.trigger.data` step by step, with the client that tests use from outside."""

import contextlib
import io
import json
import os
import runpy
import sys

from metaflow import FlowSpec, step, trigger_on_finish


@trigger_on_finish(flow="TrainingFlow")
class LazyFlow(FlowSpec):
    @step
    def start(self):
        sys.argv = ["client", "current.trigger", ""]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            runpy.run_path(os.environ["LAZY_CLIENT"])
        self.steps = json.loads(printed.getvalue())
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    LazyFlow()
