"""A flow whose decorators come from the environment, with a parameter of every type."""

import ast
import os

import metaflow
from metaflow import Config, FlowSpec, JSONType, Parameter, current, step


def decorated(flow):
    for name, attributes in ast.literal_eval(os.environ["DECORATORS"]):
        flow = getattr(metaflow, name)(**attributes)(flow)
    return flow


@decorated
class ConfigurableFlow(FlowSpec):
    alpha = Parameter("alpha", default=5)
    beta = Parameter("beta-value", default="none")
    gamma = Parameter("gamma", type=JSONType, default='{"g": 0}')
    delta = Parameter("delta", type=bool, default=False)
    ratio = Parameter("ratio", type=float, default=0.5)
    empty = Parameter("empty", type=str)
    settings = Config("settings", default_value='{"kept": true}')

    @step
    def start(self):
        self.seen = described(current.trigger)
        self.next(self.end)

    @step
    def end(self):
        self.seen_at_end = described(current.trigger)


def described(trigger):
    if trigger is None:
        return None
    return {
        "type": trigger.type,
        "event": trigger.event and trigger.event.name,
        "run": trigger.run and trigger.run.pathspec,
        "events": [[*map(str, event), event.payload] for event in trigger.events],
        "runs": trigger.runs and [run.pathspec for run in trigger.runs],
    }


if __name__ == "__main__":
    ConfigurableFlow()
