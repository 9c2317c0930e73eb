"""Reads, spawned runs and published events in a lineage; drawn, see tests/support/drawn.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import lineage
from lineage import Lineage, trace
from lineage.errors import InvalidArgument
from lineage.records.model import CountedReads
from lineage.sources import MemorySource
from tests.support.drawn import drawn_records

EVERYTHING = """
    ETLFlow/1 > TrainingFlow/2 .model.> ReportFlow/6 => ChildFlow/7
    ETLFlow/1 .rows.> ReportFlow/6
    ReportFlow/6 *> done! > MailFlow/8
    TrainingFlow/2 ~ TrainingFlow/3
"""


def drawn(text: str, run: Any, **options: Any) -> Lineage:
    return trace(run, source=MemorySource(drawn_records(text)), **options)


def kinds(lin: Lineage) -> dict[str, list[str]]:
    return {f"{a} {b}": edge["kinds"] for a, b, edge in lin.graph.edges(data=True)}


def test_a_walk_follows_all_five_kinds_both_ways() -> None:
    lin = drawn(EVERYTHING, "ReportFlow/6", downstream=None)
    assert kinds(lin) == {
        "ETLFlow/1 TrainingFlow/2": ["trigger"],
        "TrainingFlow/2 ReportFlow/6": ["read"],
        "ETLFlow/1 ReportFlow/6": ["read"],
        "ReportFlow/6 ChildFlow/7": ["spawn"],
        "ReportFlow/6 event:done/id": ["publish"],
        "event:done/id MailFlow/8": ["trigger"],
    }
    assert lin.problems == ()


def test_everything_downstream_of_a_first_cause_is_found() -> None:
    lin = drawn(EVERYTHING, "ETLFlow/1", downstream=None)
    assert set(lin.runs) == {
        "ETLFlow/1",
        "TrainingFlow/2",
        "TrainingFlow/3",
        "ReportFlow/6",
        "ChildFlow/7",
        "MailFlow/8",
    }


def test_who_published_an_event_is_a_cause_upstream_of_what_it_triggered() -> None:
    lin = drawn(EVERYTHING, "MailFlow/8", downstream=None)
    assert lin.graph.has_edge("ReportFlow/6", "event:done/id")
    assert "ETLFlow/1" in lin.runs


def test_an_edge_of_a_read_says_which_artifacts_and_which_steps() -> None:
    edge = drawn(EVERYTHING, "ReportFlow/6").graph.edges["TrainingFlow/2", "ReportFlow/6"]
    assert (edge["kind"], edge["artifacts"], edge["steps"]) == ("read", ["model"], ["start"])
    assert edge["reads"] == [
        {"artifact": "TrainingFlow/2/end/9/model", "sha": "sha-of-model", "step": "start"}
    ]


def test_several_reasons_are_one_edge_whose_kind_is_the_strongest() -> None:
    lin = drawn("A/1 > B/2\nA/1 .x.> B/2\nA/1 => B/2", "B/2")
    edge = lin.graph.edges["A/1", "B/2"]
    assert (edge["kind"], edge["kinds"]) == ("trigger", ["trigger", "spawn", "read"])
    assert edge["artifacts"] == ["x"]


@pytest.mark.parametrize(
    ("wanted", "runs"),
    [
        (("read",), {"TrainingFlow/2", "ETLFlow/1", "ReportFlow/6"}),
        (("trigger",), {"ReportFlow/6"}),
        (("spawn", "read"), {"TrainingFlow/2", "ETLFlow/1", "ReportFlow/6", "ChildFlow/7"}),
        ("publish", {"ReportFlow/6"}),
    ],
)
def test_a_walk_follows_only_the_kinds_that_are_asked_for(wanted: Any, runs: set[str]) -> None:
    lin = drawn(EVERYTHING, "ReportFlow/6", downstream=None, kinds=wanted)
    assert set(lin.runs) == runs
    allowed = {wanted} if isinstance(wanted, str) else set(wanted)
    assert {kind for found in kinds(lin).values() for kind in found} <= allowed


@pytest.mark.parametrize(
    ("wanted", "words"),
    [(["reed"], "use some of {}.*did you mean read"), ([], "name at least one of {}, or")],
)
def test_a_kind_that_is_not_there_is_refused_with_those_that_are(wanted: list[str], words: str) -> None:
    with pytest.raises(InvalidArgument, match=words.format("trigger, resume, spawn, publish, read")):
        drawn(EVERYTHING, "ReportFlow/6", kinds=wanted)


def test_the_selection_language_knows_kinds() -> None:
    lin = drawn(EVERYTHING, "ReportFlow/6", downstream=None)
    assert set(lin.select("kind:spawn").graph) == {"ReportFlow/6", "ChildFlow/7"}


def test_the_tree_says_why_an_edge_is_there() -> None:
    assert str(drawn(EVERYTHING, "ReportFlow/6")) == "\n".join(
        [
            "● ReportFlow/6  completed in 1 min, ann",
            "  came from",
            "  ├┄ ● ETLFlow/1  completed in 1 min, ann  [read: rows]",
            "  └┄ ● TrainingFlow/2  completed in 1 min, ann  [read: model]",
            "     └─ ↑ ETLFlow/1",
        ]
    )


def test_a_run_that_reads_from_the_run_it_spawned_closes_no_circle() -> None:
    lin = drawn("A/1 => B/2 .score.> A/1", "A/1", downstream=None)
    assert kinds(lin) == {"A/1 B/2": ["spawn"]}
    assert lin.graph.edges["A/1", "B/2"]["returned"] == ["score"]
    assert lin.problems == ()
    assert "[spawned; read back: score]" in str(lin)


def test_a_read_of_something_far_downstream_is_left_out_and_said() -> None:
    lin = drawn("A/1 > B/2 > C/3 .x.> A/1", "A/1", downstream=None)
    assert set(kinds(lin)) == {"A/1 B/2", "B/2 C/3"}
    assert [str(problem) for problem in lin.problems] == [
        "A/1: read artifacts of C/3, which it is itself a cause of; that link is left out"
    ]


def test_of_two_runs_that_read_each_other_one_read_is_left_out_and_said() -> None:
    lin = drawn("A/1 .x.> B/2 .y.> A/1", "A/1", downstream=None)
    assert kinds(lin) == {"A/1 B/2": ["read"]}
    assert "returned" not in lin.graph.edges["A/1", "B/2"]
    assert [str(problem) for problem in lin.problems] == [
        "A/1: read artifacts of B/2, which it is itself a cause of; that link is left out"
    ]


def test_a_run_may_read_from_one_that_began_later() -> None:
    lin = drawn("B/5 .x.> A/1", "A/1")
    assert kinds(lin) == {"B/5 A/1": ["read"]}
    assert lin.problems == ()


def test_a_run_that_was_read_and_is_gone_is_drawn_as_missing() -> None:
    lin = drawn("A/1? .x.> B/2", "B/2")
    assert lin.graph.nodes["A/1"]["status"] == "missing"


def test_an_event_that_triggered_nothing_is_there_too() -> None:
    lin = drawn("A/1 *> done!", "A/1", downstream=None)
    assert lin.graph.nodes["event:done/id"]["name"] == "done"


def test_consumers_are_the_runs_that_read_an_artifact() -> None:
    source = MemorySource(drawn_records("A/1 .x.> B/2\nA/1 .y.> C/3\nA/1 > D/4"))
    assert lineage.consumers("A/1", source=source) == ["B/2", "C/3"]
    assert lineage.consumers("A/1", artifact="y", source=source) == ["C/3"]
    assert lineage.consumers("B/2", source=source) == []


def test_a_run_that_only_counted_its_reads_may_be_a_consumer_of_any() -> None:
    first, reader = drawn_records("A/1 .x.> B/2")
    counted = replace(reader, reads=(), counted_reads=(CountedReads("A/1", 1200, "start"),))
    source = MemorySource([first, counted])
    assert lineage.consumers("A/1", artifact="y", source=source) == ["B/2"]
    edge = trace("B/2", source=source).graph.edges["A/1", "B/2"]
    assert (edge["artifacts"], edge["more_artifacts"]) == ([], 1200)


def test_artifacts_are_nodes_and_the_same_content_under_two_names_is_seen() -> None:
    first, reader = drawn_records("A/1 .x.> B/2")
    copy = replace(reader.reads[0], artifact="y")
    lin = trace("B/2", source=MemorySource([first, replace(reader, reads=(*reader.reads, copy))]))
    graph = lin.artifacts()
    assert list(graph.successors("A/1")) == ["A/1/end/9/x", "A/1/end/9/y"]
    assert graph.nodes["A/1/end/9/x"]["same"] == ["A/1/end/9/y"]
    assert graph.edges["A/1/end/9/x", "B/2"] == {"kind": "read", "steps": ["start"]}


def test_a_saved_lineage_keeps_its_kinds_and_one_from_before_them_loads(tmp_path: Any) -> None:
    lin = drawn(EVERYTHING, "ReportFlow/6", downstream=None)
    back = lineage.load(lin.save(tmp_path / "lineage.json"))
    assert dict(back.graph.edges) == dict(lin.graph.edges)
    old = drawn("A/1 > B/2", "B/2")
    del old.graph.edges["A/1", "B/2"]["kinds"]
    assert kinds(lineage.load(old.save(tmp_path / "old.json"))) == {"A/1 B/2": ["trigger"]}
