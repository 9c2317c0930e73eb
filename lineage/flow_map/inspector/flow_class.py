"""Describes one flow class as plain data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from metaflow import IncludeFile
from metaflow.decorators import flow_decorators
from metaflow.parameters import DeployTimeField, JSONTypeClass

from lineage.flow_map.inspector.configs import has_config_objects, read_configs, resolve
from lineage.flow_map.inspector.mutators import run_mutators
from lineage.flow_map.inspector.naming import deploy_time_call, evaluated, project_of
from lineage.flow_map.inspector.publishers import PublishedNames
from lineage.flow_map.unresolved import unresolved

_READ = ("trigger", "trigger_on_finish", "schedule")
_STRICT_MARK = "trigger_on"  # an attribute that only @trigger_on has


def gap_of(flow: Any) -> str | None:
    """Say what a class lacks to be a runnable flow, as unfinished base classes do; None if nothing.

    Metaflow's linter (metaflow/lint.py) refuses such a flow with any command.
    """
    nodes = flow._graph.nodes
    for name in (_start_step(flow), _end_step(flow)):
        if name not in nodes:
            return f"it has no step {name}" if name else "its first or last step is missing"
    for name, node in nodes.items():
        for after in node.out_funcs:
            if after not in nodes:
                return f"its step {name} goes on to {after}, which is not there"
    return None


def _start_step(flow: Any) -> str | None:
    """Its first step; before Metaflow 2.19.23 always `start`."""
    name: str | None = getattr(flow._graph, "start_step", "start")
    return name


def _end_step(flow: Any) -> str | None:
    name: str | None = getattr(flow._graph, "end_step", "end")
    return name


def describe(flow: Any, file: str, published: PublishedNames) -> dict[str, Any]:
    """Describe a flow class; its mutators are run, its Configs and trigger functions evaluated."""
    configs = read_configs(flow, Path(file).resolve().parent)
    notes = run_mutators(flow, configs)
    attributes, assumptions = {}, {}
    for decorator in flow_decorators(flow):
        if decorator.name in (*_READ, "project"):
            attributes[decorator.name], why = resolve(flow, decorator, configs)
            if getattr(decorator, "inserted_by", None):
                why = why or configs.assumption(set(configs.defaults))
            assumptions[decorator.name] = why
    place = project_of(attributes.get("project"))
    call = deploy_time_call(flow.__name__, place, configs.values)
    steps, _ = flow._graph.output_steps()
    info = {
        "file": str(Path(file).resolve()),
        "start_step": _start_step(flow),
        "end_step": _end_step(flow),
        "steps": {
            name: {key: step[key] for key in ("type", "next", "matching_join") if key in step}
            for name, step in steps.items()
        },
        "parameters": [_parameter(variable, parameter) for variable, parameter in flow._get_parameters()],
        "parameters_known": True,
        "decorators": [
            {
                "name": name,
                "attributes": evaluated(name, _acceptable(given), call),
                "assumed": assumptions[name],
            }
            for name, given in attributes.items()
            if name != "project"
        ],
        "publishes": published.of([base.__name__ for base in flow.__mro__]),
    }
    return {
        "flow": flow.__name__,
        **place,
        "assumed": assumptions.get("project"),
        "notes": [*place["notes"], *notes],
        "info": info,
    }


def _acceptable(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes; where Metaflow's own `@trigger` cannot take them, that is said in their place."""
    if _STRICT_MARK in attributes or not has_config_objects(attributes.get("events")):
        return attributes
    reason = "objects of a Config in events=, which are immutable (@trigger_on takes them)"
    return attributes | {"events": [unresolved(reason, refused=True)]}


def _parameter(variable: str, parameter: Any) -> dict[str, Any]:
    """Its names, kind, default, and whether Argo takes it for required (`_process_parameters`)."""
    parameter.init(ignore_errors=True)  # only this gives `required` the value that the flow's author wrote
    kind = "Config" if parameter.IS_CONFIG_PARAMETER else "Parameter"
    has_default = "default" in parameter.kwargs
    required = bool(parameter.kwargs.get("required"))
    known = {"name": parameter.name, "type": kind, "required": required, "has_default": has_default}
    return known if kind == "Config" else known | _value_of(variable, parameter)


def _value_of(variable: str, parameter: Any) -> dict[str, Any]:
    """How a parameter's value is recorded and typed.

    `default` is the recorded form of the default, and missing where a function makes it; `file` is the
    default path of an `IncludeFile`, or None.
    """
    default = parameter.kwargs.get("default")
    is_json = isinstance(parameter.kwargs.get("type"), JSONTypeClass)
    value: dict[str, Any] = {"variable": variable, "json": is_json, "separator": parameter.separator}
    if isinstance(parameter, IncludeFile):
        file = default.print_representation if isinstance(default, DeployTimeField) else None
        return value | {"file": file if isinstance(file, str) else None}
    if isinstance(default, DeployTimeField):
        return value
    if is_json and isinstance(default, str):
        default = json.loads(default)
    if default and parameter.separator:
        default = default.split(parameter.separator)
    return value | {"default": default}
