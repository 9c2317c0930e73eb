"""Who knows what a run set off: a catalog, or every record of a source read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from lineage.records.causes import causes
from lineage.records.model import RunRecord


class Effects(Protocol):
    """Edges the other way round, and the records at their ends; `lineage.catalog.Catalog` is one."""

    def effects(self, keys: Iterable[str]) -> Mapping[str, set[str]]:
        """Pathspecs of the runs that each of these runs or events set off; only of those that did."""

    def records(self, pathspecs: Iterable[str]) -> Mapping[str, RunRecord]:
        """The records of these runs, by pathspec."""


class ScannedEffects:
    """Effects among records that are all at hand.

    Examples
    --------
    >>> from lineage.records.model import TriggerEvent
    >>> event = TriggerEvent("metaflow.ETLFlow.end", "ETLFlow/1/end/3", None, "run")
    >>> runs = [RunRecord("ETLFlow", "1"), RunRecord("TrainingFlow", "2", triggers=(event,))]
    >>> ScannedEffects(runs).effects(["ETLFlow/1", "TrainingFlow/2"])
    {'ETLFlow/1': {'TrainingFlow/2'}}
    """

    def __init__(self, records: Iterable[RunRecord]) -> None:
        self._records = {record.pathspec: record for record in records}
        self._effects: dict[str, set[str]] = {}
        for pathspec, record in self._records.items():
            for cause in causes(record, self._records.get(record.origin or "")):
                self._effects.setdefault(cause.key, set()).add(pathspec)

    def effects(self, keys: Iterable[str]) -> Mapping[str, set[str]]:
        """Pathspecs of the runs that each of these runs or events set off; only of those that did."""
        return {key: self._effects[key] for key in keys if key in self._effects}

    def records(self, pathspecs: Iterable[str]) -> Mapping[str, RunRecord]:
        """The records of these runs, by pathspec."""
        return {pathspec: self._records[pathspec] for pathspec in pathspecs if pathspec in self._records}
