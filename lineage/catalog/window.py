"""The runs of a catalog that began since a time, and the links by which they started each other."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from lineage.catalog.file import FLOW
from lineage.catalog.rows import DOUBTFUL, RESUME, SPAWN, TRIGGER, microseconds
from lineage.records.cascades import RunTimes
from lineage.records.causes import causes
from lineage.records.fast_json import decode_json
from lineage.records.model import Kind, RunRecord, is_event

# A run that only reads an artifact is not started by the run that made it.
_STARTING = TRIGGER | RESUME | SPAWN
_STARTING_KINDS: tuple[Kind, ...] = ("trigger", "resume", "spawn")

NamedLink = tuple[str, str]  # cause and effect
Link = tuple[int, int]  # the same, by their places
OwnTriggers = Callable[[list[NamedLink]], Iterable[NamedLink]]


@dataclass(frozen=True)
class Window:
    """The runs that began since a time, and the links between them.

    Attributes
    ----------
    runs
        The runs, by start.
    places
        The place of each run among them, by pathspec.
    links
        The places of causes and effects.
    published
        The pathspec of a run, and the key of an event that it published.
    resumed
        Pathspecs of the runs that a later one resumed.
    """

    runs: list[RunTimes]
    places: dict[str, int]
    links: list[Link] = field(default_factory=list)
    published: list[NamedLink] = field(default_factory=list)
    resumed: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, runs: Iterable[RunTimes]) -> Window:
        """A window of these runs, without links."""
        by_start = sorted(runs, key=itemgetter(2))
        return cls(by_start, {run[0]: place for place, run in enumerate(by_start)})

    def link(self, names: Iterable[NamedLink]) -> None:
        """Add those of these links that are between runs of the window."""
        place = self.places.get
        self.links.extend(
            [
                (start, end)
                for cause, effect in names
                if (start := place(cause)) is not None and (end := place(effect)) is not None
            ]
        )


def read_window(
    database: sqlite3.Connection, flows: list[str], since: datetime, own_triggers: OwnTriggers
) -> Window:
    """Read the window from a catalog's file; the index on flow and time bounds the rows that are read.

    Parameters
    ----------
    database, flows
        The catalog, and its flows.
    since
        The start of the window.
    own_triggers
        Selects, from triggers of resumed runs, those that are not their origins'.
    """
    of_flow = f"{FLOW} = ? AND created >= {microseconds(since)}"
    state = _columns("pathspec", "status", "created", "finished", source=f"runs WHERE {of_flow}")
    # CROSS JOIN makes SQLite go from the few runs to their links, not the other way
    linked = f"runs CROSS JOIN {{}} ON cause = pathspec WHERE {of_flow}"
    edges = _columns(
        "cause", "effect", "kinds", source=f"{linked.format('edges')} AND kinds & {_STARTING | DOUBTFUL}"
    )
    told = _columns("cause", "effect", source=linked.format("told"))
    window = Window.of(run for flow in flows for run in zip(*_arrays(database, state, flow), strict=True))
    for flow in flows:
        causes, effects, kinds = _arrays(database, edges, flow)
        starts: Iterable[NamedLink] = zip(causes, effects, strict=True)
        if set(kinds) - {TRIGGER}:  # in few flows
            rows = list(zip(causes, effects, kinds, strict=True))
            starts = [(cause, effect) for cause, effect, kind in rows if kind & _STARTING]
            window.link(own_triggers([(cause, effect) for cause, effect, kind in rows if kind & DOUBTFUL]))
            window.resumed.update(cause for cause, _, kind in rows if kind & RESUME)
        window.link(starts)
        outgoing = list(zip(*_arrays(database, told, flow), strict=True))
        window.link(outgoing)
        window.published.extend(link for link in outgoing if is_event(link[1]))
    return window


def _columns(*columns: str, source: str) -> str:
    """A query for one row, with each column as a JSON array."""
    return f"SELECT {', '.join(f'json_group_array({column})' for column in columns)} FROM {source}"


def _arrays(database: sqlite3.Connection, columns: str, flow: str) -> Iterator[Any]:
    """The values of each column: as JSON they are made in three quarters of the time of rows."""
    return map(decode_json, database.execute(columns, (f"{flow}/",)).fetchone())


def window_of(records: Iterable[RunRecord], since: datetime) -> Window:
    """The window of records in memory."""
    known = {record.pathspec: record for record in records}
    began = [(r, at) for r in known.values() if (at := r.created_at) is not None and at >= since]
    ends = [None if r.finished_at is None else microseconds(r.finished_at) for r, _ in began]
    runs = zip(began, ends, strict=True)
    window = Window.of((r.pathspec, r.status, microseconds(at), end) for (r, at), end in runs)
    for record, _ in began:
        edges = causes(record, known, _STARTING_KINDS)
        window.link((edge.key, record.pathspec) for edge in edges)
        window.link((record.pathspec, run) for run in record.spawned)
        window.published.extend((record.pathspec, event) for event in record.published)
        window.resumed.update(edge.key for edge in edges if "resume" in edge.kinds)
    return window
