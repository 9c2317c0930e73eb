"""A flow map as the engine reads it: numbers for flows, places in AND groups for events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lineage.flow_map import FlowMap
from lineage.flow_map.declarations import FlowDeclaration, Listening, finish_event

Place = tuple[int, int]  # flow, place in its AND group


@dataclass(frozen=True)
class StepEvent:
    """An event that a run sends before it ends."""

    step: str
    share: float  # of the run's duration, 0 to 1
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Compiled:
    """Who listens to what, by number."""

    keys: tuple[str, ...]
    groups: tuple[tuple[Listening, ...], ...]  # of each flow, in the order of its places
    steps: tuple[tuple[str, ...], ...]  # of each flow; empty where they are not known
    at_finish: tuple[tuple[Place, ...], ...]  # of each flow: who hears of its end
    at_steps: tuple[tuple[StepEvent, ...], ...]
    by_event: Mapping[str, tuple[Place, ...]]  # external events

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {key: number for number, key in enumerate(self.keys)}

    def number(self, key: str) -> int:
        """Number of a flow."""
        return self._numbers[key]

    def accepting(self, event: str, payload: Mapping[str, Any] | None) -> tuple[list[Place], list[Place]]:
        """Who takes an event with this payload, and who discards it for want of a required field.

        The sensor that Metaflow deploys filters on the presence of the fields of required parameters
        (metaflow/plugins/argo/argo_workflows.py, `_compile_sensor`), and "any kind of filter error is
        considered as `false` (e.g. path not existing in event body)"
        (https://argoproj.github.io/argo-events/sensors/filters/intro/).
        """
        taken: list[Place] = []
        discarded: list[Place] = []
        for flow, place in self.by_event.get(event, ()):
            lacking = self.groups[flow][place].required - set(payload or ())
            (discarded if lacking else taken).append((flow, place))
        return taken, discarded


def compiled(flows: FlowMap) -> Compiled:
    """The map by number; flows in the order of their keys."""
    keys = tuple(flows.declarations)
    declarations = [flows.declarations[key] for key in keys]
    places = _places(declarations)
    # only what @trigger listens to: a sensor of @trigger_on_finish takes Metaflow's own events only
    external = _places(declarations, kind="event")
    senders: dict[str, set[str]] = {}
    for listening in (w for one in declarations for w in one.listens if w.sender):
        senders.setdefault(listening.sender[0] if listening.sender else "", set()).add(listening.event)
    return Compiled(
        keys,
        tuple(one.listens for one in declarations),
        tuple(one.steps or () for one in declarations),
        tuple(_at_finish(one, places, senders) for one in declarations),
        tuple(tuple(_at_steps(one, places)) for one in declarations),
        external,
    )


def _places(declarations: list[FlowDeclaration], kind: str | None = None) -> dict[str, tuple[Place, ...]]:
    found: dict[str, list[Place]] = {}
    for flow, one in enumerate(declarations):
        for place, listening in enumerate(one.listens):
            if kind in (None, listening.kind):
                found.setdefault(listening.event, []).append((flow, place))
    return {event: tuple(places) for event, places in found.items()}


def _at_finish(
    one: FlowDeclaration,
    places: Mapping[str, tuple[Place, ...]],
    senders: Mapping[str, set[str]],
) -> tuple[Place, ...]:
    """Who hears of a flow's end: under `.end`, and under the end step's own name where that differs.

    What its code seems to publish is taken to be sent then, too. Where the steps are not known, so are
    the events of its steps.
    """
    names = {finish_event(one.key), finish_event(one.key, one.end_step), *one.publishes}
    if one.steps is None:
        names |= senders.get(one.key, set())
    return tuple(sorted(place for name in names for place in places.get(name, ())))


def _at_steps(one: FlowDeclaration, places: Mapping[str, tuple[Place, ...]]) -> Iterable[StepEvent]:
    """Steps whose end somebody waits for; a run's time is taken to be shared equally by its steps."""
    steps = one.steps or ()
    for number, step in enumerate(steps, start=1):
        listeners = places.get(finish_event(one.key, step), ())
        if listeners and step not in (one.end_step, "end"):
            yield StepEvent(step, number / len(steps), listeners)
