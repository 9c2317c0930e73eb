"""Records in memory, for tests, documentation, notebooks and what-if questions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timezone

from lineage.records.contents import RunContents
from lineage.records.model import RunRecord
from lineage.sources.changes import in_turn, listed_changes
from lineage.sources.protocol import Cancel, Changes, Known, KnownRun, check

_LONG_AGO = datetime.min.replace(tzinfo=timezone.utc)
_BATCH = 1000  # runs


_NO_CONTENTS = RunContents(unread="none were given with its record")


class MemorySource:
    """A source over the given records.

    Examples
    --------
    >>> source = MemorySource([RunRecord("ETLFlow", "1", status="completed")])
    >>> source.latest("ETLFlow"), source.flows()
    ('ETLFlow/1', ['ETLFlow'])
    """

    label = "records in memory"
    key: str | None = None  # scanning memory is as fast as a catalog

    def __init__(
        self, records: Iterable[RunRecord], contents: Mapping[str, RunContents] | None = None
    ) -> None:
        self._records = {record.pathspec: record for record in records}
        self._contents = dict(contents or {})

    def read(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, RunRecord]:
        """The records of these runs; those that do not exist are left out."""
        check(cancel)
        return {p: self._records[p] for p in pathspecs if p in self._records}

    def contents(
        self, end_steps: Mapping[str, str], cancel: Cancel | None = None
    ) -> Mapping[str, RunContents]:
        """The given contents of these runs."""
        check(cancel)
        return {run: self._contents.get(run, _NO_CONTENTS) for run in end_steps}

    def latest(self, flow: str, before: datetime | None = None, cancel: Cancel | None = None) -> str | None:
        """Pathspec of the flow's run with the latest `created_at`; ties go to the one given last."""
        runs = [record for record in reversed(self._records.values()) if record.flow == flow]
        if before is not None:
            runs = [record for record in runs if (record.created_at or _LONG_AGO) <= before]
        return max(runs, key=lambda r: r.created_at or _LONG_AGO).pathspec if runs else None

    def flows(self) -> list[str]:
        """Names of all flows, sorted."""
        return sorted({record.flow for record in self._records.values()})

    def scan(self, cancel: Cancel | None = None) -> Iterator[RunRecord]:
        """All records, in the order in which they were given."""
        check(cancel)
        return iter(self._records.values())

    def changes(self, known: Known, cancel: Cancel | None = None) -> Iterator[Changes]:
        """Records that are new to the catalog, or differ from those in it."""
        stamps: dict[str, dict[str, str]] = {}
        for record in self._records.values():
            stamps.setdefault(record.flow, {})[record.run_id] = repr(record)

        def listing(flow: str, had: Mapping[str, KnownRun], only: bool) -> Mapping[str, str]:
            return stamps.get(flow, {})

        return listed_changes(
            known, dict.fromkeys(self.flows(), ""), listing, in_turn(self.read, cancel), _BATCH, cancel
        )

    def updates(self, stamps: Mapping[str, str], cancel: Cancel | None = None) -> Iterator[Changes]:
        """Nothing, because the listing shows every change."""
        return iter(())
