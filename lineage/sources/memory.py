"""Records held in memory: for tests, documentation, notebooks, and what-if questions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timezone

from lineage.model import RunRecord

_LONG_AGO = datetime.min.replace(tzinfo=timezone.utc)


class MemorySource:
    """A source over records that are given to it.

    Examples
    --------
    >>> source = MemorySource([RunRecord("ETLFlow", "1", status="completed")])
    >>> source.latest("ETLFlow"), source.flows()
    ('ETLFlow/1', ['ETLFlow'])
    """

    label = "records in memory"

    def __init__(self, records: Iterable[RunRecord]) -> None:
        self._records = {record.pathspec: record for record in records}

    def read(self, pathspecs: Collection[str]) -> Mapping[str, RunRecord]:
        """The records among these pathspecs that are held."""
        return {p: self._records[p] for p in pathspecs if p in self._records}

    def latest(self, flow: str) -> str | None:
        """Pathspec of the flow's run with the latest `created_at`; ties go to the one given last."""
        runs = [record for record in reversed(self._records.values()) if record.flow == flow]
        return max(runs, key=lambda r: r.created_at or _LONG_AGO).pathspec if runs else None

    def flows(self) -> list[str]:
        """Names of all flows, sorted."""
        return sorted({record.flow for record in self._records.values()})

    def scan(self) -> Iterator[RunRecord]:
        """All records, in the order in which they were given."""
        return iter(self._records.values())
