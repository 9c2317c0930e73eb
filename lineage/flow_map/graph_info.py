"""A flow's `_graph_info` -> its declaration.

Every run stores `_graph_info` (metaflow/flowspec.py, `_set_constants`); the inspector of flow files
writes the same form, with functions for names already replaced by what they return. The rules are
those of `argo-workflows create` (metaflow/plugins/argo/argo_workflows.py, `_process_triggers`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lineage.flow_map.declarations import Clock, FlowDeclaration, Listening, finish_event

Info = Mapping[str, Any]
_UNSET: tuple[object, ...] = (None, "None", "", [], {}, ())  # to_pod writes None as the word
# What to_pod leaves of a function: its qualified name, or the representation of the object.
_FUNCTION = re.compile(r"<locals>|<lambda>|<function|functools\.partial|<bound method")
_NAME = re.compile(r"[A-Za-z0-9_.-]+")


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
    notes: list[str] = []
    decorators = {d.get("name"): d.get("attributes") or {} for d in info.get("decorators") or ()}
    scope = ".".join(part for part in (project, branch) if part)
    listens = [
        *_events(decorators.get("trigger", {}), info, notes),
        *_finishes(decorators.get("trigger_on_finish", {}), scope, notes),
    ]
    if "trigger" in decorators and "trigger_on_finish" in decorators:
        notes.append("has @trigger and @trigger_on_finish, which Argo Workflows refuses to deploy")
    options = _options(decorators)
    steps, inside = _steps(info)
    facts.setdefault("file", info.get("file"))
    return FlowDeclaration(
        flow,
        tuple(listens),
        project=project,
        branch=branch,
        reset_at=_reset(options, notes),
        options=options,
        declared_by=declared_by,
        steps=steps,
        foreach_steps=inside,
        end_step=str(info.get("end_step") or "end"),
        schedule=_schedule(decorators.get("schedule")),
        publishes=tuple(info.get("publishes") or ()),
        notes=tuple(notes),
        **facts,
    )


def _options(decorators: Mapping[str, Info]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("trigger", "trigger_on_finish"):
        options = decorators.get(name, {}).get("options")
        found.update(options if isinstance(options, dict) else {})
    return found


def _reset(options: Info, notes: list[str]) -> Clock | None:
    reset = options.get("reset_at")
    if reset in _UNSET:
        return None
    if not isinstance(reset, dict) or not isinstance(reset.get("cron"), str):
        notes.append(f"its reset_at is {reset!r}, which has no cron; Argo takes it for no reset")
        return None
    zone = reset.get("timezone")
    return Clock(reset["cron"], "UTC" if zone in _UNSET else str(zone))


def _listed(attributes: Info, one: str, several: str) -> list[Any]:
    single, many = attributes.get(one), attributes.get(several)
    entries = [] if single in _UNSET else [single]
    if many in _UNSET:
        return entries
    return entries + (list(many) if isinstance(many, (list, tuple)) else [many])


def _events(attributes: Info, info: Info, notes: list[str]) -> Iterator[Listening]:
    entries = _listed(attributes, "event", "events")
    for entry in entries:
        name = entry.get("name") if isinstance(entry, dict) else entry
        if not isinstance(name, str) or _FUNCTION.search(name) or not _NAME.fullmatch(name):
            notes.append(
                f"one of its events is made by a function ({name}); read the flow's file for its name"
            )
            continue
        given = entry.get("parameters") if isinstance(entry, dict) else None
        mapping = _mapping(given)
        if not mapping and len(entries) == 1:
            mapping = {parameter: parameter for parameter in _parameters(info)}
        needed = {mapping[p] for p, required in _parameters(info).items() if required and p in mapping}
        unsure = (
            None if info.get("parameters_known") or not mapping else "which fields it needs is not recorded"
        )
        yield Listening(name, "event", mapping, frozenset(needed), unsure)


def _mapping(given: object) -> dict[str, str]:
    """Parameter, in lower case -> payload field; a list names both at once, or pairs."""
    if isinstance(given, dict):
        return {str(parameter).lower(): str(name) for parameter, name in given.items()}
    if isinstance(given, (list, tuple)):
        pairs = ((one, one) if isinstance(one, str) else one for one in given)
        return {str(parameter).lower(): str(name) for parameter, name in pairs}
    return {}


def _parameters(info: Info) -> dict[str, bool]:
    """Parameters that an event may set, in lower case, and whether each is required."""
    return {
        str(one["name"]).lower(): bool(one.get("required"))
        for one in info.get("parameters") or ()
        if "Config" not in str(one.get("type", ""))
    }


def _finishes(attributes: Info, scope: str, notes: list[str]) -> Iterator[Listening]:
    for entry in _listed(attributes, "flow", "flows"):
        key = _flow_key(entry, scope)
        if key is None:
            notes.append(f"has an entry for a flow that cannot be told from the record: {entry!r}")
        else:
            yield Listening(finish_event(key), "run")


def _flow_key(entry: object, scope: str) -> str | None:
    """Project, branch and name of the flow that is meant; what is left out is the listener's own."""
    if isinstance(entry, dict):
        name = entry.get("name") or entry.get("fq_name")
        project, _, branch = scope.partition(".")
        project = entry.get("project") or project
        branch = entry.get("project_branch") or entry.get("branch") or branch
        scope = f"{project}.{branch}" if project and branch else ""
    else:
        name = entry
    if not isinstance(name, str) or _FUNCTION.search(name) or not _NAME.fullmatch(name):
        return None
    return name if "." in name or not scope else f"{scope}.{name}"


def _schedule(attributes: Info | None) -> Clock | None:
    """As metaflow/plugins/aws/step_functions/schedule_decorator.py and Argo's five fields have it."""
    if attributes is None:
        return None
    presets = (("weekly", "0 0 * * SUN"), ("hourly", "0 * * * *"), ("daily", "0 0 * * *"))
    cron = attributes.get("cron")
    if cron in _UNSET:
        cron = next((fields for name, fields in presets if attributes.get(name) is True), None)
    zone = attributes.get("timezone")
    return Clock(" ".join(str(cron).split()[:5]), "UTC" if zone in _UNSET else str(zone)) if cron else None


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
