"""A flow that fails where the environment says, for tests of resume."""

import os

from metaflow import FlowSpec, Parameter, current, step, trigger, trigger_on_finish


@trigger(event="first")
@trigger_on_finish(flow="TrainingFlow")
class ResumedFlow(FlowSpec):
    alpha = Parameter("alpha", default=5)

    @step
    def start(self):
        self.at_start = repr(current.trigger)
        fail_in("start")
        self.next(self.middle)

    @step
    def middle(self):
        fail_in("middle")
        self.at_middle = repr(current.trigger)
        self.payload = current.trigger and "first" in current.trigger and current.trigger["first"].payload
        self.next(self.end)

    @step
    def end(self):
        pass


def fail_in(step_name):
    if os.environ.get("FAIL_IN") == step_name:
        raise ValueError("told to fail")


if __name__ == "__main__":
    ResumedFlow()
