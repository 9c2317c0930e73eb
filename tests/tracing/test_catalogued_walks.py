"""Walks and answers through a catalog: what only causes record, and runs that a refresh left unread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import lineage
from lineage import Recent, recent, refresh, trace
from lineage.catalog import Catalog
from lineage.catalog.window import window_of
from lineage.errors import InvalidArgument
from lineage.records.model import Problem, RunRecord
from lineage.sources import Cancel, Changes, MemorySource
from lineage.tracing.cascades import Lookup, cascades_of
from lineage.tracing.followed import count_followed
from lineage.tracing.trace import trace_each
from tests.support.drawn import START, drawn_records
from tests.support.hasty import Hasty

TEXT = """
    A/1 > B/2 > C/3
    B/2 *> done! > D/4
    A/11 > B/12
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEAGE_CACHE", str(tmp_path))


def catalogued(text: str = TEXT) -> MemorySource:
    source = MemorySource(drawn_records(text))
    source.key = "memory:catalogued"
    refresh(source, progress=False)
    return source


def nodes(run: str, source: MemorySource, **options: object) -> dict[str, dict[str, object]]:
    return dict(trace(run, source=source, **options).graph.nodes(data=True))


def test_a_walk_reads_how_the_runs_that_it_shows_ended_and_how_long_they_take() -> None:
    found = nodes("A/1", Hasty(drawn_records(TEXT)), downstream=None)
    assert {key: node.get("status") for key, node in found.items()} == {
        "A/1": "completed",
        "B/2": "completed",
        "C/3": "completed",
        "D/4": "completed",
        "event:done/id": None,
    }
    source = catalogued("\n".join(f"A/{n} > B/{n + 20}" for n in range(1, 6)))
    usual = nodes("A/1", source, downstream=None)["B/21"]
    assert (usual["usual_duration"], usual["usual_of"]) == (60.0, 5)


def test_a_run_that_turned_out_to_be_gone_is_missing_and_one_that_changed_its_causes_moves() -> None:
    class Moving(Hasty):
        def updates(self, stamps: Mapping[str, str], cancel: Cancel | None = None) -> Iterator[Changes]:
            self._records.pop("C/3", None)
            self._records["B/12"] = replace(self._records["B/12"], origin="B/2")
            return super().updates(stamps, cancel)

    lin = trace("A/1", downstream=None, source=Moving(drawn_records(TEXT)))
    assert "C/3" not in lin.graph or lin.graph.nodes["C/3"]["status"] == "missing"
    assert lin.graph.has_edge("B/2", "B/12")
    assert lin.graph.nodes["B/12"]["status"] == "completed"


def test_a_run_that_turned_out_to_have_another_cause_is_no_longer_shown() -> None:
    class Moving(Hasty):
        def listed(self, run: RunRecord) -> RunRecord:
            had = {"A/1": {"spawned": ("D/4",)}, "B/12": {"spawned_by": "A/1/start/1"}}
            return replace(super().listed(run), **had.get(run.pathspec, {}))

    lin = trace("R/0", downstream=None, source=Moving(drawn_records("R/0 > A/1\nR/0 > D/4\nX/5 > B/12")))
    assert set(lin.graph.edges) == {("R/0", "A/1"), ("R/0", "D/4")}
    assert lin.graph.edges["R/0", "D/4"]["kinds"] == ["trigger"]
    assert set(lin.graph) == {"R/0", "A/1", "D/4"}


def test_what_a_run_published_and_spawned_since_it_was_listed_is_followed() -> None:
    class Early(Hasty):
        def listed(self, run: RunRecord) -> RunRecord:
            return replace(super().listed(run), published=(), spawned=())

    published = trace("A/1", downstream=None, source=Early(drawn_records(TEXT)))
    assert set(published.runs) == {"A/1", "B/2", "C/3", "D/4"}
    parent, child, first = drawn_records("P/1\nC/2\nA/0")
    parent = replace(parent, spawned=("C/2",), spawned_by="A/0/start/1")
    spawned = trace("A/0", downstream=None, source=Early([parent, child, first]))
    assert spawned.runs == ["A/0", "P/1", "C/2"]
    assert spawned.graph.nodes["C/2"]["status"] == "completed"


