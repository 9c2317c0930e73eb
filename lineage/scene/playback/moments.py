"""The changes on the map from one moment of a simulation to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from lineage.flow_map.declarations import short_name
from lineage.format import format_count
from lineage.scene.flow_map_scene import EVENT, Look, look_at
from lineage.scene.playback.time_words import TimeWords
from lineage.simulation import SimEvent, SimulationResult, State

Moment = dict[str, Any]
SAID = 4  # events at one moment that are listed one by one
_VERBS = {"started": "starts", "completed": "finishes", "failed": "fails"}


def moments(sim: SimulationResult, index: Mapping[str, int], clock: TimeWords) -> Iterator[Moment]:
    """The changes from moment to moment; the first sets how every node looks at the start."""
    state, last = State(), dict[str, Look]()
    before = {key: look_at(sim.flows, key, state, last) for key in index}
    looks = {str(index[key]): list(look) for key, look in before.items()}
    yield {"at": 0.0, "clock": clock.moment(sim.start), "said": ["nothing has happened yet"], "set": looks}
    for at, happening in groupby(sim.events, key=lambda event: event.at):
        events = list(happening)
        state = state.after(*events)
        touched = set()
        for event in events:
            key = event.flow or f"{EVENT}{event.event}"
            touched.add(key)
            if event.kind in ("started", "completed", "failed"):
                last[key] = ("running" if event.kind == "started" else event.kind, clock.on_card(at))
            elif event.kind == "happened":
                last[key] = ("completed" if event.flow else "arrived", clock.on_card(at))
        now = {key: look_at(sim.flows, key, state, last) for key in sorted(touched) if key in index}
        changed = {str(index[key]): list(look) for key, look in now.items() if before[key] != look}
        before |= now
        moment = {
            "at": round(at.timestamp() - sim.start.timestamp(), 3),
            "clock": clock.moment(at),
            "said": _cut(list(_said(sim, events))),
            "set": changed,
        }
        lacks = {str(index[flow]): words for flow, words in _lacking(sim, events) if flow in index}
        yield moment | ({"lacks": lacks} if lacks else {})


def _cut(said: list[str]) -> list[str]:
    if len(said) <= SAID + 1:
        return said
    return [*said[:SAID], f"and {format_count(len(said) - SAID, 'more thing')}"]


def _lacking(sim: SimulationResult, events: Iterable[SimEvent]) -> Iterator[tuple[str, str]]:
    """What each flow at which an event arrives still waits for, in words."""
    for event in events:
        if event.kind == "arrived" and event.missing and event.flow:
            listens = sim.flows.declarations[event.flow].listens
            yield event.flow, " and ".join(w.label for w in listens if w.event in event.missing)


def _said(sim: SimulationResult, events: Iterable[SimEvent]) -> Iterator[str]:
    for event in events:
        flow = short_name(event.flow or "")
        if event.kind in _VERBS:
            yield f"{flow} {_VERBS[event.kind]}"
        elif event.kind == "happened":
            yield f"{flow} finishes" if flow else f"{event.event} arrives"
        elif event.kind == "arrived" and event.missing:
            yield from (f"{flow} waits for {words}" for _, words in _lacking(sim, [event]))
        elif event.kind == "reset":
            yield f"{flow} is reset"
        elif event.kind == "discarded":
            yield f"{flow} takes no {event.event} without {', '.join(event.missing)}"
