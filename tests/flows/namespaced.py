"""An event whose name depends on @project, with the decorators in either order."""

import os

from metaflow import FlowSpec, Parameter, current, namespaced_event_name, project, step, trigger

DECORATORS = [trigger(event={"name": namespaced_event_name("first")}), project(name="shop")]


def decorated(flow):
    order = DECORATORS[::-1] if os.environ.get("PROJECT_FIRST") else DECORATORS
    for decorator in order:
        flow = decorator(flow)
    return flow


@decorated
class NamespacedFlow(FlowSpec):
    alpha = Parameter("alpha", default=5)

    @step
    def start(self):
        self.names = [event.name for event in current.trigger]
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    NamespacedFlow()