def test_a_walk_whose_runs_have_not_moved_is_not_repeated() -> None:
    class Counting(Hasty):
        asked = 0

        def updates(self, stamps: Mapping[str, str], cancel: Cancel | None = None) -> Iterator[Changes]:
            self.asked += 1
            return super().updates(stamps, cancel)

    source = Counting(drawn_records(f"{TEXT}\nC/13"))  # C/13 tells how long C takes, and is not shown
    assert "C/13" not in trace("A/1", downstream=None, source=source).graph
    assert source.asked == 1


def test_a_run_of_which_cannot_be_read_how_it_ended_is_missing() -> None:
    class Forgetful(Hasty):
        def updates(self, stamps: Mapping[str, str], cancel: Cancel | None = None) -> Iterator[Changes]:
            return super().updates({key: stamp for key, stamp in stamps.items() if key != "C/3"}, cancel)

    lin = trace("A/1", downstream=None, source=Forgetful(drawn_records(TEXT)))
    assert lin.graph.nodes["B/2"]["status"] == "completed"
    assert lin.graph.nodes["C/3"]["status"] == "missing"


def test_problems_of_the_refresh_are_those_of_a_lineage_downstream() -> None:
    source = Hasty(drawn_records(TEXT), (Problem("A", "cannot be listed"),))
    assert list(map(str, trace("A/1", downstream=None, source=source).problems)) == ["A: cannot be listed"]


def test_a_window_tells_how_runs_ended_that_the_refresh_left_unread() -> None:
    source = Hasty(drawn_records(TEXT))
    source.problems = (Problem("A", "cannot be listed"),)
    found = recent(START, source=source)
    assert {cascade.status for cascade in found} == {"completed"}
    assert [str(problem) for problem in found.problems] == ["A: cannot be listed"]
    assert found.source == source.label == recent(START, source=MemorySource([])).source


class Never:
    def is_set(self) -> bool:
        return False


@pytest.mark.parametrize("key", ["memory:hasty", None])
def test_every_read_can_be_cancelled(key: str | None) -> None:
    source, cancel = Hasty(drawn_records(TEXT)), Never()
    source.key = key
    recent(START, source=source, cancel=cancel)
    trace("A", source=source, cancel=cancel)
    trace("A/1", downstream=None, source=source, cancel=cancel)
    lineage.consumers("A/1", source=source, cancel=cancel)
    trace_each(["A/1", "B"], source, cancel)
    assert source.cancels == {cancel}


def test_cancel_and_progress_reach_the_source() -> None:
    source, cancel, told = Hasty(drawn_records(TEXT)), Never(), list[tuple[int, int | None]]()

    def progress(done: int, total: int | None) -> None:
        told.append((done, total))

    recent(START, source=source, cancel=cancel, progress=progress)
    assert told == [(6, 6), (6, 6)]
    trace("A/1", downstream=None, source=source, cancel=cancel, progress=progress)
    assert told[2:] == [(6, 6), (6, 6)]
    lineage.consumers("A/1", source=source, cancel=cancel, progress=progress)
    assert told[4:] == [(6, 6)]
    assert source.cancels == {cancel}


def test_consumers_are_told_by_the_catalog_too() -> None:
    source = catalogued("A/1 .x.> B/3\nA/1 .x.> B/2\nA/1 .y.> C/4\nA/9 .x.> D/10")
    assert lineage.consumers("A/1", source=source) == ["B/2", "B/3", "C/4"]
    assert lineage.consumers("A/1", artifact="y", source=source) == ["C/4"]
    assert lineage.consumers("D/10", source=source) == []
    with pytest.raises(InvalidArgument, match="one run at a time, not 2"):
        lineage.consumers(["A/1", "D/10"], source=source)


def test_fresh_reads_everything_again_into_the_catalog() -> None:
    source, told = catalogued(), list[int]()
    trace("A/1", downstream=None, source=source, progress=lambda done, total: told.append(done))
    assert told == []
    trace("A/1", downstream=None, source=source, progress=lambda done, total: told.append(done), fresh=True)
    assert told == [0, 6]


