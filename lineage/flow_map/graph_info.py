"""A flow's `_graph_info` -> its declaration.

Every run stores `_graph_info` (metaflow/flowspec.py, `_set_constants`); the inspector of flow files
writes the same form, with functions for names already replaced by what they return. The rules are
those of `argo-workflows create` (metaflow/plugins/argo/argo_workflows.py, `_process_triggers`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from lineage.flow_map.clocks import reset_clock, schedule_clock
from lineage.flow_map.declarations import FlowDeclaration, Info, Listening, finish_event
from lineage.flow_map.refusals import refusals
from lineage.flow_map.step_order import steps_in_order
from lineage.flow_map.switches import switches
from lineage.flow_map.unresolved import function_reason, is_refused, unresolved, why_unresolved
from lineage.text import clean_json
from metaflow_extensions.lineage.plugins.option.declared import (
    UNSET,
    DeclaredTriggers,
    Decorators,
    declared_triggers,
    recorded_decorators,
)

_NAMESPACED = re.compile(r"namespaced_event_name\.<locals>.*\bevent_name='([A-Za-z0-9_.-]+)'\)$")


def declaration(
    flow: str,
    info: Info,
    *,
    project: str | None,
    branch: str | None,
    declared_by: str,
    **facts: Any,
) -> FlowDeclaration:
    """Read the declaration of a flow from its `_graph_info`.

    Parameters
    ----------
    flow
        Its name.
    info
        The artifact, or what the inspector made of a file.
    project, branch
        Where the flow is deployed; None without `@project`.
    declared_by
        Where `info` comes from, for people.
    **facts
        Other fields of `FlowDeclaration`, such as `durations`.

    Returns
    -------
    FlowDeclaration
        Entries that cannot be evaluated are left out and named in `notes`; what Metaflow or Argo
        refuses is in `refused`.
    """
    info = clean_json(info)
    scope = f"{project}.{branch}" if project and branch else ""
    decorators = dict(_with_names(recorded_decorators(info), scope))
    declared = declared_triggers(decorators.items(), recorded=True)
    notes = [*facts.pop("notes", ()), *_unresolved(declared)]
    refused = [*facts.pop("refused", ()), *refusals(decorators, info, project)]
    assumed = _assumptions(info)
    listens = [_assumed(listening, assumed.get("trigger")) for listening in _events(declared, info)]
    listens += [
        _assumed(listening, assumed.get("trigger_on_finish"))
        for listening in _finishes(declared, project, branch)
    ]
    if reason := assumed.get("schedule"):
        facts["assumed"] = "; ".join(filter(None, (facts.get("assumed"), f"its schedule: {reason}")))
    steps, inside = steps_in_order(info)
    choices = switches(info)
    facts.setdefault("file", info.get("file"))
    return FlowDeclaration(
        flow,
        tuple(listens),
        project=project,
        branch=branch,
        reset_at=reset_clock(declared.options, notes, refused),
        options=declared.options,
        declared_by=declared_by,
        steps=steps,
        foreach_steps=inside,
        optional_steps=choices.optional,
        repeated_steps=choices.repeated,
        possible_paths=choices.possible,
        end_step=str(info.get("end_step") or "end"),
        schedule=schedule_clock(decorators.get("schedule"), notes, refused),
        publishes=tuple(info.get("publishes") or ()),
        notes=tuple(notes),
        refused=tuple(refused),
        **facts,
    )


def _assumptions(info: Info) -> dict[str, str | None]:
    """By decorator, why its attributes are not certain; only the inspector says so."""
    decorators = [decorator for decorator in info.get("decorators") or () if isinstance(decorator, Mapping)]
    return {str(decorator.get("name")): decorator.get("assumed") for decorator in decorators}


def _assumed(listening: Listening, reason: str | None) -> Listening:
    return replace(listening, assumed="; ".join(filter(None, (listening.assumed, reason))) or None)


def _with_names(decorators: Decorators, scope: str) -> Iterator[tuple[str, Info]]:
    """The decorators, with what the record of a past run tells of the functions in them.

    It has the representation of `namespaced_event_name`, and in that the logical name. A word in the
    place of a list is the name of a function that makes the list.
    """
    for name, attributes in decorators:
        changed = dict(attributes)
        for key in ("events", "flows"):
            several = attributes.get(key)
            if isinstance(several, str) and several not in UNSET and not why_unresolved(several):
                changed[key] = [unresolved(function_reason(several))]
            elif isinstance(several, list):
                changed[key] = [_full_name(entry, scope) for entry in several]
        if "event" in attributes:
            changed["event"] = _full_name(attributes["event"], scope)
        yield name, changed


def _full_name(entry: Any, scope: str) -> Any:
    if isinstance(entry, Mapping):
        return {**entry, "name": _full_name(entry.get("name"), scope)}
    match = _NAMESPACED.search(entry) if isinstance(entry, str) else None
    return ".".join(filter(None, ("mfns", scope, match[1]))) if match else entry


def _unresolved(declared: DeclaredTriggers) -> Iterator[str]:
    """Notes on unknown names; refusals are reported elsewhere."""
    kinds = (
        ("listens to an event", declared.unresolved_events),
        ("waits for a flow", declared.unresolved_flows),
    )
    for what, entries in kinds:
        for entry in entries:
            name = entry.get("name") if isinstance(entry, Mapping) else entry
            if (reason := why_unresolved(name)) and not is_refused(name):
                yield f"{what} whose name is not known: {reason}"


def _events(declared: DeclaredTriggers, info: Info) -> Iterator[Listening]:
    parameters = _parameters(info)
    alone = len(declared.events) + len(declared.unresolved_events) == 1
    for event in declared.events:
        reasons = [why for field in event.parameters.values() if (why := why_unresolved(field))]
        mapping = {p.lower(): field for p, field in event.parameters.items() if not why_unresolved(field)}
        if not event.parameters and alone:
            mapping = {parameter: parameter for parameter in parameters}
        needed = {mapping[name] for name, required in parameters.items() if required and name in mapping}
        unsure = f"which fields set its parameters is not known: {reasons[0]}" if reasons else None
        if mapping and not info.get("parameters_known"):
            unsure = "which fields it needs is not recorded"
        yield Listening(event.name, "event", mapping, frozenset(needed), unsure)


def _parameters(info: Info) -> dict[str, bool]:
    """Parameters that an event may set, in lower case, and whether each is required."""
    return {
        str(parameter["name"]).lower(): bool(parameter.get("required"))
        for parameter in info.get("parameters") or ()
        if "Config" not in str(parameter.get("type", ""))
    }


def _finishes(declared: DeclaredTriggers, project: str | None, branch: str | None) -> Iterator[Listening]:
    """The flows that are waited for, without those that Metaflow or Argo refuses."""
    for flow in declared.flows:
        half = bool(flow.project or project) != bool(flow.branch or branch)
        if "." not in flow.name and not half:
            yield Listening(finish_event(flow.key(project, branch)), "run")
