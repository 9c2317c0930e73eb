"""What every source can do. A source answers in batches with records and knows nothing of graphs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Protocol, runtime_checkable

from lineage.model import RunRecord


@runtime_checkable
class Source(Protocol):
    """A place where runs are recorded.

    Every method may raise a `lineage.errors.SourceError` and nothing else. A run that is there but
    whose record is broken is a record with `problems`, never an exception.
    """

    @property
    def label(self) -> str:
        """Where the runs come from, for people; never with a password."""

    def read(self, pathspecs: Collection[str]) -> Mapping[str, RunRecord]:
        """The records of these runs (`Flow/run_id`), by pathspec; runs that do not exist are left out."""

    def latest(self, flow: str) -> str | None:
        """Pathspec of a flow's latest run; None if there is no such flow or it has no runs."""

    def flows(self) -> list[str]:
        """Names of all flows, sorted."""

    def scan(self) -> Iterator[RunRecord]:
        """Every run of every flow, in no particular order."""
