"""A flow whose first and last step have names of their own, and that fails where the environment says."""

import os

from metaflow import FlowSpec, current, step, trigger, trigger_on_finish


@trigger(event="first")
@trigger_on_finish(flow="TrainingFlow")
class ResumedOddFlow(FlowSpec):
    @step(start=True)
    def opening(self):
        fail_in("opening")
        self.next(self.closing)

    @step(end=True)
    def closing(self):
        fail_in("closing")
        self.at_closing = repr(current.trigger)
        self.rows = 3


def fail_in(step_name):
    if os.environ.get("FAIL_IN") == step_name:
        raise ValueError("told to fail")


if __name__ == "__main__":
    ResumedOddFlow()
