"""Find what Metaflow or Argo would refuse about a flow's triggers, before it is deployed.

Each rule has its place in Metaflow 2.19.39: `flow_init` of metaflow/plugins/events_decorator.py refuses
with any command, `_process_triggers` and `_process_parameters` of metaflow/plugins/argo/argo_workflows.py
refuse with `argo-workflows create` and let a local run pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lineage.errors import nearest
from lineage.flow_map.declarations import Info
from lineage.flow_map.unresolved import is_refused, why_unresolved

_ALWAYS = "Metaflow refuses any command of it"
_CREATE = "`argo-workflows create` refuses it"
_UNSET: tuple[object, ...] = (None, "None", "", [], {}, ())
_EVENT_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_FIELD = re.compile(r"[A-Za-z0-9_]+")
_FLOW_NAME = re.compile(r"[A-Za-z0-9_]+")


def refusals(decorators: Mapping[str, Info], info: Info, project: str | None) -> Iterator[str]:
    """Describe each refusal as a sentence without its subject.

    Parameters
    ----------
    decorators
        Attributes of the flow's decorators, by name.
    info
        The rest of its `_graph_info`.
    project
        The flow's own project.
    """
    if "trigger" in decorators and "trigger_on_finish" in decorators:
        yield f"has both @trigger and @trigger_on_finish: {_CREATE}"
    if (trigger := decorators.get("trigger")) is not None:
        yield from _of_count(trigger, "event", "events", "@trigger")
        yield from _of_events(_entries(trigger, "event", "events"), _Parameters(info))
    if (finish := decorators.get("trigger_on_finish")) is not None:
        yield from _of_count(finish, "flow", "flows", "@trigger_on_finish")
        for entry in _entries(finish, "flow", "flows"):
            yield from _of_flow(entry, project)
    yield from _of_parameters(info, scheduled=decorators.get("schedule") is not None)


def _entries(attributes: Info, singular: str, plural: str) -> list[Any]:
    single, many = attributes.get(singular), attributes.get(plural)
    entries = [] if single in _UNSET else [single]
    if many in _UNSET:
        return entries
    return entries + (list(many) if isinstance(many, (list, tuple)) else [many])


def _of_count(attributes: Info, singular: str, plural: str, decorator: str) -> Iterator[str]:
    given = [key for key in (singular, plural) if attributes.get(key) not in _UNSET]
    if not given:
        yield f"names no {singular} in {decorator}: {_ALWAYS}"
    if len(given) > 1:
        yield f"has both {singular}= and {plural}= in {decorator}: {_ALWAYS}"


class _Parameters:
    """The parameters of a flow as a mapping may name them: without regard to case."""

    def __init__(self, info: Info) -> None:
        named = [parameter for parameter in info.get("parameters") or () if "name" in parameter]
        # a run's record has the names of the attributes instead, where a dash is an underscore
        self._exact = bool(info.get("parameters_known"))
        self.names = [
            str(parameter["name"]) for parameter in named if "Config" not in str(parameter.get("type", ""))
        ]
        self._configs = {self._form(str(o["name"])) for o in named if "Config" in str(o.get("type", ""))}
        self._known = {self._form(name) for name in self.names}

    def _form(self, name: str) -> str:
        return name.lower() if self._exact else name.lower().replace("-", "_")

    def problem(self, name: str) -> str | None:
        """Why an event cannot set this parameter; None if it can."""
        if self._form(name) in self._known:
            return None
        if self._form(name) in self._configs:
            return f"the Config {name}, which is fixed at deployment"
        listed = f"; it has {', '.join(self.names)}" if self.names else "; it has none"
        return f"the parameter {name}, which it does not have{nearest(name, self.names) or listed}"

    def with_capitals(self, names: Iterable[str]) -> list[str]:
        """Those of these parameters whose own name has a capital letter."""
        wanted = {self._form(name) for name in names}
        capitals = [name for name in self.names if name != name.lower() and self._form(name) in wanted]
        return capitals if self._exact else []


def _of_events(entries: list[Any], parameters: _Parameters) -> Iterator[str]:
    seen: set[str] = set()
    mapped: set[str] = set()
    for entry in entries:
        if is_refused(entry):
            yield f"has {why_unresolved(entry)} in @trigger: {_ALWAYS}"
            continue
        if why_unresolved(entry):
            continue
        if not isinstance(entry, (str, dict)):
            yield f"has {entry!r} for an event, which is neither a name nor a dict: {_ALWAYS}"
            continue
        name = entry.get("name") if isinstance(entry, dict) else entry
        yield from _of_name(name, seen)
        mapping = entry.get("parameters") if isinstance(entry, dict) else None
        yield from _of_mapping(str(name), mapping, parameters, mapped)
        if len(entries) == 1 and mapping in _UNSET:
            mapped |= set(parameters.names)  # the automatic mapping
    for name in parameters.with_capitals(mapped):
        yield f"has an event that sets the parameter {name}: `argo-workflows create` fails at its capitals"


def _of_name(name: object, seen: set[str]) -> Iterator[str]:
    if why_unresolved(name):
        return
    if name is None:
        yield f"has an event without a name in @trigger: {_ALWAYS}"
    elif not isinstance(name, str) or not _EVENT_NAME.fullmatch(name):
        allowed = "letters, digits, '_', '-' and '.' are allowed"
        yield f"listens to the event {name!r}: {_CREATE} for that name ({allowed})"
    elif name in seen:
        yield f"listens twice to the event {name}: {_ALWAYS}"
    seen.add(str(name))


def _of_mapping(event: str, mapping: object, parameters: _Parameters, mapped: set[str]) -> Iterator[str]:
    if is_refused(mapping):
        yield f"has {why_unresolved(mapping)} in the mapping of event {event}: {_ALWAYS}"
    if mapping in _UNSET or why_unresolved(mapping):
        return
    for parameter, field in _pairs(mapping):
        if parameter == field and why_unresolved(field) and not is_refused(field):
            continue  # a function that failed made the whole mapping
        reason = next((why for name in (parameter, field) if (why := why_unresolved(name))), None)
        if reason or not isinstance(parameter, str) or not isinstance(field, str):
            yield (
                f"has {reason or repr(parameter if isinstance(field, str) else field)} within the mapping of "
                f"event {event}: {_ALWAYS}; one function may make the whole mapping"
            )
            continue
        if not _FIELD.fullmatch(field):
            yield (
                f"maps the payload field {field} of event {event} to its parameter {parameter}: {_CREATE} "
                "(letters, digits and '_' are allowed in a field)"
            )
        if problem := parameters.problem(parameter):
            yield f"maps a field of event {event} to {problem}: {_CREATE}; a local run works"
        if parameter.lower() in mapped:
            yield f"maps two payload fields to its parameter {parameter}: {_CREATE}"
        mapped.add(parameter.lower())


def _pairs(mapping: object) -> Iterator[tuple[Any, Any]]:
    if isinstance(mapping, dict):
        yield from mapping.items()
    elif isinstance(mapping, (list, tuple)):
        for entry in mapping:
            yield tuple(entry) if isinstance(entry, (list, tuple)) and len(entry) == 2 else (entry, entry)
    else:
        yield mapping, mapping


def _of_flow(entry: object, project: str | None) -> Iterator[str]:
    if is_refused(entry):
        yield f"has {why_unresolved(entry)} in @trigger_on_finish: {_ALWAYS}"
    if why_unresolved(entry):
        return
    if isinstance(entry, dict):
        yield from _of_reference(entry, project)
    elif not isinstance(entry, str):
        yield f"has {entry!r} for a flow, which is neither a name nor a dict: {_ALWAYS}"
    elif entry.count(".") == 1:
        full = "give the flow's name alone, or project.branch.FlowName"
        yield f"waits for {entry}, a name of two parts: {_ALWAYS}; {full}"
    elif not _FLOW_NAME.fullmatch(entry.rsplit(".", 1)[-1]):
        yield f"waits for {entry}, which cannot be the name of a flow: {_ALWAYS}"


def _of_reference(entry: Mapping[str, Any], project: str | None) -> Iterator[str]:
    name = entry.get("name") or entry.get("fq_name")
    if not isinstance(name, str) or not _FLOW_NAME.fullmatch(name):
        yield f"waits for a flow by {dict(entry)!r}, whose name is not that of a flow: {_ALWAYS}"
        return
    parts = {key: entry.get(key) for key in ("project", "project_branch") if key in entry}
    for key, value in parts.items():
        if not isinstance(value, str):
            yield f"waits for {name} with {key}={value!r}, which is not text: {_ALWAYS}"
    if project is None and any(parts.values()) and not all(map(parts.get, ("project", "project_branch"))):
        given, missing = (
            ("project", "project_branch") if parts.get("project") else ("project_branch", "project")
        )
        yield (
            f"waits for {name} of {given} {parts[given]!r}, without its {missing} and without a @project "
            f"of its own: {_CREATE}"
        )


def _of_parameters(info: Info, scheduled: bool) -> Iterator[str]:
    if not info.get("parameters_known"):
        return
    seen: set[str] = set()
    for parameter in info.get("parameters") or ():
        name = str(parameter["name"]).lower()
        if name == "script":
            yield f"has a parameter named {parameter['name']}, a word that Argo Workflows keeps: {_CREATE}"
        if name in seen:
            yield f"has two parameters named {name}, capitals aside: {_ALWAYS}"
        seen.add(name)
        if scheduled and parameter.get("required") and not parameter.get("has_default", True):
            yield f"has a @schedule and a required parameter {parameter['name']} without a default: {_CREATE}"
