"""The runs of a catalog that began since a time, and the links by which they started each other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from lineage.catalog.file import FLOW
from lineage.catalog.rows import DOUBTFUL, RESUME, SPAWN, TRIGGER, microseconds
from lineage.records.cascades import RunTimes
from lineage.records.causes import causes
from lineage.records.model import Kind, RunRecord

Start = tuple[str, str, int]  # cause and effect (pathspecs or keys of events), kinds as in `rows`

# A run that only reads an artifact is not started by the run that made it.
STARTING = TRIGGER | RESUME | SPAWN
STARTING_KINDS: tuple[Kind, ...] = ("trigger", "resume", "spawn")


@dataclass(frozen=True)
class Window:
    """The runs that began since a time, in the order in which they did, and the links out of them."""

    runs: list[RunTimes]
    starts: list[Start]


def read_window(database: sqlite3.Connection, flows: Iterable[str], since: datetime) -> Window:
    """Read the window from a catalog's file; the index on flow and time bounds the rows that are read.

    Among the links are doubtful triggers of resumed runs, which may be those of their origins.
    """
    began = microseconds(since)
    of_flow = f"{FLOW} = ? AND created >= ?"
    state = f"SELECT pathspec, status, created, finished FROM runs WHERE {of_flow}"
    # CROSS JOIN makes SQLite go from the few runs to their links, not the other way
    edges = (
        "SELECT cause, effect, kinds FROM runs CROSS JOIN edges ON cause = pathspec "
        f"WHERE {of_flow} AND kinds & {STARTING | DOUBTFUL}"
    )
    told = f"SELECT cause, effect, {SPAWN} FROM runs CROSS JOIN told ON cause = pathspec WHERE {of_flow}"
    runs: list[RunTimes] = []
    starts: list[Start] = []
    for flow in flows:
        asked = (f"{flow}/", began)
        runs += database.execute(state, asked).fetchall()
        starts += database.execute(edges, asked).fetchall()
        starts += database.execute(told, asked).fetchall()
    return Window(_by_start(runs), starts)


def window_of(records: Iterable[RunRecord], since: datetime) -> Window:
    """The window of records in memory."""
    known = {record.pathspec: record for record in records}
    began = {r.pathspec: r for r in known.values() if r.created_at is not None and r.created_at >= since}
    runs: list[RunTimes] = []
    starts: list[Start] = []
    for pathspec, record in began.items():
        created = record.created_at or since
        finished = None if record.finished_at is None else microseconds(record.finished_at)
        runs.append((pathspec, record.status, microseconds(created), finished))
        starts += [(pathspec, effect, SPAWN) for effect in (*record.spawned, *record.published)]
        for edge in causes(record, known.get(record.origin or ""), STARTING_KINDS):
            if edge.key in began:
                starts.append((edge.key, pathspec, RESUME if "resume" in edge.kinds else TRIGGER))
    return Window(_by_start(runs), starts)


def _by_start(runs: list[RunTimes]) -> list[RunTimes]:
    return sorted(runs, key=itemgetter(2))
