"""What a walk upstream reads of a source that can tell stamps: of what it knows and is settled, nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lineage import trace
from lineage.catalog import Catalog, refresh
from lineage.records.model import RunRecord
from lineage.sources import Cancel, MemorySource, Stamped
from lineage.tracing.trace import trace_each, trace_runs
from tests.support.drawn import drawn_records

CHAIN = "A/1 > B/2 > C/3\nB/2 > D/4\nB/2 ~ B/5 > E/6"


class Stamping(MemorySource):
    """Records in memory with stamps; notes what is asked for, and with which `cancel`."""

    key: str | None = "memory:stamps"

    def __init__(self, text: str = CHAIN) -> None:
        super().__init__(drawn_records(text))
        self.asked: list[list[str]] = []
        self.reads: list[list[str]] = []
        self.cancels: set[object] = set()

    def stamps(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, str]:
        self.asked.append(list(pathspecs))
        self.cancels.add(cancel)
        return {pathspec: repr(record) for pathspec, record in self.read(pathspecs).items()}

    def read_stamped(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, Stamped]:
        self.reads.append(list(pathspecs))
        self.cancels.add(cancel)
        return {run: Stamped(record, repr(record)) for run, record in self.read(pathspecs).items()}

    def change(self, pathspec: str, **changes: object) -> None:
        self._records[pathspec] = replace(self._records[pathspec], **changes)

    def looked_at(self, run: str, **options: object) -> dict[str, RunRecord | None]:
        """Trace a run; returns what was read for it."""
        self.asked, self.reads = [], []
        trace(run, source=self, **options)
        return {pathspec: self._records.get(pathspec) for batch in self.reads for pathspec in batch}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEAGE_CACHE", str(tmp_path))


def test_a_second_look_asks_for_stamps_in_one_batch_and_reads_nothing() -> None:
    source = Stamping()
    assert set(source.looked_at("C/3")) == {"A/1", "B/2", "C/3"}
    assert source.reads == [["C/3"], ["B/2"], ["A/1"]]
    assert source.looked_at("C/3") == {}
    assert source.asked == [["A/1", "B/2", "C/3"]]


def test_another_run_is_read_and_what_it_shares_is_not() -> None:
    source = Stamping()
    source.looked_at("C/3")
    assert set(source.looked_at("D/4")) == {"D/4"}
    assert source.asked == [["A/1", "B/2"]]  # and of nothing else


def test_all_that_a_walk_is_going_to_read_is_asked_for_at_once() -> None:
    source = Stamping("A/1 > B/2 *> done! > C/3\nX/0 .x.> C/3")
    source.looked_at("C/3")
    assert [run for batch in source.reads for run in batch] == ["C/3", "X/0"]  # the publisher is not known
    refresh(source, progress=False)
    assert source.looked_at("C/3") == {}
    assert source.asked == [["A/1", "B/2", "C/3", "X/0"]]


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ({"upstream": 0}, ["C/3"]),
        ({"upstream": 1}, ["B/2", "C/3", "X/0"]),
        ({"kinds": ["read"]}, ["C/3", "X/0"]),
    ],
)
def test_what_a_walk_leaves_out_is_not_asked_for(options: dict[str, Any], asked: list[str]) -> None:
    source = Stamping("A/1 > B/2 > C/3\nX/0 .x.> C/3")
    source.looked_at("C/3")
    assert source.looked_at("C/3", **options) == {}
    assert source.asked == [asked]


def test_a_source_with_stamps_and_without_a_catalog_is_read_each_time() -> None:
    source = Stamping()
    source.key = None
    for _ in range(2):
        assert set(source.looked_at("C/3")) == {"A/1", "B/2", "C/3"}


def test_a_run_that_has_changed_is_read_again_with_all_that_a_walk_will_read() -> None:
    source = Stamping()
    source.looked_at("C/3")
    source.change("B/2", tags=("late",))
    source.change("A/1", tags=("late",))
    assert set(source.looked_at("C/3")) == {"A/1", "B/2"}
    assert source.reads == [["A/1", "B/2"]]
    assert trace("C/3", source=source).graph.nodes["B/2"]["tags"] == ["late"]


def test_a_run_that_is_gone_is_not_shown_from_the_catalog() -> None:
    source = Stamping()
    source.looked_at("C/3")
    del source._records["B/2"]
    graph = trace("C/3", source=source).graph
    assert graph.nodes["B/2"]["status"] == "missing"
    assert "A/1" not in graph


def test_a_resumed_run_is_read_again_if_the_run_that_it_resumed_has_changed_or_is_gone() -> None:
    source = Stamping()
    source.looked_at("E/6")
    assert source.looked_at("E/6") == {}
    source.change("B/2", tags=("late",))
    assert set(source.looked_at("E/6")) == {"B/2", "B/5"}
    del source._records["B/2"]
    assert set(source.looked_at("E/6")) == {"B/2", "B/5"}


def test_a_circle_of_resumes_in_a_broken_store_ends() -> None:
    source = Stamping("A/1 ~ A/2 ~ A/1")
    assert set(source.looked_at("A/1")) == {"A/1", "A/2"}
    assert source.looked_at("A/1") == {}


def test_runs_that_had_not_ended_are_read_and_so_is_everything_if_asked_for() -> None:
    source = Stamping()
    source.change("C/3", status="running", finished_at=None)
    source.looked_at("C/3")
    assert set(source.looked_at("C/3")) == {"C/3"}
    assert set(source.looked_at("C/3", fresh=True)) == {"A/1", "B/2", "C/3"}


def test_a_catalog_that_breaks_off_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Stamping()
    source.looked_at("C/3")

    def fail(*_: object) -> None:
        raise sqlite3.DatabaseError("malformed")

    for method in ("settled", "take", "told_causes"):
        monkeypatch.setattr(Catalog, method, fail)
    assert set(source.looked_at("C/3")) == {"A/1", "B/2", "C/3"}


def test_cancel_reaches_the_source() -> None:
    source, cancel = Stamping(), _Never()
    for _ in range(2):
        source.looked_at("C/3", cancel=cancel)
        source.change("C/3", tags=("late",))
    assert source.cancels == {cancel}


class _Never:
    def is_set(self) -> bool:
        return False


def test_several_lineages_are_one_walk_and_each_has_its_own_runs() -> None:
    source = Stamping()
    first, second = trace_each(["C/3", "D"], source)
    assert (set(first.runs), set(second.runs)) == ({"A/1", "B/2", "C/3"}, {"A/1", "B/2", "D/4"})
    assert (first.focus, second.focus) == (("C/3",), ("D/4",))
    assert sorted(run for batch in source.reads for run in batch) == ["A/1", "B/2", "C/3", "D/4"]
    source.reads.clear()
    assert len(trace_each(["C/3", "D/4"], source)) == 2
    assert trace_runs(["B/2"], source=source).runs == [
        "A/1",
        "B/2",
    ]  # as it is without options: upstream only
    assert source.reads == []