def test_who_published_an_event_is_told_by_the_refreshed_catalog() -> None:
    source = catalogued()
    del source._records["B/2"]
    assert set(trace("D/4", source=source).graph) == {"B/2", "D/4", "event:done/id"}  # not refreshed
    assert set(trace("D/4", downstream=1, source=source).graph) == {"D/4", "event:done/id"}


def test_a_look_upstream_at_a_source_without_stamps_makes_no_catalog(tmp_path: Path) -> None:
    source = MemorySource(drawn_records(TEXT))
    source.key = "memory:none"
    trace("C/3", source=source)
    assert list(tmp_path.iterdir()) == []


def test_nothing_of_a_broken_catalog_is_left_in_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    source, right = catalogued(), trace("A/1", downstream=None, source=catalogued())
    broken = {
        "effects": {"A/1": {"B/2", "X/99"}},
        "told_causes": {"B/2": {"Y/98"}},
        "records": {"B/2": replace(source._records["B/2"], user="nobody")},
    }

    def fail(*_: object) -> None:
        monkeypatch.undo()
        raise sqlite3.DatabaseError("malformed")

    for method, answer in broken.items():
        monkeypatch.setattr(Catalog, method, lambda *_, answer=answer: answer)
    monkeypatch.setattr(Catalog, "latest", fail)
    monkeypatch.setattr(Catalog, "_own", lambda *_: ())
    with pytest.warns(RuntimeWarning, match="is rebuilt"):
        found = trace("A/1", downstream=None, source=source)
    assert dict(found.graph.nodes) == dict(right.graph.nodes)
    assert dict(found.graph.edges) == dict(right.graph.edges)


def test_a_reader_without_a_time_comes_first() -> None:
    first, second, third = drawn_records("A/1 .x.> B/3\nA/1 .x.> B/2")
    source = MemorySource([first, second, replace(third, flow="Z", created_at=None)])
    assert lineage.consumers("A/1", source=source) == ["Z/2", "B/3"]


def test_upstream_shows_who_published_an_event_as_far_as_the_catalog_knows() -> None:
    source = catalogued()
    assert trace("D/4", source=source).runs == ["A/1", "B/2", "D/4"]
    assert trace("D/4", source=source, upstream=2).runs == ["B/2", "D/4"]


def test_with_a_broken_catalog_a_walk_upstream_keeps_to_its_hops(monkeypatch: pytest.MonkeyPatch) -> None:
    source = catalogued()

    def fail(*_: object) -> None:
        raise sqlite3.DatabaseError("malformed")

    monkeypatch.setattr(Catalog, "told_causes", fail)
    assert trace("C/3", source=source, upstream=1).runs == ["B/2", "C/3"]
    monkeypatch.setattr(Catalog, "effects", fail)
    assert count_followed(["A/1"], source) is None


def test_what_followed_is_counted_once_and_without_events() -> None:
    source = catalogued("A/1 > B/2 > D/4 > E/5\nA/1 > C/3 > D/4\nD/4 *> done! > F/6\nE/5 > A/1")
    assert count_followed(["A/1"], source) == 5
    assert count_followed(["D/4", "E/5"], source) == 4


def test_an_event_that_had_not_happened_yet_is_not_shown() -> None:
    source = MemorySource(drawn_records("A/1 *> done! > B/5\nA/1 *> other!\nA/1 > C/2"))

    def shown(minute: float, **options: object) -> set[str]:
        moment = START + timedelta(minutes=minute)
        return set(trace("A/1", as_of=moment, downstream=None, source=source, **options).graph)

    assert shown(3) == {"A/1", "C/2"}
    assert shown(6) == {"A/1", "C/2", "event:done/id", "B/5"}
    assert shown(6, kinds=["trigger"]) == {"A/1", "C/2"}


def test_a_resumed_run_follows_from_its_origin_only() -> None:
    runs = {run.pathspec: run for run in drawn_records("A/1 > B/2\nA/1 > B/3")}
    source = MemorySource([*runs.values(), replace(runs["B/3"], origin="B/2")])
    assert set(nodes("A/1", source, downstream=1)) == {"A/1", "B/2"}
    assert set(nodes("A/1", source, downstream=2)) == {"A/1", "B/2", "B/3"}


