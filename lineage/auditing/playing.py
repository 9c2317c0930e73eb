"""Play the recorded ends and events through the simulation's engine: what should have fired, what waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf
from typing import Any

from lineage.auditing.declared import Version
from lineage.auditing.past import Past, is_on_argo, key_of
from lineage.flow_map import FlowMap
from lineage.flow_map.clocks import reset_problem
from lineage.records.model import event_of_key
from lineage.simulation.cron import parse_cron
from lineage.simulation.engine import ARRIVE, RESET, AgendaEntry, Arrived, Luck, Outside, play
from lineage.simulation.tables import Compiled, Listener, compiled

_NO_LIMIT = 10**9  # runs; nothing that fires here sets anything off


@dataclass(frozen=True)
class Arrival:
    """A recorded end of a run, or an event, that flows may have waited for."""

    at: datetime
    node: str  # key in a lineage
    flow: str | None = None  # key of the flow whose run ended
    event: str | None = None  # name of the external event, or of a step's event
    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Firing:
    """A start of a flow that the rules call for."""

    at: datetime
    causes: tuple[str, ...]  # keys in a lineage, in the order in which they are declared; none by a schedule


@dataclass(frozen=True)
class Held:
    """The members of a flow's AND group that have arrived by the end of the time, and those missing."""

    since: datetime  # when the first of what it has arrived
    got: tuple[str, ...]  # keys in a lineage
    missing: tuple[str, ...]  # in words, as `Listening.label`


@dataclass
class Expected:
    """The starts and waits that the engine computed, by key of the flow."""

    firings: dict[str, list[Firing]] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)


def arrivals_of(past: Past) -> list[Arrival]:
    """All that arrived, in order; ends of runs on people's machines only if there are no others."""
    events: dict[str, Arrival] = {}
    ends = []
    sends = is_on_argo if past.on_argo else lambda record: True
    records = [record for some in past.runs.values() for record in some]
    for record in records:
        if record.status == "completed" and record.finished_at and sends(record):
            ends.append(Arrival(record.finished_at, record.pathspec, flow=key_of(record)))
        for event in record.triggers:
            if event.type == "event" and event.timestamp:
                node = f"{event.run}:{event.name}" if event.run else event.node
                events.setdefault(
                    node, Arrival(event.timestamp, event.node, event=event.name, payload=event.payload)
                )
    for record in records:
        for key in record.published:
            if key not in events and record.finished_at:  # the latest that it can have been published
                events[key] = Arrival(record.finished_at, key, event=event_of_key(key).name)
    return sorted((*ends, *events.values()), key=lambda arrival: (arrival.at, arrival.node))


def played(declared: Mapping[str, Sequence[Version]], past: Past) -> Expected:
    """Compute what should have fired and what flows wait for, by the rules of `lineage.simulation.engine`.

    Each version of a declaration is a flow of its own, which hears only what arrived while it held.
    """
    versions, names = _as_flows(declared)
    table = compiled(FlowMap.of(version.declaration for version in versions.values()))
    window = past.window
    arrivals = [arrival for arrival in arrivals_of(past) if window.start <= arrival.at <= window.until]
    hears = [list(_listeners(table, arrival, versions)) for arrival in arrivals]
    agenda: list[AgendaEntry] = [
        (_seconds(arrival.at, window.start), ARRIVE, 0, number, 0) for number, arrival in enumerate(arrivals)
    ]
    agenda += _resets(table, versions, past)
    journal = _Journal(table, arrivals, window.start)
    flows = len(table.keys)
    never = Luck.fixed([inf] * flows, [None] * flows, [()] * flows)  # only recorded runs end
    outside = Outside([None] * len(arrivals), hears)
    play(table, outside, never, sorted(agenda), _seconds(window.until, window.start), _NO_LIMIT, journal)
    return _by_flow(journal, names, versions, past)


def _as_flows(
    declared: Mapping[str, Sequence[Version]],
) -> tuple[dict[str, Version], dict[str, str]]:
    """Versions by the key of a flow of their own, and the key of the real flow of each."""
    versions, names = {}, {}
    for key, several in declared.items():
        for number, version in enumerate(several):
            own = version.declaration
            if number < len(several) - 1:
                own = replace(own, flow=f"{own.flow}@{number}")
            versions[own.key] = replace(version, declaration=own)
            names[own.key] = key
    return versions, names


def _listeners(table: Compiled, arrival: Arrival, versions: Mapping[str, Version]) -> Iterator[Listener]:
    if arrival.flow is not None:
        listeners: Iterable[Listener] = table.at_finish[table.number(arrival.flow)]
    else:
        listeners = table.accepting(arrival.event or "", arrival.payload)[0]
    for flow, slot in listeners:
        version = versions[table.keys[flow]]
        if version.holds(arrival.at) and (version.until is None or arrival.at <= version.until):
            yield flow, slot


def _resets(table: Compiled, versions: Mapping[str, Version], past: Past) -> Iterator[AgendaEntry]:
    for number, key in enumerate(table.keys):
        clock = versions[key].declaration.reset_at
        if clock and len(table.groups[number]) > 1 and not reset_problem(clock):
            cron = parse_cron(clock.cron, clock.timezone)
            for at in cron.between(past.window.start, past.window.until):
                yield (_seconds(at, past.window.start), RESET, number, 0, 0)


def _seconds(moment: datetime, start: datetime) -> float:
    return (moment - start).total_seconds()


class _Journal:
    """The engine's journal: firings, and what each group holds with the times of its arrival."""

    def __init__(self, table: Compiled, arrivals: Sequence[Arrival], start: datetime) -> None:
        self._table, self._arrivals, self._start = table, arrivals, start
        self.firings: dict[str, list[Firing]] = {}
        self.held: dict[str, dict[int, Arrival]] = {}

    def started(self, time: float, flow: int, causes: Sequence[int | None]) -> None:
        """A group was complete."""
        key = self._table.keys[flow]
        nodes = dict.fromkeys(self._arrival(cause).node for cause in causes if cause is not None)
        moment = self._start + timedelta(seconds=time)
        self.firings.setdefault(key, []).append(Firing(moment, tuple(nodes)))
        self.held.pop(key, None)

    def arrived(self, time: float, listener: Listener, cause: int, arrived: Arrived) -> None:
        """Something reached a flow."""
        flow, slot = listener
        self.held.setdefault(self._table.keys[flow], {})[slot] = self._arrival(cause)

    def wiped(self, time: float, flow: int, arrived: Arrived) -> None:
        """A reset."""
        self.held.pop(self._table.keys[flow], None)

    def completed(self, time: float, run: int) -> None:
        """No run of this pass ends."""

    failed = completed

    def happened(self, time: float, stimulus: int) -> None:
        """Something arrived; `arrived` is called for each flow that listens."""

    def _arrival(self, cause: int) -> Arrival:
        return self._arrivals[-1 - cause]


def _by_flow(
    journal: _Journal, names: Mapping[str, str], versions: Mapping[str, Version], past: Past
) -> Expected:
    expected = Expected()
    for own, firings in journal.firings.items():
        expected.firings.setdefault(names[own], []).extend(firings)
    for own, slots in journal.held.items():
        version = versions[own]
        if version.until is None and slots:  # an earlier version holds nothing any more
            listens = version.declaration.listens
            missing = tuple(w.label for slot, w in enumerate(listens) if slot not in slots)
            got = dict.fromkeys(arrival.node for _, arrival in sorted(slots.items()))
            since = min(arrival.at for arrival in slots.values())
            expected.held[names[own]] = Held(since, tuple(got), missing)
    return expected
