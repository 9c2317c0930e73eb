"""A flow with a switch and a step that repeats itself; `turns` says how often."""

from metaflow import FlowSpec, Parameter, step


class SwitchingFlow(FlowSpec):
    turns = Parameter("turns", default=1)
    branch = Parameter("branch", default="a")

    @step
    def start(self):
        self.done = 0
        self.next({"a": self.a, "b": self.b}, condition="branch")

    @step
    def a(self):
        self.next(self.again)

    @step
    def b(self):
        self.next(self.again)

    @step
    def again(self):
        self.done += 1
        self.more = "yes" if self.done < self.turns else "no"
        self.next({"yes": self.again, "no": self.end}, condition="more")

    @step
    def end(self):
        pass


if __name__ == "__main__":
    SwitchingFlow()
