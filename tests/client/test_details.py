"""Which runs are read for a report, and what becomes of the others."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from lineage import Lineage, trace
from lineage.client.details import _in_threads, _nearest_first, described_runs
from lineage.errors import SourceUnreachable
from lineage.files import write_whole
from lineage.sources import MemorySource
from tests.support.drawn import drawn_records
from tests.support.lineages import trigger_lineage


def test_runs_nearest_to_what_was_asked_for_come_first_in_both_directions() -> None:
    source = MemorySource(drawn_records("A/1 > B/2 > C/3 > D/4 > E/5\nX/9"))
    lineage = trace(["C/3", "X/9"], downstream=None, source=source)
    order = _nearest_first(lineage)
    assert set(order[:2]) == {"C/3", "X/9"}
    assert set(order[2:4]) == {"B/2", "D/4"}
    assert set(order[4:]) == {"A/1", "E/5"}


def test_runs_that_nothing_connects_with_what_was_asked_for_come_last() -> None:
    source = MemorySource(drawn_records("A/1 > B/2\nC/3"))
    both = trace(["B/2", "C/3"], source=source)
    assert _nearest_first(Lineage(both.graph, ("B/2",))) == ["B/2", "A/1", "C/3"]


def test_missing_runs_and_events_are_not_read() -> None:
    source = MemorySource(drawn_records("Gone/0? > B/2\nfirst! > B/2"))
    assert set(described_runs(trace("B/2", source=source), details=False)) == {"B/2"}


def test_of_many_runs_a_hundred_are_read_and_the_progress_counts_them() -> None:
    graph = trigger_lineage(300)
    focus = next(key for key in graph if graph.nodes[key]["kind"] == "run")
    told: list[tuple[int, int | None]] = []
    found = described_runs(
        Lineage(graph, (focus,), source="made up"), progress=lambda *counts: told.append(counts)
    )
    assert told == [(done, 100) for done in range(1, 101)]
    words = [one["unread"] for one in found.values()]
    assert sum("could not be read" in word for word in words) == 100
    assert sum("not part of this page" in word for word in words) == len(found) - 100 > 100


def test_once_the_store_does_not_answer_the_rest_is_not_waited_for() -> None:
    asked: list[str] = []

    def describe(run: str) -> dict[str, Any]:
        asked.append(run)
        if run == "1":
            raise SourceUnreachable("no answer")
        return {"code": {"script": run}}

    runs = [str(number) for number in range(10_000)]
    found = _in_threads(describe, runs, None)
    assert list(found) == runs
    assert found["1"]["unread"].endswith("the store that it is recorded in did not answer.")
    assert found["9999"]["unread"] == found["1"]["unread"]


def test_an_interrupted_read_asks_for_no_further_run() -> None:
    asked: list[str] = []
    held = threading.Event()

    def describe(run: str) -> dict[str, Any]:
        asked.append(run)
        if len(asked) > 1:
            held.wait(20)
        return {}

    def interrupt(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            _in_threads(describe, [str(number) for number in range(1000)], interrupt)
    finally:
        held.set()
    for thread in threading.enumerate():
        if thread.name == "lineage-details":
            thread.join(20)
    assert len(asked) < 20


def test_a_mistake_of_ours_is_not_hidden_in_a_page() -> None:
    with pytest.raises(ZeroDivisionError):
        _in_threads(lambda run: {"code": 1 // 0}, ["A/1"], None)


def test_a_lineage_of_nothing_has_no_details() -> None:
    assert described_runs(Lineage(nx.DiGraph())) == {}


def test_a_write_that_is_interrupted_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = write_whole(tmp_path / "report.html", "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new \ud800")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
