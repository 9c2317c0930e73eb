"""Who refuses each of these flow files: Metaflow with any command, `argo-workflows create`, or neither.

What `create` checks of triggers and parameters (`_process_parameters` and `_process_triggers` of
metaflow/plugins/argo/argo_workflows.py) needs no cluster, so only that is run. For each file one line of
JSON: `[who, message]`.
"""

import json
import os
import sys
from pathlib import Path

from metaflow import FlowMutator, FlowSpec, current, parameters
from metaflow.decorators import flow_decorators
from metaflow.plugins.argo.argo_workflows import ArgoWorkflows
from metaflow.plugins.events_decorator import TriggerDecorator, TriggerOnFinishDecorator
from metaflow.plugins.project_decorator import format_name

STOCK = {"trigger": TriggerDecorator, "trigger_on_finish": TriggerOnFinishDecorator}


class Datastore:
    TYPE = "local"


class Ready:
    """What `create` looks at of a flow that is initialised."""

    def __init__(self, flow):
        self._get_parameters = flow._get_parameters
        self._flow_decorators = {one.name: [one] for one in flow_decorators(flow)}


def who_refuses(file):
    names = {"__name__": "checked", "__file__": file}
    module = type(sys)("checked")
    sys.modules["checked"] = module
    vars(module).update(names)
    exec(compile(Path(file).read_bytes(), file, "exec"), vars(module))
    flow = next(
        one
        for value in vars(module).values()
        for one in [value._flow_cls if isinstance(value, FlowMutator) else value]
        if isinstance(one, type) and issubclass(one, FlowSpec) and one.__module__ == "checked"
    )
    try:
        for _, parameter in flow._get_parameters():
            parameter.init(ignore_errors=True)
        for decorator in flow_decorators(flow):
            decorator.external_init()
            if decorator.name == "project":
                _, branch = format_name("X", decorator.attributes["name"], False, None, "ann")
                current._update_env({"project_name": decorator.attributes["name"], "branch_name": branch})
            elif decorator.name in STOCK:  # the stock checks; ours ask for a command line
                kind = STOCK[decorator.name]
                kind.flow_init(decorator, None, None, None, None, None, None, None, {"trigger": None})
                decorator.format_deploytime_value = lambda d=decorator, k=kind: k.format_deploytime_value(d)
    except Exception as exc:
        return ["any command", f"{type(exc).__name__}: {exc}"]
    try:
        parameters.set_parameter_context(flow.__name__, print, Datastore, {})
        checked = ArgoWorkflows.__new__(ArgoWorkflows)
        checked.flow = Ready(flow)
        known = checked._process_parameters()
        triggers, options = checked._process_triggers()
        for event in triggers:
            for parameter in event.get("parameters", {}):
                known[parameter]  # as _compile_sensor looks it up
        (options or {}).get("reset_at", {}).get("cron")
    except Exception as exc:
        return ["create", f"{type(exc).__name__}: {exc}"]
    return ["nobody", ""]


for file in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        print(json.dumps(who_refuses(file)), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
