"""What `trace` makes of records; the lineages are drawn, see tests/support/drawn.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage import Lineage, trace
from lineage.errors import FlowNotFound, InvalidArgument, RunNotFound
from lineage.records.model import TriggerEvent
from lineage.sources import MemorySource
from tests.support.drawn import START, drawn_record, drawn_records, trigger_event

TYPICAL = """
    ETLFlow/1 > TrainingFlow/2 > PredictionFlow/4 > ReportFlow/5
    first! > DataFlow/3 > PredictionFlow/4
"""


def drawn(text: str, run: Any, **options: Any) -> Lineage:
    return trace(run, source=MemorySource(drawn_records(text)), **options)


def edges(lineage: Lineage) -> set[str]:
    return {f"{a} {'~' if d['kind'] == 'resume' else '>'} {b}" for a, b, d in lineage.graph.edges(data=True)}


def test_a_walk_follows_every_trigger_up_to_the_first_causes() -> None:
    lineage = drawn(TYPICAL, "PredictionFlow/4")
    assert edges(lineage) == {
        "ETLFlow/1 > TrainingFlow/2",
        "TrainingFlow/2 > PredictionFlow/4",
        "event:first/id > DataFlow/3",
        "DataFlow/3 > PredictionFlow/4",
    }
    assert lineage.focus == ("PredictionFlow/4",)
    assert lineage.problems == ()
    assert lineage.read_at is not None
    assert timedelta() <= datetime.now(timezone.utc) - lineage.read_at < timedelta(minutes=1)


def test_nodes_and_edges_have_the_documented_attributes() -> None:
    graph = drawn(TYPICAL, "PredictionFlow/4").graph
    assert type(graph) is nx.DiGraph
    run = graph.nodes["TrainingFlow/2"]
    assert (run["kind"], run["flow"], run["run_id"], run["status"]) == (
        "run",
        "TrainingFlow",
        "2",
        "completed",
    )
    assert (run["created_at"].isoformat(), run["user"]) == ("2026-01-01T00:02:00+00:00", "ann")
    assert set(run) == {
        *("kind", "flow", "run_id", "status", "created_at", "finished_at", "user", "tags", "system_tags"),
        *("project", "branch", "origin", "start_step", "end_step", "failed_step"),
    }
    event = graph.nodes["event:first/id"]
    assert (event["kind"], event["name"], event["event_id"], event["payload"]) == (
        "event",
        "first",
        "id",
        {"x": 1},
    )
    assert graph.edges["ETLFlow/1", "TrainingFlow/2"]["kind"] == "trigger"
    assert graph.edges["ETLFlow/1", "TrainingFlow/2"]["event"] == "metaflow.ETLFlow.end"


def test_a_shared_ancestor_is_one_node() -> None:
    lineage = drawn("A/1 > B/2 > D/4\nA/1 > C/3 > D/4", "D/4")
    assert sorted(lineage.graph) == ["A/1", "B/2", "C/3", "D/4"]


def test_one_event_that_triggered_three_runs_is_one_node_with_three_edges() -> None:
    lineage = drawn("go! > A/1\ngo! > B/2\ngo! > C/3", ["A/1", "B/2", "C/3"])
    assert lineage.events == ["event:go/id"]
    assert lineage.graph.out_degree("event:go/id") == 3


def test_two_events_of_one_end_task_are_one_edge_named_by_the_well_known_one() -> None:
    twice = tuple(
        TriggerEvent(f"metaflow.A.{step}", "A/1/finish/3", None, "run") for step in ("finish", "end")
    )
    source = MemorySource([drawn_record("A/1"), drawn_record("B/2", twice)])
    lineage = trace("B/2", source=source)
    assert [d["event"] for _, _, d in lineage.graph.edges(data=True)] == ["metaflow.A.end"]


def test_a_run_that_no_longer_exists_is_drawn_as_missing() -> None:
    lineage = drawn("A/1? > B/2", "B/2")
    assert lineage.graph.nodes["A/1"]["status"] == "missing"
    assert edges(lineage) == {"A/1 > B/2"}
    assert lineage.problems == ()


@pytest.mark.parametrize(
    ("name", "event_id", "cause"),
    [
        ("metaflow.A.load", "A/1/load/2", "A/1"),
        ("metaflow.A.end", "A/1/last/4", "A/1"),  # the last step has both names
        ("metaflow.shop.prod.A.load", "A/1/load/2", "A/1"),
        ("metaflow.A.load", "A/1/other/2", "event:metaflow.A.load/A/1/other/2"),
        ("metaflow.A.load", "7f3", "event:metaflow.A.load/7f3"),
        ("load", "A/1/load/2", "event:load/A/1/load/2"),
    ],
)
def test_the_end_of_a_step_is_drawn_from_its_run(name: str, event_id: str, cause: str) -> None:
    event = TriggerEvent(name, event_id, START, "event", {"x": 1})
    source = MemorySource([drawn_record("A/1"), drawn_record("B/2", (event,))])
    lineage = trace("B/2", source=source)
    assert list(lineage.graph.in_edges("B/2")) == [(cause, "B/2")]
    assert lineage.graph.edges[cause, "B/2"]["event"] == name
    below = trace("A/1", downstream=None, source=source)
    assert ("B/2" in below.graph) == (cause == "A/1")


def test_a_resumed_run_hangs_on_its_origin_and_not_a_second_time_on_its_trigger() -> None:
    record = replace(drawn_record("B/3", (trigger_event("A/1"),)), origin="B/2")
    source = MemorySource([*drawn_records("A/1 > B/2"), record])
    assert edges(trace("B/3", source=source)) == {"A/1 > B/2", "B/2 ~ B/3"}


@pytest.mark.parametrize(("hops", "kept", "border"), [(0, ["B/3"], "B/3"), (1, ["B/2", "B/3"], "B/2")])
def test_what_triggered_the_origin_is_no_cause_of_the_run_that_resumed_it(
    hops: int, kept: list[str], border: str
) -> None:
    record = replace(drawn_record("B/3", (trigger_event("A/1"),)), origin="B/2")
    source = MemorySource([*drawn_records("A/1 > B/2"), record])
    lineage = trace("B/3", source=source, upstream=hops)
    assert lineage.runs == kept
    assert lineage.graph.nodes[border]["more_upstream"] == 1


def test_a_resumed_run_with_a_trigger_of_its_own_keeps_it() -> None:
    record = replace(drawn_record("B/4", (trigger_event("A/3"),)), origin="B/2")
    source = MemorySource([*drawn_records("A/1 > B/2\nA/3"), record])
    assert edges(trace("B/4", source=source)) == {"A/1 > B/2", "B/2 ~ B/4", "A/3 > B/4"}


def test_a_resumed_run_whose_origin_is_gone_keeps_the_trigger() -> None:
    record = replace(drawn_record("B/3", (trigger_event("A/1"),)), origin="B/2")
    lineage = trace("B/3", source=MemorySource([drawn_record("A/1"), record]))
    assert edges(lineage) == {"A/1 > B/3", "B/2 ~ B/3"}
    assert lineage.graph.nodes["B/2"]["status"] == "missing"


@pytest.mark.parametrize(
    ("upstream", "kept", "border"),
    [
        (0, {"D/4"}, {"D/4": 1}),
        (1, {"C/3", "D/4"}, {"C/3": 1}),
        (2, {"B/2", "C/3", "D/4"}, {"B/2": 1}),
        (3, {"A/1", "B/2", "C/3", "D/4"}, {}),
        (None, {"A/1", "B/2", "C/3", "D/4"}, {}),
    ],
)
def test_upstream_counts_hops_and_the_border_says_what_is_beyond(
    upstream: int | None, kept: set[str], border: dict[str, int]
) -> None:
    lineage = drawn("A/1 > B/2 > C/3 > D/4", "D/4", upstream=upstream)
    assert set(lineage.graph) == kept
    assert {
        k: n["more_upstream"] for k, n in lineage.graph.nodes(data=True) if "more_upstream" in n
    } == border


def test_downstream_finds_what_a_run_set_off_and_counts_hops() -> None:
    text = "A/1 > B/2 > C/3\nB/2 > D/4\nX/0 > C/3"
    assert set(drawn(text, "A/1", downstream=None).graph) == {"A/1", "B/2", "C/3", "D/4"}
    one = drawn(text, "A/1", downstream=1)
    assert set(one.graph) == {"A/1", "B/2"}
    assert one.graph.nodes["B/2"]["more_downstream"] == 2
    assert drawn(text, "A/1", downstream=None).graph.nodes["C/3"]["more_upstream"] == 1


def test_both_directions_meet_in_one_graph() -> None:
    lineage = drawn(TYPICAL, "TrainingFlow/2", downstream=None)
    assert set(lineage.graph) == {"ETLFlow/1", "TrainingFlow/2", "PredictionFlow/4", "ReportFlow/5"}
    assert lineage.graph.nodes["PredictionFlow/4"]["more_upstream"] == 1


@pytest.mark.parametrize("text", ["A/1 > A/1", "A/1 > B/2 > A/1", "A/1 > B/2 > C/3 > A/1\nC/3 > B/2"])
def test_a_cycle_in_broken_data_is_cut_where_time_runs_backwards_and_said(text: str) -> None:
    lineage = drawn(text, "A/1")
    assert nx.is_directed_acyclic_graph(lineage.graph)
    assert lineage.problems
    assert all("left out" in problem.reason for problem in lineage.problems)
    forward = {e for e in edges(drawn(text, "A/1")) if int(e[-1]) > int(e.split(" ")[0][-1])}
    assert edges(lineage) == forward


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("A/1 > A/1", "itself"),
        ("A/1 > B/2 > A/1", "B/2, which it is itself a cause of"),
        ("A/1 > B/3 > C/2 > A/1", "C/2, which it is itself a cause of"),
    ],
)
def test_the_link_that_is_left_out_is_named(text: str, cause: str) -> None:
    (problem, *_) = map(str, drawn(text, "A/1").problems)
    assert problem == f"A/1: recorded as caused by {cause}; that link is left out"


def test_a_cycle_loses_the_link_that_runs_backwards_by_most_whatever_the_names() -> None:
    assert edges(drawn("Z/1 > B/2 > A/3 > Z/1", "A/3")) == {"Z/1 > B/2", "B/2 > A/3"}


@pytest.mark.parametrize(("seconds", "said"), [(-0.001, 0), (0, 0), (0.001, 1), (1, 1)])
def test_a_cause_that_began_any_time_later_is_said(seconds: float, said: int) -> None:
    effect = drawn_record("B/1", (trigger_event("A/1"),))
    assert effect.created_at is not None
    cause = replace(drawn_record("A/1"), created_at=effect.created_at + timedelta(seconds=seconds))
    assert len(trace("B/1", source=MemorySource([cause, effect])).problems) == said


def test_a_run_triggered_by_a_later_one_is_shown_and_said() -> None:
    lineage = drawn("B/9 > A/2", "A/2")
    assert edges(lineage) == {"B/9 > A/2"}
    assert [str(problem) for problem in lineage.problems] == [
        "A/2: began before B/9, which set it off; the clocks may disagree"
    ]


def test_what_was_wrong_with_a_record_is_listed() -> None:
    broken = replace(drawn_record("A/1"), problems=("its record is no JSON list",))
    lineage = trace("A/1", source=MemorySource([broken]))
    assert [str(problem) for problem in lineage.problems] == ["A/1: its record is no JSON list"]


def test_a_flow_name_stands_for_its_latest_run() -> None:
    assert drawn("A/1 > A/2\nA/3", "A").focus == ("A/3",)


def test_several_runs_share_one_lineage_and_are_named_once() -> None:
    lineage = drawn(TYPICAL, ["TrainingFlow/2", "DataFlow/3", "TrainingFlow/2"])
    assert lineage.focus == ("TrainingFlow/2", "DataFlow/3")


@pytest.mark.parametrize("run", [42, None, [], [42], "", " ", "A/", "/1", "A/1/start", "A/..", ["A/1", 3]])
def test_an_argument_that_is_no_run_is_refused_before_anything_is_read(run: Any) -> None:
    with pytest.raises(InvalidArgument, match="run must"):
        trace(run, source=_Unreadable())


@pytest.mark.parametrize("hops", [-1, 1.5, "2", True])
@pytest.mark.parametrize("side", ["upstream", "downstream"])
def test_hops_that_count_nothing_are_refused_before_anything_is_read(side: str, hops: Any) -> None:
    with pytest.raises(InvalidArgument, match=f"{side} must be a number of hops"):
        trace("A/1", source=_Unreadable(), **{side: hops})


class _Unreadable(MemorySource):
    def __init__(self) -> None:
        super().__init__([])

    def read(self, pathspecs: Any) -> Any:
        raise AssertionError("nothing should be read")


def test_a_run_that_does_not_exist_is_named_with_the_place_and_the_latest() -> None:
    with pytest.raises(
        RunNotFound, match=r"TrainingFlow/9 was not found in the records in memory.*TrainingFlow/2"
    ):
        drawn(TYPICAL, "TrainingFlow/9")


def test_a_flow_that_does_not_exist_is_named_with_the_nearest() -> None:
    with pytest.raises(FlowNotFound, match=r"no flow 'TraningFlow'.*did you mean TrainingFlow"):
        drawn(TYPICAL, "TraningFlow")
    with pytest.raises(FlowNotFound, match=r"no flow 'no such flow'"):
        drawn(TYPICAL, "no such flow")


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40))
def test_whatever_is_recorded_the_walk_ends_in_an_acyclic_graph_that_lost_nothing_silently(
    pairs: list[tuple[int, int]],
) -> None:
    text = "\n".join(f"F/{a} > F/{b}" for a, b in [*pairs, (0, 0)])
    lineage = drawn(text, "F/0", downstream=None)
    assert nx.is_directed_acyclic_graph(lineage.graph)
    known = {(f"F/{a}", f"F/{b}") for a, b in [*pairs, (0, 0)]}
    inside = {(a, b) for a, b in known if a in lineage.graph and b in lineage.graph}
    cut = inside - set(lineage.graph.edges)
    assert len([p for p in lineage.problems if "left out" in p.reason]) == len(cut)
