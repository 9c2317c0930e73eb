"""Read the triggers that a flow's decorators declare, from a live flow or from a run's record.

A live flow has attributes with functions in them; a run records them as text, in its artifact
`_graph_info`. Nothing of Metaflow is imported at the top: `lineage` reads records with this module.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

from .marks import STRICT_MARK

# Values of an attribute that is not set; Metaflow's `to_pod` writes None as "None" in a record.
UNSET: tuple[Any, ...] = (None, "None", [], {}, "", ())
# How `to_pod` writes a function: its qualified name, or the representation of the object.
_FUNCTION = re.compile(r"<locals>|<lambda>|<function|functools\.partial|<bound method")
_NAME = re.compile(r"[A-Za-z0-9_.-]+")

Decorators = Iterable[tuple[str, Mapping[str, Any]]]  # name and attributes


@dataclass(frozen=True)
class DeclaredEvent:
    """An event that @trigger or @trigger_on names."""

    name: str  # in full, as it is recorded
    parameters: Mapping[str, str]  # parameter -> payload field, as declared
    logical: str | None = None  # the argument of namespaced_event_name

    def answers_to(self, name: str) -> bool:
        """Whether `name` means this event: in full, or as the flow's author wrote it."""
        return name in (self.name, self.logical)


@dataclass(frozen=True)
class DeclaredFlow:
    """A flow that @trigger_on_finish names; project and branch are None where they are the listener's."""

    name: str
    project: str | None = None
    branch: str | None = None

    def key(self, project: str | None, branch: str | None) -> str:
        """Metaflow's `project_flow_name` of the flow, for a listener on this project and branch.

        Examples
        --------
        >>> DeclaredFlow("TrainingFlow", branch="prod").key("shop", "user.ann")
        'shop.prod.TrainingFlow'
        """
        project, branch = self.project or project, self.branch or branch
        return f"{project}.{branch}.{self.name}" if project and branch else self.name


@dataclass(frozen=True)
class DeclaredTriggers:
    """All triggers that the decorators of one flow declare."""

    events: tuple[DeclaredEvent, ...] = ()
    flows: tuple[DeclaredFlow, ...] = ()
    # Entries made by a function, which are unknown without running the flow's file.
    unresolved_events: tuple[Any, ...] = ()
    unresolved_flows: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    count: int | None = (
        None  # number of flows and events; None if there are none or a function determines them
    )
    strict: bool = False  # whether one of the decorators is @trigger_on, which has the strict contract


def declared_triggers(decorators: Decorators, *, recorded: bool = False) -> DeclaredTriggers:
    """Return the declared triggers; decorators that declare none are ignored.

    Parameters
    ----------
    decorators : iterable of (name, attributes)
    recorded : bool
        Whether the attributes come from `_graph_info`, where a function has become text.

    Examples
    --------
    >>> declared_triggers([("trigger_on_finish", {"flow": None, "flows": ["A", "B"]})]).count
    2
    """
    ours = [(name, attributes) for name, attributes in decorators if name in ("trigger", "trigger_on_finish")]
    events: list[DeclaredEvent | _Unresolved] = []
    flows: list[DeclaredFlow | _Unresolved] = []
    options: dict[str, Any] = {}
    for name, attributes in ours:
        if name == "trigger":
            events += (_event(entry, recorded) for entry in _entries(attributes, "event", "events"))
        else:
            flows += (_flow(entry, recorded) for entry in _entries(attributes, "flow", "flows"))
        given = attributes.get("options")
        options.update(given if isinstance(given, dict) else {})
    certain = all(_is_listed(attributes.get(key)) for _, attributes in ours for key in ("events", "flows"))
    return DeclaredTriggers(
        tuple(event for event in events if isinstance(event, DeclaredEvent)),
        tuple(flow for flow in flows if isinstance(flow, DeclaredFlow)),
        tuple(event.entry for event in events if isinstance(event, _Unresolved)),
        tuple(flow.entry for flow in flows if isinstance(flow, _Unresolved)),
        options,
        (len(events) + len(flows) or None) if certain else None,
        any(name == "trigger" and bool(attributes.get(STRICT_MARK)) for name, attributes in ours),
    )


def recorded_decorators(info: object) -> list[tuple[str, Mapping[str, Any]]]:
    """Name and attributes of the decorators in a flow's `_graph_info`; invalid entries are left out."""
    listed = info.get("decorators") if isinstance(info, Mapping) else None
    decorators = []
    for entry in listed if isinstance(listed, (list, tuple)) else ():
        name = entry.get("name") if isinstance(entry, Mapping) else None
        attributes = (entry.get("attributes") or {}) if name else None
        if isinstance(name, str) and isinstance(attributes, Mapping):
            decorators.append((name, attributes))
    return decorators


@dataclass(frozen=True)
class _Unresolved:
    entry: Any


def _is_listed(several: Any) -> bool:
    return several in UNSET or isinstance(several, (list, tuple))


def _entries(attributes: Mapping[str, Any], single: str, several: str) -> list[Any]:
    alone, many = attributes.get(single), attributes.get(several)
    entries = [] if alone in UNSET else [alone]
    if many in UNSET:
        return entries
    return entries + (list(many) if isinstance(many, (list, tuple)) else [many])