@pytest.mark.parametrize("kept", [False, True])
def test_a_spawned_run_that_is_gone_is_counted_and_not_shown(kept: bool) -> None:
    runs = drawn_records("A/0 > P/1")
    source = MemorySource([runs[0], replace(runs[1], spawned=("C/2",))])
    source.key = "memory:gone" if kept else None
    found = nodes("A/0", source, downstream=None)
    assert set(found) == {"A/0", "P/1"}
    assert found["P/1"]["more_downstream"] == 1


def test_a_run_that_resumed_a_resumed_run_does_not_follow_from_what_triggered_the_first() -> None:
    runs = {run.pathspec: run for run in drawn_records("A/1 > B/2\nA/1 > B/3\nA/1 > B/4\nA/1 .x.> B/4")}
    resumed = [replace(runs["B/3"], origin="B/2"), replace(runs["B/4"], origin="B/3")]
    source = MemorySource([*runs.values(), *resumed])
    graph = trace("A/1", downstream=1, source=source).graph
    assert set(graph) == {"A/1", "B/2", "B/4"}
    assert graph.edges["A/1", "B/4"]["kinds"] == ["read"]
    assert set(nodes("A/1", source, downstream=None, kinds=["trigger"])) == {"A/1", "B/2"}


@pytest.mark.parametrize("kept", [False, True])
def test_hops_hold_on_both_sides_of_a_run(kept: bool) -> None:
    text = "A/1 > B/2 > C/3 > D/4 > E/5\nX/0 > D/4\nY/0 > D/4"
    source = catalogued(text) if kept else MemorySource(drawn_records(text))
    found = nodes("C/3", source, upstream=1, downstream=1)
    assert set(found) == {"B/2", "C/3", "D/4"}
    assert (found["B/2"]["more_upstream"], found["D/4"]["more_upstream"]) == (1, 2)
    assert found["D/4"]["more_downstream"] == 1


def test_a_run_that_only_its_parent_tells_of_is_spawned_by_it() -> None:
    parent, child, other = drawn_records("P/1 > C/2\nD/3")
    source = MemorySource([replace(parent, spawned=("C/2", "D/3")), child, other])
    lin = trace("P/1", downstream=None, source=source)
    assert {b: edge["kinds"] for _, b, edge in lin.graph.edges(data=True)} == {
        "C/2": ["trigger", "spawn"],
        "D/3": ["spawn"],
    }
    assert trace("P/1", downstream=None, source=source, kinds=["spawn"]).runs == ["P/1", "C/2", "D/3"]
    early = trace("P/1", downstream=None, source=source, as_of=START + timedelta(minutes=2))
    assert {a: early.graph.nodes[a]["status"] for a in early.graph} == {"P/1": "completed", "C/2": "running"}
    assert early.graph.nodes["C/2"]["finished_at"] is None
    late = trace("P/1", downstream=None, source=source, as_of=START + timedelta(minutes=3))
    assert set(late.graph.edges) == {("P/1", "C/2"), ("P/1", "D/3")}


def made(text: str, **changes: dict[str, object]) -> MemorySource:
    runs: dict[str, RunRecord] = {run.pathspec: run for run in drawn_records(text)}
    for name, change in changes.items():
        key = name.replace("_", "/")
        runs[key] = replace(runs[key], **change)
    return MemorySource(runs.values())


def by_root(found: Recent) -> dict[str, list[str]]:
    return {cascade.root: cascade.runs for cascade in found}


