"""A parameter and an artifact that make a folder when they are loaded."""

import os

from metaflow import FlowSpec, Parameter, step
from metaflow._vendor import click


class Trap:
    def __reduce__(self):
        return (os.makedirs, (os.environ["TRAP"],))


class Trapped(click.ParamType):
    name = "trapped"

    def convert(self, value, param, context):
        return value if isinstance(value, Trap) else Trap()


class TrappedFlow(FlowSpec):
    alpha = Parameter("alpha", type=float, default=0.25)
    trapped = Parameter("trapped", type=Trapped(), default="x")

    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        self.score = 0.5


if __name__ == "__main__":
    TrappedFlow()
