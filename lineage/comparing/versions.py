"""Newer versions of runs: later successful runs of the same flow, project and branch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from lineage.catalog import Catalog, completed
from lineage.records.model import RunRecord
from lineage.sources import Cancel, Source
from lineage.tracing.as_of import as_known_at

_BATCH = 30  # runs whose outcome is read at once, the newest first, until one succeeded


class LaterRuns(Protocol):
    """Runs of a flow by time; from a catalog, or from records in memory."""

    def after(self, flow: str, moment: datetime) -> list[RunRecord]:
        """The runs of a flow that began after a moment, the newest first, read or unread."""

    def ended(self, records: Iterable[RunRecord]) -> list[RunRecord]:
        """The same runs with their outcome; without those that turn out to be gone."""


class CatalogRuns:
    """The runs of a catalog."""

    def __init__(self, catalog: Catalog, source: Source, cancel: Cancel | None = None) -> None:
        self._catalog, self._source, self._cancel = catalog, source, cancel
        self._ended: set[str] = set()

    def after(self, flow: str, moment: datetime) -> list[RunRecord]:
        """The runs of a flow that began after a moment, the newest first."""
        keys = self._catalog.after(flow, moment)
        records = self._catalog.records(keys)
        return [records[key] for key in keys if key in records]

    def ended(self, records: Iterable[RunRecord]) -> list[RunRecord]:
        """The same runs with their outcome."""
        keys = [record.pathspec for record in records]
        unknown = [key for key in keys if key not in self._ended]
        if unknown:
            completed(self._catalog, self._source, unknown, None, self._cancel)
            self._ended.update(unknown)
        known = self._catalog.records(keys)
        return [known[key] for key in keys if key in known]


class ScannedRuns:
    """Runs whose records are all in memory."""

    def __init__(self, records: Iterable[RunRecord]) -> None:
        self._records = sorted(
            (record for record in records if record.created_at),
            key=lambda r: (r.created_at, r.pathspec),
            reverse=True,
        )

    def after(self, flow: str, moment: datetime) -> list[RunRecord]:
        """The runs of a flow that began after a moment, the newest first."""
        return [r for r in self._records if r.flow == flow and r.created_at and r.created_at > moment]

    def ended(self, records: Iterable[RunRecord]) -> list[RunRecord]:
        """The same runs."""
        return list(records)


@dataclass(frozen=True)
class Newer:
    """The newer versions of a run."""

    newest: str  # pathspec of the latest successful one
    runs: int  # later runs up to that one, without those that are known to have failed
    seconds: float  # from the start of the run to the start of the newest


class Versions:
    """Finds newer versions, reading the later runs of each flow once."""

    def __init__(self, runs: LaterRuns, moment: datetime | None = None) -> None:
        self._runs, self._moment = runs, moment
        self._later: dict[str, tuple[datetime, list[RunRecord]]] = {}

    def newer(self, node: dict[str, Any]) -> Newer | None:
        """The newer versions of a run; None if there are none, or its start is not known."""
        began: datetime | None = node["created_at"]
        if began is None:
            return None
        later = [r for r in self._since(node["flow"], began) if _same_scope(r, node)]
        newest = self._first_success(later)
        if newest is None or newest.created_at is None:
            return None
        counted = [r for r in later if r.created_at and r.created_at <= newest.created_at and _may_count(r)]
        return Newer(newest.pathspec, len(counted), (newest.created_at - began).total_seconds())

    def current(self, latest: Iterable[RunRecord]) -> list[RunRecord]:
        """The latest successful run in each project and branch, among a flow's latest runs."""
        scopes: dict[tuple[str | None, str | None], list[RunRecord]] = {}
        for record in latest:
            scopes.setdefault((record.project, record.branch), []).append(record)
        newest = (self._first_success(records) for records in scopes.values())
        return [record for record in newest if record is not None]

    def _since(self, flow: str, moment: datetime) -> list[RunRecord]:
        known = self._later.get(flow)
        if known is None or known[0] > moment:
            records = (as_known_at(record, self._moment) for record in self._runs.after(flow, moment))
            known = self._later[flow] = (moment, [record for record in records if record is not None])
        return [r for r in known[1] if r.created_at and r.created_at > moment]

    def _first_success(self, newest_first: list[RunRecord]) -> RunRecord | None:
        left = iter(newest_first)
        while some := list(islice(left, _BATCH)):
            for record in self._runs.ended(some):
                ended = as_known_at(record, self._moment)
                if ended is not None and ended.status == "completed":
                    return ended
        return None


def _same_scope(record: RunRecord, node: dict[str, Any]) -> bool:
    return (record.project, record.branch) == (node.get("project"), node.get("branch"))


def _may_count(record: RunRecord) -> bool:
    return record.status in ("completed", "unread")
