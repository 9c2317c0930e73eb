"""`trace`: walk the records of a source into a lineage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import networkx as nx

from lineage.errors import InvalidArgument
from lineage.graph import Lineage, event_attributes, missing_attributes, run_attributes
from lineage.model import Problem, RunRecord, TriggerEvent
from lineage.reading import RunLike, named_runs, resolve
from lineage.sources import Source, open_source


def trace(
    run: RunLike | Iterable[RunLike],
    upstream: int | None = None,
    downstream: int | None = 0,
    source: Source | None = None,
) -> Lineage:
    """Follow the triggers of a run to its causes, and to its effects.

    Parameters
    ----------
    run
        A `metaflow.Run`, a pathspec `"Flow/id"`, a flow's name (its latest run), or several of these.
    upstream
        Hops towards the causes: 0 for none, None for no limit.
    downstream
        Hops towards the effects, likewise. Metaflow records triggers on the effect's side only, so
        this reads every run of the source.
    source
        Where to read; None for what Metaflow is configured for.

    Returns
    -------
    Lineage
        Every run that was met, also those that no longer exist (`status="missing"`). Where the walk
        stopped at the limit, `more_upstream` and `more_downstream` say how much there is beyond.
        What was broken on the way is in `.problems`.

    Raises
    ------
    InvalidArgument
        Before anything is read.
    RunNotFound, FlowNotFound
        If what was asked for does not exist.
    SourceError
        If the source cannot be read.
    """
    _check_hops("upstream", upstream)
    _check_hops("downstream", downstream)
    names = named_runs(run)
    place = open_source(source)
    focus = resolve(names, place)
    walk = _Walk(place)
    walk.up(focus, upstream)
    if downstream != 0:
        walk.down(focus, downstream)
    return walk.lineage(focus)


def _check_hops(name: str, hops: object) -> None:
    if hops is not None and (isinstance(hops, bool) or not isinstance(hops, int) or hops < 0):
        raise InvalidArgument(f"{name} counts hops: 0 for none, None for no limit; not {hops!r}")


@dataclass(frozen=True)
class Cause:
    """One reason why a run exists: an edge into it."""

    key: str
    kind: str  # "trigger" or "resume"
    event: TriggerEvent | None


def causes(record: RunRecord, origin: RunRecord | None) -> list[Cause]:
    """The distinct causes of a run, each once, in the order in which they are recorded.

    A resumed run shows the triggers of the run that it resumed, as the stock client does. Those are
    its origin's causes, not a second set of its own, so only the `resume` cause is left of them.
    """
    found: dict[str, Cause] = {}
    inherited = {event.node for event in origin.triggers} if origin else set()
    if record.origin:
        found[record.origin] = Cause(record.origin, "resume", None)
    for event in record.triggers:
        if record.origin and event.node in inherited:
            continue
        # a custom end step emits two events for one cause; the well-known .end names it
        if event.node not in found or event.name.endswith(".end"):
            found[event.node] = Cause(event.node, "trigger", event)
    return list(found.values())


@dataclass
class _Walk:
    """What has been read so far."""

    source: Source
    records: dict[str, RunRecord] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)  # nodes within the limits
    effects: dict[str, set[str]] | None = None  # known only once every run was read

    def read(self, pathspecs: Iterable[str]) -> None:
        """Read these runs in one batch, and the origins of resumed ones in another."""
        wanted = set(pathspecs) - self.asked
        while wanted:
            self.asked |= wanted
            fresh = self.source.read(sorted(wanted))
            self.records.update(fresh)
            wanted = {record.origin for record in fresh.values() if record.origin} - self.asked

    def causes(self, key: str) -> list[Cause]:
        record = self.records.get(key)
        return causes(record, self.records.get(record.origin or "")) if record else []

    def up(self, start: list[str], hops: int | None) -> None:
        frontier = set(start)
        while frontier:
            self.shown |= frontier
            self.read(key for key in frontier if not key.startswith("event:"))
            if hops == 0:
                return
            hops = None if hops is None else hops - 1
            frontier = {cause.key for key in frontier for cause in self.causes(key)} - self.shown

    def down(self, start: list[str], hops: int | None) -> None:
        for record in self.source.scan():
            self.records.setdefault(record.pathspec, record)
        self.asked |= set(self.records)
        self.effects = defaultdict(set)
        for key in self.records:
            for cause in self.causes(key):
                self.effects[cause.key].add(key)
        frontier = set(start)
        below = set(start)
        while frontier and hops != 0:
            hops = None if hops is None else hops - 1
            frontier = {effect for key in frontier for effect in self.effects.get(key, ())} - below
            below |= frontier
        self.shown |= below

    def lineage(self, focus: list[str]) -> Lineage:
        graph: nx.DiGraph[str] = nx.DiGraph()
        problems: list[Problem] = []
        events = {c.key: c.event for key in self.shown for c in self.causes(key) if c.event}
        for key in sorted(self.shown):
            graph.add_node(key, **self._attributes(key, events))
        for key in sorted(self.shown):
            self._add_causes(graph, key, problems)
            for reason in self.records[key].problems if key in self.records else ():
                problems.append(Problem(key, reason))
        problems += break_cycles(graph)
        problems += too_early(graph)
        return Lineage(graph, tuple(focus), tuple(problems), self.source.label, datetime.now(timezone.utc))

    def _attributes(self, key: str, events: Mapping[str, TriggerEvent]) -> dict[str, Any]:
        if key in self.records:
            return run_attributes(self.records[key])
        if key in events and events[key].type == "event":
            return event_attributes(events[key])
        return missing_attributes(key)

    def _add_causes(self, graph: nx.DiGraph[str], key: str, problems: list[Problem]) -> None:
        beyond = 0
        for cause in self.causes(key):
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
        if self.effects is not None and (more := len(self.effects.get(key, set()) - self.shown)):
            graph.nodes[key]["more_downstream"] = more


def break_cycles(graph: nx.DiGraph[str]) -> list[Problem]:
    """Take the edges out of a graph that make a run its own cause; broken records only.

    Of each cycle the edge goes whose cause began latest compared with its effect: time runs forward.
    """
    problems = []
    knots = [graph.subgraph(knot) for knot in nx.strongly_connected_components(graph)]
    for knot in [k.copy() for k in knots if k.number_of_edges()]:
        while True:
            try:
                cycle = nx.find_cycle(knot)
            except nx.NetworkXNoCycle:
                break
            cause, effect = max(cycle, key=lambda edge: (_lateness(graph, *edge[:2]), edge))[:2]
            knot.remove_edge(cause, effect)
            graph.remove_edge(cause, effect)
            what = "itself" if cause == effect else f"{cause}, which it is itself a cause of"
            problems.append(Problem(effect, f"recorded as caused by {what}; that link is left out"))
    return sorted(problems, key=str)


def too_early(graph: nx.DiGraph[str]) -> list[Problem]:
    """Runs that began before the run that triggered them: the clocks disagree."""
    return [
        Problem(effect, f"began before {cause}, which triggered it; the clocks may disagree")
        for cause, effect in sorted(graph.edges)
        if _lateness(graph, cause, effect) > 0
    ]


def _lateness(graph: nx.DiGraph[str], cause: str, effect: str) -> float:
    """Seconds by which a cause began after its effect; 0 where a time is not known."""
    before, after = (graph.nodes[key].get("created_at") for key in (cause, effect))
    return (before - after).total_seconds() if before and after else 0.0
