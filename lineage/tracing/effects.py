"""Edges from cause to effect: from a catalog, or from records in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from lineage.records.causes import causes
from lineage.records.model import RunRecord, is_event


class Effects(Protocol):
    """Edges by their cause, and the records at their ends; implemented by `lineage.catalog.Catalog`."""

    def effects(self, keys: Iterable[str]) -> Mapping[str, set[str]]:
        """Keys of the runs and events that each of these runs or events led to; only of those that did."""

    def told_causes(self, keys: Iterable[str]) -> Mapping[str, set[str]]:
        """Pathspecs of the runs that published each of these events or spawned each of these runs.

        Only those that the record of the effect does not name.
        """

    def records(self, pathspecs: Iterable[str]) -> Mapping[str, RunRecord]:
        """The records of these runs, by pathspec."""

    def events(self, prefix: str) -> list[str]:
        """Keys of some of the events that begin so: of those that triggered a run or that a run published."""


class ScannedEffects:
    """The effects found in records that are all in memory.

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
        self._told: dict[str, set[str]] = {}
        for pathspec, record in self._records.items():
            for cause in causes(record, self._records):
                self._effects.setdefault(cause.key, set()).add(pathspec)
            for effect in (*record.spawned, *record.published):
                self._effects.setdefault(pathspec, set()).add(effect)
                self._told.setdefault(effect, set()).add(pathspec)

    def effects(self, keys: Iterable[str]) -> Mapping[str, set[str]]:
        """Keys of the runs and events that each of these runs or events led to; only of those that did."""
        return {key: self._effects[key] for key in keys if key in self._effects}

    def told_causes(self, keys: Iterable[str]) -> Mapping[str, set[str]]:
        """Pathspecs of the runs that published each of these events or spawned each of these runs."""
        return {key: self._told[key] for key in keys if key in self._told}

    def records(self, pathspecs: Iterable[str]) -> Mapping[str, RunRecord]:
        """The records of these runs, by pathspec."""
        return {pathspec: self._records[pathspec] for pathspec in pathspecs if pathspec in self._records}

    def events(self, prefix: str) -> list[str]:
        """Keys of the events that begin so: of those that triggered a run or that a run published."""
        keys = {key for key in (*self._effects, *self._told) if is_event(key)}
        return sorted(key for key in keys if key.startswith(prefix))
