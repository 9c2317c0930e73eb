"""The walk from run to run, upstream and downstream, and the graph of what it met."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, Protocol

from lineage.graph.run_graph import (
    RunGraph,
    edge_attributes,
    event_attributes,
    missing_attributes,
    run_attributes,
)
from lineage.lazy import nx
from lineage.records.causes import IncomingEdge, causes
from lineage.records.model import KINDS, Kind, Problem, RunRecord, TriggerEvent, event_of_key, is_event
from lineage.sources.protocol import Cancel
from lineage.tracing.anomalies import break_cycles, fold_answers, too_early
from lineage.tracing.as_of import as_known_at
from lineage.tracing.effects import Effects


class Records(Protocol):
    """The part of a source that a walk needs; see `lineage.sources.protocol.Reader`."""

    @property
    def label(self) -> str:
        """Name of the store for messages, without a password."""

    def read(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, RunRecord]:
        """The records of these runs, by pathspec; runs that do not exist are left out."""


@dataclass
class Walk:
    """A walk in progress: the records read so far, and the nodes to show."""

    source: Records
    moment: datetime | None = None  # aware; anything later is ignored
    cancel: Cancel | None = None
    kinds: Collection[Kind] = KINDS  # of edges to follow
    records: dict[str, RunRecord] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)  # nodes within the limits
    effects: Effects | None = None
    extra_causes: dict[str, set[str]] = field(
        default_factory=dict
    )  # effect -> causes that its record does not name

    def branch(self) -> Walk:
        """A copy of this walk, which continues independently."""
        return replace(
            self,
            records=dict(self.records),
            asked=set(self.asked),
            shown=set(self.shown),
            extra_causes=dict(self.extra_causes),
        )

    def up(self, start: list[str], hops: int | None) -> None:
        """Walk towards the causes."""
        frontier, above = set(start), set(start)
        while frontier:
            self.shown |= frontier
            self._read(key for key in frontier if not is_event(key))
            if self.effects is not None:
                self.extra_causes.update(self.effects.told_causes(frontier))
            if hops == 0:
                return
            hops = None if hops is None else hops - 1
            frontier = {cause.key for key in frontier for cause in self._causes(key)} - above
            above |= frontier

    def down(self, start: list[str], hops: int | None) -> None:
        """Walk towards the effects, which only `self.effects` knows."""
        frontier, below = set(start), set(start)
        while frontier and hops != 0:
            hops = None if hops is None else hops - 1
            effects_of = self._effects(frontier)
            frontier = {effect for effects in effects_of.values() for effect in effects} - below
            below |= frontier
        self.shown |= below
        if self.effects is not None:
            self.extra_causes.update(self.effects.told_causes(below))

    def replace(self, records: Mapping[str, RunRecord | None]) -> bool:
        """Replace records with newer ones, or with None for a run that is gone.

        Returns
        -------
        bool
            Whether links of runs that the walk has met have changed, so that it has to be repeated.
        """
        before = {pathspec: self._links(pathspec) for pathspec in records if pathspec in self.records}
        for pathspec in before:
            del self.records[pathspec]
        self._take({pathspec: record for pathspec, record in records.items() if record is not None})
        for key in [key for key in self.shown if (r := self.records.get(key)) and r.status == "unread"]:
            del self.records[key]
        return any(self._links(pathspec) != known for pathspec, known in before.items())

    def lineage(self, focus: list[str], problems: Iterable[Problem] = ()) -> RunGraph:
        """Build the graph of the nodes to show.

        Parameters
        ----------
        focus
            The runs that were asked for.
        problems
            Problems other than those of the records.
        """
        graph: nx.DiGraph[str] = nx.DiGraph()
        all_problems = list(problems)
        shown = sorted(self.shown)  # so that records that contradict each other give the same graph each time
        into = {key: self._causes(key) for key in shown}
        events = {cause.key: cause.event for edges in into.values() for cause in edges if cause.event}
        events |= self._triggering({key for key in focus if is_event(key)} - events.keys())
        for key in shown:
            graph.add_node(key, **self._attributes(key, events))
        for key in shown:
            self._add_causes(graph, key, into[key])
            reasons = self.records[key].problems if key in self.records else ()
            all_problems += [Problem(key, reason) for reason in reasons]
        self._count_effects(graph)
        fold_answers(graph)
        all_problems += break_cycles(graph)
        all_problems += too_early(graph)
        now = datetime.now(timezone.utc)
        return RunGraph(
            graph, tuple(focus), tuple(dict.fromkeys(all_problems)), self.source.label, now, self.moment
        )

    def _read(self, pathspecs: Iterable[str]) -> None:
        """Read these runs in one batch, and the origins of resumed runs in further batches."""
        wanted = set(pathspecs) - self.asked
        while wanted:
            self.asked |= wanted
            fresh = self._take(self.source.read(sorted(wanted), self.cancel))
            wanted = {record.origin for record in fresh if record.origin} - self.asked

    def _take(self, records: Mapping[str, RunRecord]) -> list[RunRecord]:
        """Keep records as known at the time, and return them; earlier records of the same runs stay."""
        known = [as_known_at(record, self.moment) for record in records.values()]
        fresh = [record for record in known if record is not None]
        for record in fresh:
            self.records.setdefault(record.pathspec, record)
        return fresh

    def _causes(self, key: str) -> list[IncomingEdge]:
        record = self.records.get(key)
        edges: list[IncomingEdge] = []
        if record is not None:
            edges = causes(record, self.records, self.kinds)
        kind: Kind = "publish" if is_event(key) else "spawn"
        if key in self.extra_causes and kind in self.kinds:
            known = {edge.key: edge for edge in edges}
            for cause in sorted(self.extra_causes[key]):
                if cause in known:
                    known[cause].kinds.add(kind)
                elif self.moment is None or cause in self.records:
                    edges.append(IncomingEdge(cause, {kind}))
        return edges

    def _links(self, pathspec: str) -> tuple[object, ...]:
        """A run's causes, and the effects that only its own record names."""
        record = self.records.get(pathspec)
        return (self._causes(pathspec), *((record.spawned, record.published) if record else ()))

    def _effects(self, keys: Iterable[str]) -> Mapping[str, set[str]]:
        """The effects of these runs and events that were known at the time; their records are kept."""
        if self.effects is None:
            return {}
        effects_of = self.effects.effects(keys)
        events = {e for effects in effects_of.values() for e in effects if is_event(e)}
        unread = {e for effects in effects_of.values() for e in effects if e not in self.records} - events
        while unread:
            fresh = self._take(self.effects.records(unread))
            origins = {record.origin for record in fresh if record.origin}
            unread = {origin for origin in origins if origin not in self.records} - unread
        known = {e for effects in effects_of.values() for e in effects if e in self.records}
        known |= self._happened(events)
        if set(self.kinds) == set(KINDS):
            return {key: effects & known for key, effects in effects_of.items()}
        self.extra_causes.update(self.effects.told_causes(known))
        into = {e: {edge.key for edge in self._causes(e)} for e in known}
        return {key: {e for e in effects & known if key in into[e]} for key, effects in effects_of.items()}

    def _happened(self, events: set[str]) -> set[str]:
        """Those of these published events that are known to have happened by `self.moment`."""
        if self.moment is None or self.effects is None:
            return events
        started = self.effects.effects(events)
        runs = self._take(self.effects.records({run for effects in started.values() for run in effects}))
        return {event.node for run in runs for event in run.triggers} & events

    def _triggering(self, keys: Iterable[str]) -> dict[str, TriggerEvent]:
        """Events as the runs that they triggered recorded them, if those are not shown themselves."""
        if self.effects is None:
            return {}
        started = {run for runs in self.effects.effects(keys).values() for run in runs}
        records = self.effects.records(started)
        return {event.node: event for record in records.values() for event in record.triggers}

    def _count_effects(self, graph: nx.DiGraph[str]) -> None:
        """Count at each node the effects that are not shown."""
        if self.effects is None:
            return
        # a hub may have a hundred thousand; only a walk in the past or of some kinds has to look at each
        whole = self.moment is None and set(self.kinds) == set(KINDS)
        ask = self.effects.effects if whole else self._effects
        for key, effects in ask(list(graph)).items():
            if more := len(effects - self.shown):
                graph.nodes[key]["more_downstream"] = more

    def _attributes(self, key: str, events: Mapping[str, TriggerEvent]) -> dict[str, Any]:
        if key in self.records:
            return run_attributes(self.records[key])
        if key in events and events[key].run is None:
            return event_attributes(events[key])
        if is_event(key):  # published, but it triggered no known run
            return event_attributes(event_of_key(key))
        return missing_attributes(key)

    def _add_causes(self, graph: nx.DiGraph[str], key: str, edges: Iterable[IncomingEdge]) -> None:
        beyond = 0
        for edge in edges:
            if edge.key in self.shown:
                graph.add_edge(edge.key, key, **edge_attributes(edge))
            else:
                beyond += 1
        if beyond:
            graph.nodes[key]["more_upstream"] = beyond