def _event(entry: Any, recorded: bool) -> DeclaredEvent | _Unresolved:
    name = entry.get("name") if isinstance(entry, Mapping) else entry
    if not _is_name(name, recorded):
        return _Unresolved(name)
    return DeclaredEvent(name, _mapping(entry.get("parameters") if isinstance(entry, Mapping) else None))


def _mapping(given: Any) -> dict[str, str]:
    """Parameter -> payload field; a list entry is one name for both, or a pair."""
    if isinstance(given, Mapping):
        return {str(parameter): str(name) for parameter, name in given.items()}
    mapping = {}
    for entry in given if isinstance(given, (list, tuple)) else ():
        pair = (entry, entry) if isinstance(entry, str) else entry
        if isinstance(pair, (list, tuple)) and len(pair) == 2:
            mapping[str(pair[0])] = str(pair[1])
    return mapping


def _flow(entry: Any, recorded: bool) -> DeclaredFlow | _Unresolved:
    """Parse the name of a flow, optionally prefixed with project and branch, or a dict of these.

    `fq_name` and `branch` are how Metaflow's decorator spells them once it has read its attributes.
    """
    given = entry if isinstance(entry, Mapping) else {"name": entry}
    name = given.get("name") or given.get("fq_name")
    if not _is_name(name, recorded):
        return _Unresolved(entry)
    if name.count(".") >= 2:
        project, rest = name.split(".", 1)
        branch, name = rest.rsplit(".", 1)
        return DeclaredFlow(name, project, branch)
    return DeclaredFlow(name, given.get("project"), given.get("project_branch") or given.get("branch"))


def _is_name(name: Any, recorded: bool) -> TypeGuard[str]:
    if not recorded:
        return isinstance(name, str)
    return isinstance(name, str) and not _FUNCTION.search(name) and bool(_NAME.fullmatch(name))


@dataclass(frozen=True)
class FlowContext:
    """The arguments of `flow_init`, as far as evaluating names needs them."""

    flow: Any
    graph: Any
    environment: Any
    flow_datastore: Any
    metadata: Any
    logger: Callable[..., None]
    echo: Callable[..., None]


def evaluated_triggers(decorators: Iterable[Any], context: FlowContext) -> DeclaredTriggers:
    """Return the triggers declared by a live flow, with every function replaced by its result."""
    attributes: list[tuple[str, Mapping[str, Any]]] = []
    logical: dict[str, str | None] = {}
    for decorator in decorators:
        evaluated = _evaluated(decorator, context)
        attributes.append((decorator.name, {"events" if decorator.name == "trigger" else "flows": evaluated}))
        if len(evaluated) == len(decorator.triggers):  # otherwise a function returned a list
            names = (str(entry.get("name")) for entry in evaluated)
            logical.update(zip(names, map(_logical, decorator.triggers), strict=True))
    declared = declared_triggers(attributes)
    events = tuple(replace(event, logical=logical.get(event.name)) for event in declared.events)
    return replace(declared, events=events)


def _evaluated(decorator: Any, context: FlowContext) -> list[dict[str, Any]]:
    """The decorator's triggers with functions replaced by their results.

    Metaflow does this only at deployment, so it is done on a copy: the decorator itself stays as
    `flow_init` left it.
    """
    probe = copy.copy(decorator)
    probe.triggers = [
        dict(trigger) if isinstance(trigger, dict) else trigger for trigger in decorator.triggers
    ]
    if any(_has_function(trigger) for trigger in probe.triggers):
        _prepare(context)
        probe.evaluate_names()
    return list(probe.triggers)


def _has_function(trigger: Any) -> bool:
    from metaflow.parameters import DeployTimeField

    values = trigger.values() if isinstance(trigger, dict) else [trigger]
    return any(isinstance(value, DeployTimeField) for value in values)


def _logical(trigger: Any) -> str | None:
    """The argument of `namespaced_event_name`, if the trigger's name comes from it."""
    name = trigger.get("name") if isinstance(trigger, dict) else trigger
    function = getattr(name, "fun", None)
    return getattr(function, "keywords", {}).get("event_name")


def _prepare(context: FlowContext) -> None:
    """Set the context of functions for names, as Metaflow does after `flow_init` of all decorators."""
    from metaflow import parameters
    from metaflow.flowspec import FlowStateItems
    from metaflow.user_configs.config_parameters import ConfigValue

    _run_project_first(context)
    configs = {
        name: entry if plain or entry is None else ConfigValue(entry)
        for name, (entry, plain) in context.flow._flow_state[FlowStateItems.CONFIGS].items()
    }
    parameters.set_parameter_context(context.flow.name, context.echo, context.flow_datastore, configs)


def _run_project_first(context: FlowContext) -> None:
    """Let @project set project and branch, if it would be initialised after this decorator.

    It is initialised a second time later, to the same effect.
    """
    from metaflow import current
    from metaflow._vendor import click
    from metaflow.decorators import flow_decorators

    if current.get("project_name") is not None:
        return
    given = click.get_current_context().params
    for decorator in flow_decorators(type(context.flow)):
        if decorator.name == "project":
            options = {name: given.get(name, how["default"]) for name, how in decorator.options.items()}
            decorator.flow_init(
                context.flow,
                context.graph,
                context.environment,
                context.flow_datastore,
                context.metadata,
                context.logger,
                lambda *_args, **_kwargs: None,  # it prints its message when initialised later
                options,
            )
