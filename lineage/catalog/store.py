"""A cache of a source's records and edges, which answers without reading the source."""

from __future__ import annotations

import json
import sqlite3
import statistics
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

from lineage.catalog.file import FLOW, UNSETTLED, connect, rebuild
from lineage.catalog.rows import (
    COPIED,
    DOUBTFUL,
    READ,
    StoredRun,
    ToldRow,
    edge_rows,
    microseconds,
    run_from_row,
    stored_plain_runs,
    stored_run,
    told_rows,
)
from lineage.catalog.soundness import TABLES, Damaged, break_seal, placeholders, seal, with_checksums
from lineage.catalog.window import Window, read_window
from lineage.records.causes import own_triggers
from lineage.records.model import RunRecord
from lineage.sources.changes import batches
from lineage.sources.protocol import Changes, KnownRun

_KEYS = 500  # keys of one query
_MATCHES = 5  # events of one query
_USUAL = 3  # completed runs that it takes to say what is usual
_EVERY_FLOW = ""  # in the table of flows: that all of them were read
_RUN = "pathspec, status, created, finished, body"


class Catalog:
    """The runs read so far from one source, and the runs that each of them triggered.

    Use it in a `with` statement, from one thread at a time.

    Parameters
    ----------
    path
        The catalog's file; `catalog_path` returns the one of a source.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = connect(path)

    def __enter__(self) -> Catalog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(exc, sqlite3.Error):
            break_seal(self.path)
            self._database.close()
        else:
            self.close()

    def close(self) -> None:
        """Close the file."""
        in_memory = not self._database.execute("PRAGMA database_list").fetchone()[2]
        self._database.close()
        if not in_memory:
            seal(self.path)

    def rebuild(self, reason: object) -> None:
        """Discard everything, when the file turns out to be corrupt."""
        self._database.close()
        self._database = rebuild(self.path, reason)

    # used by a refresh, see `Known`

    def clear(self) -> None:
        """Discard everything, so that a refresh reads every run."""
        with self._transaction():
            for table in TABLES:
                self._database.execute(f"DELETE FROM {table}")

    def flows(self) -> list[str]:
        """Names of the flows with runs in the catalog, sorted."""
        return [row[0] for row in self._database.execute(_FLOWS)]

    def runs(self, flow: str) -> Mapping[str, KnownRun]:
        """The runs of a flow, by run id."""
        now, skip = time.time(), len(flow) + 1
        rows = self._database.execute(
            f"SELECT pathspec, stamp, due FROM runs WHERE {_OF_FLOW}", (f"{flow}/", f"{flow}0")
        )
        return {p[skip:]: KnownRun(stamp, due is not None and due <= now) for p, stamp, due in rows}

    def unsettled(self) -> Mapping[str, KnownRun]:
        """The runs that had not ended, by pathspec."""
        now = time.time()
        rows = self._database.execute(f"SELECT pathspec, stamp, due FROM runs WHERE {UNSETTLED}")
        return {p: KnownRun(stamp, due is not None and due <= now) for p, stamp, due in rows}

    def listed(self) -> Mapping[str, str]:
        """Flows with all their runs in the catalog, with the stamp that they had when listed."""
        rows = self._database.execute("SELECT flow, stamp FROM flows WHERE flow <> ?", (_EVERY_FLOW,))
        return dict(rows.fetchall())

    @property
    def is_whole(self) -> bool:
        """Whether it had every run of the source at some time, and not only those that walks have met."""
        return self._one("SELECT 1 FROM flows WHERE flow = ?", _EVERY_FLOW) is not None

    def mark_whole(self) -> None:
        """Note that a refresh has read every run."""
        if not self.is_whole:
            self.take(Changes(listed={_EVERY_FLOW: ""}))

    def take(self, changes: Changes) -> None:
        """Apply one batch of changes in one transaction."""
        if not changes.read and not changes.plain and not changes.gone and not changes.listed:
            return
        now = datetime.now(timezone.utc)
        runs = [stored_run(stamped, now) for stamped in changes.read]
        runs += stored_plain_runs(changes.plain, now)
        with self._transaction():
            for keys in batches(changes.gone, _KEYS):
                self._drop(keys)
            flows = changes.listed.items()
            self._database.executemany(_PUT_FLOW, with_checksums(flows))
            self._put(runs, now)

    def _put(self, runs: Collection[StoredRun], now: datetime) -> None:
        old = self.records([run.row[0] for run in runs])
        stale: list[tuple[str, str]] = []
        untold: list[ToldRow] = []
        for run in runs if old else ():
            if had := old.get(run.row[0]):
                stale += [(cause, had.pathspec) for cause in edge_rows(had) if cause not in run.edges]
                untold += told_rows(had)
        edges = [edge for run in runs for edge in run.edges.values()]
        told = [row for run in runs for row in run.told]
        self._database.executemany("DELETE FROM edges WHERE cause = ? AND effect = ?", stale)
        self._database.executemany(_PUT_EDGE, with_checksums(sorted(edges)))
        self._database.executemany("DELETE FROM told WHERE cause = ? AND effect = ?", untold)
        self._database.executemany(_PUT_TOLD, with_checksums(told))
        read_at = now.timestamp()
        self._database.executemany(_PUT_RUN, with_checksums((*run.row, read_at) for run in runs))

    def _drop(self, pathspecs: Collection[str]) -> None:
        for record in self.records(pathspecs).values():
            pairs = [(cause, record.pathspec) for cause in edge_rows(record)]
            self._database.executemany("DELETE FROM edges WHERE cause = ? AND effect = ?", pairs)
            untold = told_rows(record)
            self._database.executemany("DELETE FROM told WHERE cause = ? AND effect = ?", untold)
        self._database.executemany("DELETE FROM runs WHERE pathspec = ?", [(p,) for p in pathspecs])
        # deleted runs may come back: an unmounted disk returns with the same times on its folders
        flows = {(pathspec.split("/")[0],) for pathspec in pathspecs}
        self._database.executemany("DELETE FROM flows WHERE flow = ?", flows)

    # queries

    def records(self, pathspecs: Iterable[str]) -> dict[str, RunRecord]:
        """The records of these runs, by pathspec; runs that are not in the catalog are left out."""
        query = f"SELECT {_RUN} FROM runs WHERE pathspec IN (SELECT value FROM json_each(?))"
        rows = self._over(query, pathspecs)
        try:
            return {row[0]: run_from_row(row) for row in rows}
        except (ValueError, TypeError, AttributeError, LookupError, OverflowError, RecursionError) as exc:
            raise Damaged(f"a run in it cannot be read ({type(exc).__name__})") from exc

    def stamps(self, pathspecs: Iterable[str]) -> dict[str, str]:
        """The stamps of these runs, empty for those not read in full; for `Source.updates`."""
        query = (
            "SELECT pathspec, CASE status WHEN 'unread' THEN '' ELSE stamp END FROM runs "
            "WHERE pathspec IN (SELECT value FROM json_each(?))"
        )
        return {row[0]: row[1] for row in self._over(query, pathspecs)}

    def settled(self, pathspecs: Iterable[str]) -> dict[str, str]:
        """The stamps of those of these runs that need no reading as long as their stamp stays the same."""
        query = (
            "SELECT pathspec, stamp FROM runs WHERE status = 'completed' AND due IS NULL "
            "AND pathspec IN (SELECT value FROM json_each(?))"
        )
        return dict(self._over(query, pathspecs))

    def effects(self, keys: Iterable[str]) -> dict[str, set[str]]:
        """Keys of the runs and events that these runs or events led to, by key; only keys with effects."""
        keys = list(keys)
        effects: dict[str, set[str]] = {}
        doubtful = []
        query = "SELECT cause, effect, kinds FROM edges WHERE cause IN (SELECT value FROM json_each(?))"
        for cause, effect, kinds in self._over(query, keys):
            if kinds & ~(DOUBTFUL | COPIED):
                effects.setdefault(cause, set()).add(effect)
            elif kinds & DOUBTFUL:
                doubtful.append((cause, effect))
        for cause, effect in self._own(doubtful):
            effects.setdefault(cause, set()).add(effect)
        query = "SELECT cause, effect FROM told WHERE cause IN (SELECT value FROM json_each(?))"
        for cause, effect in self._over(query, keys):
            effects.setdefault(cause, set()).add(effect)
        return effects

    def told_causes(self, keys: Iterable[str]) -> dict[str, set[str]]:
        """Pathspecs of the runs that published each of these events or spawned each of these runs.

        Contains only causes that the record of the effect itself does not name.
        """
        causes: dict[str, set[str]] = {}
        query = "SELECT effect, cause FROM told WHERE effect IN (SELECT value FROM json_each(?))"
        for effect, cause in self._over(query, keys):
            causes.setdefault(effect, set()).add(cause)
        return causes

    def readers(self, pathspecs: Iterable[str]) -> dict[str, set[str]]:
        """Pathspecs of the runs that read artifacts of each of these runs, through copied tasks too."""
        query = (
            f"SELECT cause, effect FROM edges WHERE kinds & {READ | COPIED} "
            "AND cause IN (SELECT value FROM json_each(?))"
        )
        readers: dict[str, set[str]] = {}
        for cause, effect in self._over(query, pathspecs):
            readers.setdefault(cause, set()).add(effect)
        return readers

    def _own(self, edges: Collection[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Select resumed runs' own trigger edges, not their origins'; see `lineage.records.causes`."""
        records = self.records({effect for _, effect in edges})
        origins = self.records({record.origin for record in records.values() if record.origin})
        for cause, effect in edges:
            record = records.get(effect)
            if record is None:
                continue
            if any(event.node == cause for event in own_triggers(record, origins)):
                yield cause, effect

    def latest(self, flow: str, count: int) -> list[str]:
        """Pathspecs of at most `count` of a flow's latest runs, newest first."""
        query = f"SELECT pathspec FROM runs WHERE {FLOW} = ? ORDER BY created DESC LIMIT ?"
        return [row[0] for row in self._database.execute(query, (f"{flow}/", count))]

    def after(self, flow: str, moment: datetime) -> list[str]:
        """Pathspecs of a flow's runs that were created after a moment (aware), newest first."""
        query = f"SELECT pathspec FROM runs WHERE {FLOW} = ? AND created > ? ORDER BY created DESC"
        return [row[0] for row in self._database.execute(query, (f"{flow}/", microseconds(moment)))]

    def window(self, since: datetime) -> Window:
        """The runs that began since a time (aware), and the links by which they started each other."""
        return read_window(self._database, self.flows(), since, self._own)

    def events(self, prefix: str) -> list[str]:
        """Keys of some of the events that begin so: of those that triggered a run or that a run published."""
        keys = set()
        for column, table in (("cause", "edges"), ("effect", "told")):
            query = (
                f"SELECT DISTINCT {column} FROM {table} WHERE {column} >= ? AND {column} < ? LIMIT {_MATCHES}"
            )
            keys |= {row[0] for row in self._database.execute(query, (prefix, f"{prefix}\U0010ffff"))}
        return sorted(keys)

    def usual_duration(self, flow: str, count: int) -> tuple[float, int] | None:
        """Median duration in seconds of the completed runs among a flow's latest, and their number.

        None with fewer than three: so few say nothing about what is usual.
        """
        query = (
            "SELECT (finished - created) / 1e6 FROM (SELECT status, created, finished FROM runs "
            f"WHERE {FLOW} = ? ORDER BY created DESC LIMIT ?) "
            "WHERE status = 'completed' AND finished >= created"
        )
        durations = [row[0] for row in self._database.execute(query, (f"{flow}/", count))]
        return (statistics.median(durations), len(durations)) if len(durations) >= _USUAL else None

    def __len__(self) -> int:
        """Number of runs in the catalog."""
        row = self._one("SELECT count(*) FROM runs")
        return int(row[0]) if row else 0

    # helpers

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._database.execute(f"{query} LIMIT 1", values).fetchone()
        return row

    def _over(self, query: str, keys: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        for some in batches(keys, _KEYS):
            yield from self._database.execute(query, (json.dumps(some),)).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")  # wait for another writer here, not in the middle
        try:
            yield
        except BaseException:
            if self._database.in_transaction:  # a broken file may have ended it
                self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


# From each flow's first run to the first run of the next flow: 0 follows / in ASCII.
_FLOW_OF_FIRST = "substr(first.pathspec, 1, instr(first.pathspec, '/') - 1)"
_FLOWS = f"""
WITH RECURSIVE first (pathspec) AS (
  SELECT min(pathspec) FROM runs
  UNION ALL
  SELECT (SELECT min(pathspec) FROM runs WHERE pathspec >= {_FLOW_OF_FIRST} || '0')
  FROM first WHERE pathspec IS NOT NULL
)
SELECT {_FLOW_OF_FIRST} FROM first WHERE pathspec IS NOT NULL
"""
_OF_FLOW = "pathspec >= ? AND pathspec < ?"
_PUT_FLOW, _PUT_EDGE, _PUT_TOLD = (
    f"INSERT OR REPLACE INTO {table} VALUES {placeholders(table)}" for table in ("flows", "edges", "told")
)
# Two processes may have read the same run; the later reading wins.
_PUT_RUN = f"""
INSERT INTO runs VALUES {placeholders("runs")}
ON CONFLICT (pathspec) DO UPDATE SET status = excluded.status, created = excluded.created,
  finished = excluded.finished, body = excluded.body, stamp = excluded.stamp, due = excluded.due,
  read_at = excluded.read_at, sum = excluded.sum
WHERE excluded.read_at >= runs.read_at
"""
