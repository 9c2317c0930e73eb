"""The changes on the map from one moment of a simulation to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from lineage.flow_map.declarations import short_name
from lineage.format import format_clock, format_count
from lineage.scene.flow_map_scene import EVENT, Look, look_at
from lineage.simulation import SimEvent, SimulationResult, State

Moment = dict[str, Any]
SAID = 4  # events at one moment that are listed one by one
_VERBS = {"started": "starts", "completed": "finishes", "failed": "fails"}


def moments(sim: SimulationResult, index: Mapping[str, int]) -> Iterator[Moment]:
    """The changes from moment to moment; the first sets how every node looks at the start."""
    state, last = State(), dict[str, Look]()
    before = {key: look_at(sim.flows, key, state, last) for key in index}
    yield _moment(sim, sim.start, ["nothing has happened yet"], {index[key]: before[key] for key in index})
    for at, happening in groupby(sim.events, key=lambda event: event.at):
        events = list(happening)
        state = state.after(*events)
        touched = set()
        for event in events:
            key = event.flow or f"{EVENT}{event.event}"
            touched.add(key)
            if event.kind in ("started", "completed", "failed"):
                last[key] = ("running" if event.kind == "started" else event.kind, _on_card(at, sim.start))
            elif event.kind == "happened":
                last[key] = ("completed" if event.flow else "arrived", _on_card(at, sim.start))
        looks = {key: look_at(sim.flows, key, state, last) for key in sorted(touched) if key in index}
        changed = {index[key]: look for key, look in looks.items() if before[key] != look}
        before |= looks
        yield _moment(sim, at, list(_said(sim, events)), changed)


def _on_card(moment: datetime, start: datetime) -> str:
    """Format a time of day to fit a card, with the number of days after the first, as in timetables."""
    days = (moment.date() - start.date()).days
    return format_clock(moment, moment) + (f"+{days}" if days else "")


def _moment(sim: SimulationResult, at: datetime, said: list[str], looks: Mapping[int, Look]) -> Moment:
    more = [f"and {format_count(len(said) - SAID, 'more thing')}"] if len(said) > SAID + 1 else []
    return {
        "at": round(at.timestamp() - sim.start.timestamp(), 3),
        "clock": format_clock(at, sim.start),
        "said": said if not more else said[:SAID] + more,
        "set": {str(i): list(look) for i, look in looks.items()},
    }


def _said(sim: SimulationResult, events: Iterable[SimEvent]) -> Iterator[str]:
    for event in events:
        flow = short_name(event.flow or "")
        if event.kind in _VERBS:
            yield f"{flow} {_VERBS[event.kind]}"
        elif event.kind == "happened":
            yield f"{flow} finishes" if flow else f"{event.event} arrives"
        elif event.kind == "arrived" and event.missing:
            listens = sim.flows.declarations[event.flow or ""].listens
            lacking = [w.label for w in listens if w.event in event.missing]
            yield f"{flow} waits for {' and '.join(lacking)}"
        elif event.kind == "reset":
            yield f"{flow} is reset"
        elif event.kind == "discarded":
            yield f"{flow} takes no {event.event} without {', '.join(event.missing)}"
