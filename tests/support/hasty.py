"""A source in memory whose listing tells less than its runs, for tests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from lineage.records.contents import RunContents
from lineage.records.model import Problem, RunRecord
from lineage.sources import Cancel, Changes, MemorySource, Stamped
from lineage.sources.protocol import Known


class Hasty(MemorySource):
    """A source whose listing does not tell how runs ended, as the metadata service's.

    Attributes
    ----------
    cancels
        What was given as `cancel` to any reading.
    """

    key: str | None = "memory:hasty"

    def __init__(self, records: Iterable[RunRecord], problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(records)
        self.problems = problems
        self.cancels: set[object] = set()

    def listed(self, run: RunRecord) -> RunRecord:
        """A run as its listing tells it."""
        return replace(run, status="unread", finished_at=None)

    def read(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, RunRecord]:
        self.cancels.add(cancel)
        return super().read(pathspecs, cancel)

    def latest(self, flow: str, before: datetime | None = None, cancel: Cancel | None = None) -> str | None:
        self.cancels.add(cancel)
        return super().latest(flow, before, cancel)

    def scan(self, cancel: Cancel | None = None) -> Iterator[RunRecord]:
        self.cancels.add(cancel)
        return super().scan(cancel)

    def contents(
        self, end_steps: Mapping[str, str], cancel: Cancel | None = None
    ) -> Mapping[str, RunContents]:
        self.cancels.add(cancel)
        return super().contents(end_steps, cancel)

    def changes(self, known: Known, cancel: Cancel | None = None) -> Iterator[Changes]:
        self.cancels.add(cancel)
        unread = [self.listed(run) for run in self._records.values()]
        yield Changes(tuple(Stamped(run, "") for run in unread), total=len(unread), problems=self.problems)

    def updates(self, stamps: Mapping[str, str], cancel: Cancel | None = None) -> Iterator[Changes]:
        self.cancels.add(cancel)
        there = [run for key in stamps if (run := self._records.get(key))]
        gone = tuple(key for key in stamps if key not in self._records)
        yield Changes(tuple(Stamped(run, repr(run)) for run in there), gone)