@pytest.mark.parametrize(
    ("text", "cascades"),
    [
        # clocks disagree: a cause began after its effect
        (
            "B/9 > A/2 > C/3\nD/4 > A/2",
            {"B/9": ["A/2", "C/3", "B/9"], "D/4": ["A/2", "C/3", "D/4"]},
        ),
        ("go! > B/9 > A/2\nD/4 > A/2", {"D/4": ["A/2", "D/4"], "event:go/id": ["A/2", "B/9"]}),
        # two that have the same roots, and one that has only one of them
        (
            "A/1 > C/3\nB/2 > C/3\nA/1 > D/4\nB/2 > D/4 > F/6\nB/2 > E/5",
            {"A/1": ["A/1", "C/3", "D/4", "F/6"], "B/2": ["B/2", "C/3", "D/4", "E/5", "F/6"]},
        ),
        (
            "A/1 > C/3\nB/2 > C/3\nA/1 > E/5\nD/4 > E/5",
            {"A/1": ["A/1", "C/3", "E/5"], "B/2": ["B/2", "C/3"], "D/4": ["D/4", "E/5"]},
        ),
        ("A/1 > B/2 > D/4\nA/1 > C/3 > D/4", {"A/1": ["A/1", "B/2", "C/3", "D/4"]}),
        ("C/9 > B/5 > A/2 > D/4", {"C/9": ["A/2", "D/4", "B/5", "C/9"]}),  # each began before its cause
        ("B/2 > E/9 > F/5\nA/1 > B/2 > A/1", {"A/1": ["A/1", "B/2", "F/5", "E/9"]}),  # after a circle
    ],
)
def test_roots_are_found_whatever_the_clocks_say(text: str, cascades: dict[str, list[str]]) -> None:
    assert by_root(recent(START, source=made(text))) == cascades


def test_a_circle_in_broken_records_is_one_cascade() -> None:
    (cascade,) = recent(START, source=made("A/1 > B/2 > A/1"))
    assert cascade.runs == ["A/1", "B/2"]
    (cascade,) = recent(START, source=made("A/1 > A/1"))
    assert (cascade.runs, cascade.user) == (["A/1"], "ann")


def test_a_run_that_is_gone_since_its_window_was_read_has_no_facts() -> None:
    def nothing(_: object) -> dict[str, Any]:
        return {}

    window = window_of(drawn_records("A/1 > B/2"), START)
    (cascade,) = cascades_of(window, Lookup(nothing, nothing, nothing))
    assert (cascade.runs, cascade.user, cascade.after) == (["A/1", "B/2"], None, None)


def test_a_cascade_has_the_facts_of_its_root_or_of_its_first_run() -> None:
    shop = {"user": "eve", "system_tags": ("project:shop", "project_branch:prod")}
    text = "A/1 > B/2\ngo! > C/3 > D/4\nE/5\nF/7 > G/6\nwent! > H/9 > I/8\nJ/10 > J/10"
    source = made(text, A_1=shop, C_3=shop, F_7=shop, H_9=shop, J_10=shop)
    facts = {c.root: (c.user, c.project, c.branch) for c in recent(START, source=source)}
    assert facts == {
        "A/1": ("eve", "shop", "prod"),
        "event:go/id": ("eve", "shop", "prod"),
        "E/5": ("ann", None, None),
        # clocks disagree, and a circle
        "F/7": ("eve", "shop", "prod"),
        "event:went/id": ("eve", "shop", "prod"),
        "J/10": ("eve", "shop", "prod"),
    }


def test_the_newest_cascade_comes_first_even_if_an_older_one_ended_later() -> None:
    source = made("A/1\nB/2", A_1={"finished_at": START + timedelta(hours=5)})
    assert list(by_root(recent(START, source=source))) == ["B/2", "A/1"]


def test_a_failure_counts_unless_it_was_resumed() -> None:
    failed = {"status": "failed", "failed_step": "load"}
    found = recent(START, source=made("A/1 > B/2\nC/3 ~ C/4", A_1=failed, C_3=failed))
    assert {c.root: (c.status, c.failed_step) for c in found} == {
        "A/1": ("failed", "load"),
        "C/3": ("completed", None),
    }
    killed = recent(START, source=made("A/1 > B/2", A_1={"status": "failed"}))
    assert (killed[0].status, killed[0].failed_step) == ("failed", None)


def test_what_began_before_the_window_is_named_as_what_came_before() -> None:
    since = START + timedelta(minutes=10)
    text = "A/1 *> done! > B/12\nC/2 *> done!\ngo! > D/3 ~ D/13\nE/4 => F/14"
    source = made(text, D_13={"triggers": drawn_records("go! > D/13")[0].triggers})
    assert {c.root: c.after for c in recent(since, source=source)} == {
        "event:done/id": "A/1",
        "D/13": "D/3",
        "F/14": "E/4",
    }
