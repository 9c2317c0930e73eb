"""A source in memory whose listing tells less than its runs, for tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from lineage.records.model import Problem, RunRecord
from lineage.sources import Cancel, Changes, MemorySource, Stamped
from lineage.sources.protocol import Known


class Hasty(MemorySource):
    """A source whose listing does not tell how runs ended, as the metadata service's."""

    key = "memory:hasty"

    def __init__(self, records: Iterable[RunRecord], problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(records)
        self.problems = problems
        self.cancels: set[object] = set()

    def changes(self, known: Known, cancel: Cancel | None = None) -> Iterator[Changes]:
        self.cancels.add(cancel)
        unread = [replace(run, status="unread", finished_at=None) for run in self._records.values()]
        yield Changes(tuple(Stamped(run, "") for run in unread), total=len(unread), problems=self.problems)

    def updates(self, stamps: Mapping[str, str], cancel: Cancel | None = None) -> Iterator[Changes]:
        self.cancels.add(cancel)
        there = [run for key in stamps if (run := self._records.get(key))]
        gone = tuple(key for key in stamps if key not in self._records)
        yield Changes(tuple(Stamped(run, repr(run)) for run in there), gone)
