"""A parameter of every kind, each of which a run can be given by hand."""

from metaflow import FlowSpec, IncludeFile, JSONType, Parameter, step, trigger_on_finish

MADE = "then"


@trigger_on_finish(flow="ETLFlow")
class GivenFlow(FlowSpec):
    alpha = Parameter("alpha", default=5)
    below = Parameter("below", default=0)
    ratio = Parameter("ratio-of", default=0.5)
    careful = Parameter("careful", default=False)
    words = Parameter("words", default="a b")
    names = Parameter("names", default="x,y", separator=",")
    grid = Parameter("grid", type=JSONType, default='{"g": 0}')
    nothing = Parameter("nothing", type=str)
    made = Parameter("made", default=lambda context: f"by {context.flow_name}")
    text = IncludeFile("text")
    same = Parameter("same", default="untouched")
    kind = "a class variable, which Metaflow records like a parameter"

    @step
    def start(self):
        self.by = MADE
        self.content = self.text
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    GivenFlow()
