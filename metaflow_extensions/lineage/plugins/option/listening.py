"""Which runs and events a live flow listens to, with every name worked out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from metaflow import current, parameters
from metaflow._vendor import click
from metaflow.decorators import flow_decorators
from metaflow.flowspec import FlowStateItems
from metaflow.user_configs.config_parameters import ConfigValue


@dataclass(frozen=True)
class DeclaredEvent:
    """An event that @trigger or @trigger_on names."""

    name: str  # in full, as it is recorded
    logical: str | None  # what namespaced_event_name was given
    parameters: Mapping[str, str]  # parameter -> payload field, as declared

    def answers_to(self, name: str) -> bool:
        """Whether `name` means this event: in full, or as the flow's author wrote it."""
        return name in (self.name, self.logical)


@dataclass(frozen=True)
class FlowContext:
    """What `flow_init` is given, as far as working out names needs it."""

    flow: Any
    graph: Any
    environment: Any
    flow_datastore: Any
    metadata: Any
    logger: Callable[..., None]
    echo: Callable[..., None]


def declared_events(decorators: Iterable[Any], context: FlowContext) -> list[DeclaredEvent]:
    """The events that @trigger or @trigger_on on the flow listens to."""
    found = []
    for decorator in decorators:
        if decorator.name == "trigger":
            logical = [_logical(trigger) for trigger in decorator.triggers]
            evaluated = _evaluated(decorator, context)
            if len(logical) != len(evaluated):  # a function that returned a list
                logical = [None] * len(evaluated)
            found += [
                DeclaredEvent(str(entry["name"]), name, dict(entry.get("parameters") or {}))
                for entry, name in zip(evaluated, logical, strict=True)
            ]
    return found


def declared_flows(decorators: Iterable[Any], context: FlowContext) -> list[str]:
    """The flows that @trigger_on_finish on the flow listens to, without project and branch."""
    return [
        str(entry["flow"])
        for decorator in decorators
        if decorator.name == "trigger_on_finish"
        for entry in _evaluated(decorator, context)
    ]


def _evaluated(decorator: Any, context: FlowContext) -> list[dict[str, Any]]:
    """The decorator's triggers with functions replaced by what they return.

    Metaflow does this at deployment only, so it is done on a copy: what the decorator holds is
    left as `flow_init` made it.
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
    values = trigger.values() if isinstance(trigger, dict) else [trigger]
    return any(isinstance(value, parameters.DeployTimeField) for value in values)


def _logical(trigger: Any) -> str | None:
    """What `namespaced_event_name` was given, if the trigger's name comes from it."""
    name = trigger.get("name") if isinstance(trigger, dict) else trigger
    function = getattr(name, "fun", None)
    return getattr(function, "keywords", {}).get("event_name")


def _prepare(context: FlowContext) -> None:
    """Set what functions for names look at, as Metaflow itself does once all of `flow_init` is done."""
    _run_project_first(context)
    configs = {
        name: entry if plain or entry is None else ConfigValue(entry)
        for name, (entry, plain) in context.flow._flow_state[FlowStateItems.CONFIGS].items()
    }
    parameters.set_parameter_context(context.flow.name, context.echo, context.flow_datastore, configs)


def _run_project_first(context: FlowContext) -> None:
    """Let @project set project and branch, if its turn comes only after ours.

    It is initialised a second time when its turn comes, to the same effect.
    """
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
                lambda *_args, **_kwargs: None,  # it announces itself when its own turn comes
                options,
            )
