"""A flow's `_graph_info` -> its declaration.

Every run stores `_graph_info` (metaflow/flowspec.py, `_set_constants`); the inspector of flow files
writes the same form, with functions for names already replaced by what they return. The rules are
those of `argo-workflows create` (metaflow/plugins/argo/argo_workflows.py, `_process_triggers`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lineage.flow_map.declarations import Clock, FlowDeclaration, Listening, finish_event
from metaflow_extensions.lineage.plugins.option.declared import (
    UNSET,
    DeclaredTriggers,
    declared_triggers,
    recorded_decorators,
)

Info = Mapping[str, Any]


def declaration(
    flow: str,
    info: Info,
    *,
    project: str | None,
    branch: str | None,
    declared_by: str,
    **facts: Any,
) -> FlowDeclaration:
    """What a flow declares, from its `_graph_info`.

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
        Broken or unresolvable entries are left out and named in `notes`.
    """
    decorators = recorded_decorators(info)
    declared = declared_triggers(decorators, recorded=True)
    notes = _unresolved(declared)
    listens = [*_events(declared, info), *_finishes(declared, project, branch)]
    if {"trigger", "trigger_on_finish"} <= {name for name, _ in decorators}:
        notes.append("has @trigger and @trigger_on_finish, which Argo Workflows refuses to deploy")
    steps, inside = _steps(info)
    facts.setdefault("file", info.get("file"))
    return FlowDeclaration(
        flow,
        tuple(listens),
        project=project,
        branch=branch,
        reset_at=_reset(declared.options, notes),
        options=declared.options,
        declared_by=declared_by,
        steps=steps,
        foreach_steps=inside,
        end_step=str(info.get("end_step") or "end"),
        schedule=_schedule(dict(decorators).get("schedule")),
        publishes=tuple(info.get("publishes") or ()),
        notes=tuple(notes),
        **facts,
    )


def _unresolved(declared: DeclaredTriggers) -> list[str]:
    """Notes on what cannot be told from a record."""
    notes = [
        f"one of its events is made by a function ({name}); read the flow's file for its name"
        for name in declared.unresolved_events
    ]
    return notes + [
        f"has an entry for a flow that cannot be told from the record: {entry!r}"
        for entry in declared.unresolved_flows
    ]


def _reset(options: Info, notes: list[str]) -> Clock | None:
    reset = options.get("reset_at")
    if reset in UNSET:
        return None
    if not isinstance(reset, dict) or not isinstance(reset.get("cron"), str):
        notes.append(f"its reset_at is {reset!r}, which has no cron; Argo takes it for no reset")
        return None
    zone = reset.get("timezone")
    return Clock(reset["cron"], "UTC" if zone in UNSET else str(zone))


def _events(declared: DeclaredTriggers, info: Info) -> Iterator[Listening]:
    parameters = _parameters(info)
    alone = len(declared.events) + len(declared.unresolved_events) == 1
    for event in declared.events:
        mapping = {parameter.lower(): name for parameter, name in event.parameters.items()}
        if not mapping and alone:
            mapping = {parameter: parameter for parameter in parameters}
        needed = {mapping[name] for name, required in parameters.items() if required and name in mapping}
        unsure = (
            None if info.get("parameters_known") or not mapping else "which fields it needs is not recorded"
        )
        yield Listening(event.name, "event", mapping, frozenset(needed), unsure)


def _parameters(info: Info) -> dict[str, bool]:
    """Parameters that an event may set, in lower case, and whether each is required."""
    return {
        str(one["name"]).lower(): bool(one.get("required"))
        for one in info.get("parameters") or ()
        if "Config" not in str(one.get("type", ""))
    }


def _finishes(declared: DeclaredTriggers, project: str | None, branch: str | None) -> Iterator[Listening]:
    return (Listening(finish_event(flow.key(project, branch)), "run") for flow in declared.flows)


def _schedule(attributes: Info | None) -> Clock | None:
    """As metaflow/plugins/aws/step_functions/schedule_decorator.py and Argo's five fields have it."""
    if attributes is None:
        return None
    presets = (("weekly", "0 0 * * SUN"), ("hourly", "0 * * * *"), ("daily", "0 0 * * *"))
    cron = attributes.get("cron")
    if cron in UNSET:
        cron = next((fields for name, fields in presets if attributes.get(name) is True), None)
    zone = attributes.get("timezone")
    return Clock(" ".join(str(cron).split()[:5]), "UTC" if zone in UNSET else str(zone)) if cron else None


def _steps(info: Info) -> tuple[tuple[str, ...] | None, frozenset[str]]:
    """The steps, causes before effects, and those of them that run once for each item of a foreach."""
    steps = info.get("steps")
    if not isinstance(steps, dict) or not steps:
        return None, frozenset()
    start = str(info.get("start_step") or "start")
    depth: dict[str, int] = {start: 0}
    queue = [start]
    for name in queue:
        step = steps.get(name, {})
        fans = step.get("type") in ("split-foreach", "split-parallel")
        for after in step.get("next") or ():
            joins = steps.get(after, {}).get("type") == "join"
            closes = joins and _closes_foreach(after, steps)
            inner = depth[name] + (1 if fans else 0) - (1 if closes else 0)
            if after not in depth:
                depth[after] = inner
                queue.append(after)
    return _ordered(steps, queue), frozenset(name for name, level in depth.items() if level > 0)


def _closes_foreach(join: str, steps: Info) -> bool:
    return any(
        step.get("matching_join") == join and step.get("type") in ("split-foreach", "split-parallel")
        for step in steps.values()
    )


def _ordered(steps: Info, reached: list[str]) -> tuple[str, ...]:
    """Each step after all of its causes; a loop's way back is ignored."""
    waiting = {name: set() for name in reached}  # type: dict[str, set[str]]
    for name in reached:
        for after in steps.get(name, {}).get("next") or ():
            if after in waiting and after != name:
                waiting[after].add(name)
    done: list[str] = []
    while waiting:
        free = next((name for name, before in waiting.items() if not before - set(done)), None)
        name = free if free is not None else next(iter(waiting))
        del waiting[name]
        done.append(name)
    return tuple(done)
