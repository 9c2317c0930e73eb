"""The flow map in the form that the engine needs: flows as numbers, events as slots in AND groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any

from lineage.flow_map import FlowMap
from lineage.flow_map.declarations import FlowDeclaration, Listening, finish_event

Listener = tuple[int, int]  # number of the flow, slot in its AND group


@dataclass(frozen=True)
class StepEvent:
    """An event that a run sends before it ends."""

    step: str
    share: float  # of the run's duration after which the step ends, 0 to 1
    length: float  # of the step, as a share of the run's duration
    listeners: tuple[Listener, ...]
    certain: bool = True  # whether each run takes the step once

    def shares(self, turns: int) -> Iterator[float]:
        """The shares of the run's duration after which each turn of the step ends."""
        for turn in range(1, turns + 1):
            yield self.share - self.length * (1 - turn / turns)


@dataclass(frozen=True)
class Compiled:
    """The listeners of every event and flow, by number."""

    keys: tuple[str, ...]
    groups: tuple[tuple[Listening, ...], ...]  # of each flow, in the order of its slots
    steps: tuple[tuple[str, ...], ...]  # of each flow; empty where they are not known
    at_finish: tuple[tuple[Listener, ...], ...]  # of each flow: the listeners of its end
    at_steps: tuple[tuple[StepEvent, ...], ...]
    by_event: Mapping[str, tuple[Listener, ...]]  # external events

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {key: number for number, key in enumerate(self.keys)}

    @cached_property
    def has_loop(self) -> bool:
        """Whether a run can bring about another of its own flow."""
        causes: dict[int, set[int]] = {flow: set() for flow in range(len(self.keys))}
        for sender, (finish, steps) in enumerate(zip(self.at_finish, self.at_steps, strict=True)):
            for flow, _ in (*finish, *(listener for step in steps for listener in step.listeners)):
                causes[flow].add(sender)
        try:
            TopologicalSorter(causes).prepare()
        except CycleError:
            return True
        return False

    def number(self, key: str) -> int:
        """Number of a flow."""
        return self._numbers[key]

    def accepting(
        self, event: str, payload: Mapping[str, Any] | None
    ) -> tuple[list[Listener], list[Listener]]:
        """The listeners that accept an event with this payload, and those that discard it.

        An event without a required field is discarded: the sensor that Metaflow deploys filters on the
        presence of the fields of required parameters (metaflow/plugins/argo/argo_workflows.py,
        `_compile_sensor`), and "any kind of filter error is considered as `false` (e.g. path not existing
        in event body)" (https://argoproj.github.io/argo-events/sensors/filters/intro/).
        """
        taken: list[Listener] = []
        discarded: list[Listener] = []
        for flow, slot in self.by_event.get(event, ()):
            lacking = self.groups[flow][slot].required - set(payload or ())
            (discarded if lacking else taken).append((flow, slot))
        return taken, discarded


def compiled(flows: FlowMap) -> Compiled:
    """Compile a map; flows are numbered in the order of their keys."""
    keys = tuple(flows.declarations)
    declarations = [flows.declarations[key] for key in keys]
    listeners = _listeners(declarations)
    # only what @trigger listens to: a sensor of @trigger_on_finish takes Metaflow's own events only
    external = _listeners(declarations, kind="event")
    senders: dict[str, set[str]] = {}
    for listening in (w for declaration in declarations for w in declaration.listens):
        if sender := listening.sender:
            senders.setdefault(sender[0], set()).add(listening.event)
    return Compiled(
        keys,
        tuple(declaration.listens for declaration in declarations),
        tuple(declaration.steps or () for declaration in declarations),
        tuple(_at_finish(declaration, listeners, senders) for declaration in declarations),
        tuple(tuple(_at_steps(declaration, listeners)) for declaration in declarations),
        external,
    )


def _listeners(
    declarations: list[FlowDeclaration], kind: str | None = None
) -> dict[str, tuple[Listener, ...]]:
    listeners_of: dict[str, list[Listener]] = {}
    for flow, declaration in enumerate(declarations):
        for slot, listening in enumerate(declaration.listens):
            if kind in (None, listening.kind):
                listeners_of.setdefault(listening.event, []).append((flow, slot))
    return {event: tuple(listeners) for event, listeners in listeners_of.items()}


def _at_finish(
    declaration: FlowDeclaration,
    listeners: Mapping[str, tuple[Listener, ...]],
    senders: Mapping[str, set[str]],
) -> tuple[Listener, ...]:
    """The listeners of a flow's end: under `.end`, and under the end step's own name if that differs.

    Events that its code seems to publish are assumed to be sent then too. So are the events of its steps if
    the steps are unknown.
    """
    names = {
        finish_event(declaration.key),
        finish_event(declaration.key, declaration.end_step),
        *declaration.publishes,
    }
    if declaration.steps is None:
        names |= senders.get(declaration.key, set())
    return tuple(sorted(listener for name in names for listener in listeners.get(name, ())))


def _at_steps(
    declaration: FlowDeclaration, listeners: Mapping[str, tuple[Listener, ...]]
) -> Iterable[StepEvent]:
    """The steps with listeners; a run's duration is assumed to be shared equally by its steps."""
    steps = declaration.steps or ()
    for number, step in enumerate(steps, start=1):
        hearing = listeners.get(finish_event(declaration.key, step))
        if hearing and step != declaration.end_step:  # Metaflow has no step "end" beside another end step
            certain = step not in declaration.optional_steps | declaration.repeated_steps
            yield StepEvent(step, number / len(steps), 1 / len(steps), hearing, certain)
