"""The names that a flow has only once it is deployed: project, branch, and what functions return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from metaflow import current
from metaflow.exception import MetaflowException
from metaflow.parameters import DeployTimeField, ParameterContext
from metaflow.plugins.project_decorator import format_name
from metaflow.user_configs.config_parameters import ConfigValue
from metaflow.util import get_username

from lineage.flow_map.unresolved import unresolved, why_unresolved

Call = Callable[[Any], Any]


def project_of(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    """Where a flow is deployed, from the attributes of its `@project`.

    Returns
    -------
    dict
        `project`, `branch`, `branch_assumed` (whether it depends on how the flow is deployed), and lists
        of sentences without their subject: `refused` and `notes`.
    """
    nowhere: dict[str, Any] = {
        "project": None,
        "branch": None,
        "branch_assumed": False,
        "refused": [],
        "notes": [],
    }
    if attributes is None:
        return nowhere
    name, production, branch = (attributes.get(key) for key in ("name", "production", "branch"))
    if reason := why_unresolved(name) or why_unresolved(branch):
        return nowhere | {"notes": [f"has a @project that is not known: {reason}"]}
    try:
        _, full = format_name("Any", name, production, branch, get_username())
    except (MetaflowException, TypeError) as exc:
        return nowhere | {"refused": [f"has a @project that Metaflow refuses with any command: {exc}"]}
    assumed = not production and branch is None
    return nowhere | {"project": name, "branch": full, "branch_assumed": assumed}


def deploy_time_call(flow: str, place: Mapping[str, Any], configs: Mapping[str, Any]) -> Call:
    """A function that calls others as deployment does: with the context of this flow.

    Parameters
    ----------
    flow
        Its name.
    place
        As `project_of` returns it; `metaflow.current` is set to it.
    configs
        The values of the flow's Configs.
    """
    project, branch = place["project"], place["branch"]
    full = f"{project}.{branch}.{flow}" if project else flow
    # also where there is no project: another flow of the file may have had one
    current._update_env({"project_name": project, "branch_name": branch, "project_flow_name": full})
    # names are not parameters
    context = ParameterContext(flow, get_username() or "", "", print, "local", ConfigValue(dict(configs)))

    def call(function: Any) -> Any:
        try:
            return _called(function, context)
        except Exception as exc:  # the author's own code
            name = getattr(function, "__qualname__", None) or repr(function)
            return unresolved(f"the function {name} failed with {type(exc).__name__}: {exc}")

    return call


def _called(function: Any, context: ParameterContext) -> Any:
    """As `DeployTimeField` of metaflow/parameters.py does."""
    try:
        return function(context, True)
    except TypeError:
        return function(context)


def evaluated(decorator: str, attributes: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """A decorator's attributes as plain data, functions replaced by what they return.

    Functions are called where Metaflow calls them (metaflow/plugins/events_decorator.py), and stand as
    refused anywhere else.
    """
    evaluated_attributes = {key: _plain(value) for key, value in attributes.items()}
    entry = _event if decorator == "trigger" else _flow
    for key in ("event", "flow"):
        if key in attributes:
            evaluated_attributes[key] = entry(attributes[key], call, True)
    for key in ("events", "flows"):
        if key in attributes:
            evaluated_attributes[key] = _several(attributes[key], call, entry)
    return evaluated_attributes


def _several(value: Any, call: Call, entry: Callable[[Any, Call, bool], Any]) -> Any:
    if callable(value):
        value = call(_function(value))
        return [entry(item, call, False) for item in value] if isinstance(value, list) else [_plain(value)]
    if isinstance(value, list):
        return [entry(item, call, entry is _event) for item in value]
    if value and not why_unresolved(value):
        return [unresolved(f"{_kind(value)} where Metaflow takes a list", refused=True)]
    return [value] if value else []


def _event(value: Any, call: Call, may_call: bool) -> Any:
    if callable(value):
        called = call(_function(value)) if may_call else value
        return _event(called, call, False) if may_call else _misplaced(called)
    if not isinstance(value, dict) or why_unresolved(value):
        return _plain(value)
    entry = {key: _plain(part) for key, part in value.items()}
    for key in ("name", "parameters"):
        if callable(value.get(key)):
            entry[key] = _plain(call(_function(value[key])))
    if why_unresolved(entry.get("parameters")):  # a mapping that is not known is not an empty one
        entry["parameters"] = {entry["parameters"]: entry["parameters"]}
    return entry


def _flow(value: Any, call: Call, may_call: bool) -> Any:
    return _plain(call(_function(value))) if callable(value) and may_call else _plain(value)


def _function(value: Any) -> Any:
    return value.fun if isinstance(value, DeployTimeField) else value


def _plain(value: Any) -> Any:
    if callable(value):
        return _misplaced(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple, set)) else value


def _misplaced(function: Any) -> str:
    name = getattr(_function(function), "__qualname__", None) or repr(function)
    return unresolved(f"the function {name} where Metaflow takes none", refused=True)


def _kind(value: Any) -> str:
    return f"{type(value).__name__} {value!r}"
