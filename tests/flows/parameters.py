"""Parameters of every kind, also such as nobody wants in a page; an artifact that must not be loaded."""

import os

from metaflow import Config, FlowSpec, IncludeFile, JSONType, Parameter, step


class Trap:
    """Makes a folder when it is loaded."""

    def __reduce__(self):
        return (os.makedirs, (os.environ["TRAP"],))


class ParametersFlow(FlowSpec):
    alpha = Parameter("alpha", type=float, default=0.25)
    grid = Parameter("grid", type=JSONType, default='{"rates": [0.1, 0.2], "deep": {"layers": 3}}')
    note = Parameter("note", default="</script><script>window.hacked = 1</script>\u2028\u202e<img onerror=1>")
    long = Parameter("long", default="x" * 10_000)
    huge = Parameter("huge", type=JSONType, default="[]")
    empty = Parameter("empty", default="")
    file = IncludeFile("file")
    settings = Config("settings", default_value={"kept": True})

    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        self.rows = [1, 2, 3]
        self.trap = Trap()


if __name__ == "__main__":
    ParametersFlow()
