"""Read the database of Metaflow's metadata service directly."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timezone
from itertools import groupby

from lineage.records.metadata import Row
from lineage.records.model import RunRecord, split_pathspec
from lineage.records.resumed import Raw, RawRun, resolved_records
from lineage.sources.changes import batches, is_due
from lineage.sources.postgres.queries import CERTAIN, CHANGES, EVERYTHING, FLOWS, LATEST
from lineage.sources.postgres.session import ResultRow, Session
from lineage.sources.protocol import Cancel, Changes, Known, Stamped

_BATCH = 2000  # runs
_TIMEOUT = 600.0  # seconds for one statement; a first refresh reads a whole table
# A run gets its number before its row is visible to others, so look back a little from the newest one.
_OVERLAP = 3600.0  # seconds


class PostgresSource:
    """The runs in the database of a metadata service, which is never written to.

    Parameters
    ----------
    address
        A `postgresql://` URL. A user and password in it are used but never shown.
    timeout
        Maximum time for one statement, in seconds.
    """

    def __init__(self, address: str, timeout: float = _TIMEOUT) -> None:
        self._session = Session(address, timeout)

    @property
    def label(self) -> str:
        """Host and name of the database."""
        return f"Metaflow database at {self._session.place}"

    @property
    def key(self) -> str:
        """Host and name of the database."""
        return f"postgresql:{self._session.place}"

    def read(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, RunRecord]:
        """The records of these runs; those that do not exist are left out."""
        return resolved_records(pathspecs, lambda wanted: self._raw(wanted, cancel), _now())

    def latest(self, flow: str, before: datetime | None = None, cancel: Cancel | None = None) -> str | None:
        """Pathspec of the flow's run that was created last."""
        limit = 2**62 if before is None else int(before.timestamp() * 1000)
        values = {"flow": flow, "before": limit}
        return next((f"{flow}/{row[0]}" for row in self._session.rows(LATEST, values, cancel)), None)

    def flows(self) -> list[str]:
        """Names of all flows, sorted."""
        return sorted(row[0] for row in self._session.rows(FLOWS, {}))

    def scan(self, cancel: Cancel | None = None) -> Iterator[RunRecord]:
        """Every run of every flow."""
        for rows in batches(self._session.rows(EVERYTHING, {}, cancel), _BATCH):
            yield from (one.record for one in self._stamped(rows, cancel))

    def changes(self, known: Known, cancel: Cancel | None = None) -> Iterator[Changes]:
        """New runs, runs with other tags or heartbeats, and unfinished runs, from one statement."""
        newest = known.newest()
        if newest is None:
            yield from self._everything(cancel)
        else:
            yield from self._since(known, newest, cancel)

    def updates(self, stamps: Mapping[str, str], cancel: Cancel | None = None) -> Iterator[Changes]:
        """Nothing, because the listing shows every change."""
        return iter(())

    def _everything(self, cancel: Cancel | None) -> Iterator[Changes]:
        for rows in batches(self._session.rows(EVERYTHING, {}, cancel), _BATCH):
            yield Changes(read=tuple(self._stamped(rows, cancel)), total=rows[0][-1])

    def _since(self, known: Known, newest: float, cancel: Cancel | None) -> Iterator[Changes]:
        due = [named for p, had in known.unsettled().items() if had.due and (named := split_pathspec(p))]
        values = {
            "since": int((newest - _OVERLAP) * 1000),
            "flows": [flow for flow, _ in due],
            "ids": [run_id for _, run_id in due],
        }
        left = set(known.flows())
        others: list[str] = []  # listed with other tags, or new despite an old date
        rows = self._session.rows(CHANGES, values, cancel)
        for flow, runs in groupby(rows, lambda row: row[0]):
            left.discard(flow)
            yield from self._of_flow(flow, runs, known, others, cancel)
        for flow in left:
            yield Changes(gone=tuple(f"{flow}/{run_id}" for run_id in known.runs(flow)))
        for some in batches(others, _BATCH):
            yield Changes(read=tuple(self._stamped(self._certain(some, cancel), cancel)))

    def _of_flow(
        self, flow: str, rows: Iterable[ResultRow], known: Known, others: list[str], cancel: Cancel | None
    ) -> Iterator[Changes]:
        had = dict(known.runs(flow))
        for some in batches(rows, _BATCH):
            whole = []
            for _, run_id, stamp, wanted, run, facts, last, total in some:
                before = had.pop(run_id, None)
                if wanted:
                    whole.append((flow, run_id, stamp, *run, facts, last, total))
                elif is_due(before, stamp):
                    others.append(f"{flow}/{run_id}")
            if whole:
                yield Changes(read=tuple(self._stamped(whole, cancel)), total=whole[0][-1])
        if had:
            yield Changes(gone=tuple(f"{flow}/{run_id}" for run_id in had))

    def _stamped(self, rows: Collection[ResultRow], cancel: Cancel | None) -> Iterator[Stamped]:
        """The records of rows, with resumed runs completed from their origins."""
        raws = {f"{row[0]}/{row[1]}": _raw_run(row) for row in rows}
        stamps = {f"{row[0]}/{row[1]}": row[2] for row in rows}

        def fetch(wanted: Collection[str]) -> Mapping[str, Raw]:
            further = [pathspec for pathspec in wanted if pathspec not in raws]
            found: dict[str, Raw] = {p: raws[p] for p in wanted if p in raws}
            return found | dict(self._raw(further, cancel)) if further else found

        records = resolved_records(raws, fetch, _now())
        return (Stamped(record, stamps[pathspec]) for pathspec, record in records.items())

    def _raw(self, pathspecs: Collection[str], cancel: Cancel | None) -> Mapping[str, Raw]:
        return {f"{row[0]}/{row[1]}": _raw_run(row) for row in self._certain(pathspecs, cancel)}

    def _certain(self, pathspecs: Collection[str], cancel: Cancel | None) -> list[ResultRow]:
        named = [split for pathspec in pathspecs if (split := split_pathspec(pathspec))]
        if not named:
            return []
        values = {"flows": [flow for flow, _ in named], "ids": [run_id for _, run_id in named]}
        return list(self._session.rows(CERTAIN, values, cancel))


_FACT = ("step_name", "task_id", "field_name", "value", "ts_epoch")


def _raw_run(row: ResultRow) -> RawRun:
    flow, run_id, _, user, created, tags, system_tags, heartbeat, facts, last, _ = row
    run = {
        "flow_id": flow,
        "run_id": run_id,
        "user_name": user,
        "ts_epoch": created,
        "tags": tags,
        "system_tags": system_tags,
        "last_heartbeat_ts": heartbeat,
    }
    rows: list[Row] = [dict(zip(_FACT, fact, strict=True)) for fact in facts or ()]
    if last is not None:
        rows.append({"ts_epoch": last})
    return RawRun(run, rows)


def _now() -> datetime:
    return datetime.now(timezone.utc)
