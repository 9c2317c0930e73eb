"""From record to record, along triggers, until there is a graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

import networkx as nx

from lineage.graph.run_graph import RunGraph, event_attributes, missing_attributes, run_attributes
from lineage.records.causes import Cause, causes
from lineage.records.model import Problem, RunRecord, TriggerEvent
from lineage.sources import Cancel, Source
from lineage.tracing.anomalies import break_cycles, too_early
from lineage.tracing.as_of import as_known_at
from lineage.tracing.effects import Effects


@dataclass
class Walk:
    """What has been read so far, and what of it is shown."""

    source: Source
    moment: datetime | None = None  # aware; nothing that happened later is seen
    cancel: Cancel | None = None
    records: dict[str, RunRecord] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)  # nodes within the limits
    effects: Effects | None = None

    def branch(self) -> Walk:
        """A walk that has been where this one has, and goes on by itself."""
        return replace(self, records=dict(self.records), asked=set(self.asked), shown=set(self.shown))

    def up(self, start: list[str], hops: int | None) -> None:
        """Towards the causes."""
        frontier = set(start)
        while frontier:
            self.shown |= frontier
            self._read(key for key in frontier if not key.startswith("event:"))
            if hops == 0:
                return
            hops = None if hops is None else hops - 1
            frontier = {cause.key for key in frontier for cause in self._causes(key)} - self.shown

    def down(self, start: list[str], hops: int | None, effects: Effects) -> None:
        """Towards the effects, which only `effects` knows."""
        self.effects = effects
        frontier, below = set(start), set(start)
        while frontier and hops != 0:
            hops = None if hops is None else hops - 1
            found = self._effects(frontier).values()
            frontier = {effect for effects in found for effect in effects} - below
            below |= frontier
        self.shown |= below

    def replace(self, records: Mapping[str, RunRecord | None]) -> bool:
        """Take newer records of runs that were met, None for one that is gone.

        Returns
        -------
        bool
            Whether they have other causes than before, so that the walk would now go another way.
        """
        before = {pathspec: self._causes(pathspec) for pathspec in records}
        for pathspec in records:
            self.records.pop(pathspec, None)
        self._take({pathspec: record for pathspec, record in records.items() if record is not None})
        for key in [key for key in self.shown if (r := self.records.get(key)) and r.status == "unread"]:
            del self.records[key]
        return any(self._causes(pathspec) != known for pathspec, known in before.items())

    def lineage(self, focus: list[str], problems: Iterable[Problem] = ()) -> RunGraph:
        """What was met, as a graph.

        Parameters
        ----------
        focus
            The runs that were asked for.
        problems
            What else has to be said about the whole.
        """
        graph: nx.DiGraph[str] = nx.DiGraph()
        found = list(problems)
        into = {key: self._causes(key) for key in self.shown}
        events = {cause.key: cause.event for some in into.values() for cause in some if cause.event}
        for key in sorted(self.shown):
            graph.add_node(key, **self._attributes(key, events))
        for key in sorted(self.shown):
            self._add_causes(graph, key, into[key])
            reasons = self.records[key].problems if key in self.records else ()
            found += [Problem(key, reason) for reason in reasons]
        self._count_effects(graph)
        found += break_cycles(graph)
        found += too_early(graph)
        now = datetime.now(timezone.utc)
        return RunGraph(graph, tuple(focus), tuple(found), self.source.label, now, self.moment)

    def _read(self, pathspecs: Iterable[str]) -> None:
        """Read these runs in one batch, and the origins of resumed ones in another."""
        wanted = set(pathspecs) - self.asked
        while wanted:
            self.asked |= wanted
            fresh = self._take(self.source.read(sorted(wanted), self.cancel))
            wanted = {record.origin for record in fresh if record.origin} - self.asked

    def _take(self, records: Mapping[str, RunRecord]) -> list[RunRecord]:
        """Keep what was known at the time, where it was not read before."""
        known = [as_known_at(record, self.moment) for record in records.values()]
        fresh = [record for record in known if record is not None]
        for record in fresh:
            self.records.setdefault(record.pathspec, record)
        return fresh

    def _causes(self, key: str) -> list[Cause]:
        record = self.records.get(key)
        if record is None:
            return []
        origin = self.records.get(record.origin) if record.origin else None
        return causes(record, origin)

    def _effects(self, keys: Iterable[str]) -> Mapping[str, set[str]]:
        """What these runs and events set off, of what was known at the time; all of it is in `records`."""
        if self.effects is None:
            return {}
        found = self.effects.effects(keys)
        unread = {e for effects in found.values() for e in effects if e not in self.records}
        while unread:
            fresh = self._take(self.effects.records(unread))
            origins = {record.origin for record in fresh if record.origin}
            unread = {origin for origin in origins if origin not in self.records} - unread
        return {key: {e for e in effects if e in self.records} for key, effects in found.items()}

    def _count_effects(self, graph: nx.DiGraph[str]) -> None:
        """Say at each node how many of its effects are not shown."""
        if self.effects is None:
            return
        # a hub may have a hundred thousand; only the past has to look at each
        ask = self.effects.effects if self.moment is None else self._effects
        for key, effects in ask(list(graph)).items():
            if more := len(effects - self.shown):
                graph.nodes[key]["more_downstream"] = more

    def _attributes(self, key: str, events: Mapping[str, TriggerEvent]) -> dict[str, Any]:
        if key in self.records:
            return run_attributes(self.records[key])
        if key in events and events[key].run is None:
            return event_attributes(events[key])
        return missing_attributes(key)

    def _add_causes(self, graph: nx.DiGraph[str], key: str, found: Iterable[Cause]) -> None:
        beyond = 0
        for cause in found:
            if cause.key not in self.shown:
                beyond += 1
                continue
            event = cause.event
            graph.add_edge(
                cause.key,
                key,
                kind=cause.kind,
                event=event.name if event else None,
                timestamp=event.timestamp if event else None,
            )
        if beyond:
            graph.nodes[key]["more_upstream"] = beyond
