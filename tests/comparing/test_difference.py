"""`lineage.diff` on small lineages drawn in text."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import lineage
from lineage.comparing.changes import ABSENT
from lineage.comparing.difference import Difference, counted_names
from lineage.errors import InvalidArgument
from lineage.records.contents import RunContents
from lineage.records.model import ArtifactRead, RunRecord, TriggerEvent
from lineage.sources import MemorySource
from tests.support.drawn import START, drawn_record, drawn_records

TWO = """
    IngestFlow/1 > ETLFlow/2 > TrainingFlow/3 > PredictionFlow/5
    first! > DataFlow/4 > PredictionFlow/5
    IngestFlow/1 > ETLFlow/12 > TrainingFlow/13 > PredictionFlow/15
    first! > DataFlow/14 > PredictionFlow/15
"""
A, B = "PredictionFlow/5", "PredictionFlow/15"


def contents(code: str = "3f2a", alpha: str = "p7", **artifacts: str) -> RunContents:
    return RunContents({"alpha": alpha}, artifacts, {"script": "flow.py", "commit": code})


def compared(
    text: str = TWO, a: str = A, b: str = B, runs: dict[str, RunRecord] | None = None, **changed: RunContents
) -> Difference:
    """Compare two runs; `changed` has the contents of `Flow_id`, those of all others are the same."""
    records = {record.pathspec: record for record in drawn_records(text)} | (runs or {})
    known = dict.fromkeys(records, contents(model="m1"))
    known |= {name.replace("_", "/"): value for name, value in changed.items()}
    return lineage.diff(a, b, source=MemorySource(records.values(), known), parameters=False)


def test_equal_ancestries_say_so_in_one_line() -> None:
    found = compared()
    assert found.equal
    assert str(found) == (
        "PredictionFlow/5 and PredictionFlow/15 are equal in all that is recorded: "
        "6 places, the same code, inputs and contents."
    )


def test_a_run_with_itself_is_the_same_run() -> None:
    assert str(compared(b=A)) == "PredictionFlow/5 is compared with itself: it is the same run."


def test_causes_are_numbered_from_the_root_on_and_consequences_follow_from_them() -> None:
    found = compared(
        ETLFlow_12=contents("91bc", model="m1", rows="r1"),
        TrainingFlow_13=contents(alpha="p9", model="m2"),
        PredictionFlow_15=contents(model="m1", scores="s1"),
    )
    assert [(place.name, place.state, place.number, place.follows) for place in found.places] == [
        ("IngestFlow", "equal", None, ()),
        ("event first", "equal", None, ()),
        ("DataFlow", "equal", None, ()),
        ("ETLFlow", "changed", 1, ()),
        ("TrainingFlow", "changed", 2, (1,)),
        ("PredictionFlow", "follows", None, (1, 2)),
    ]
    assert found.verdict == (
        "They part at ETLFlow (commit 3f2a -> 91bc), then TrainingFlow (alpha: other value). "
        "Nothing else recorded that leads to them differs."
    )
    assert "- [1] ETLFlow/2 -> ETLFlow/12: commit 3f2a -> 91bc; rows: only in B" in str(found)
    assert "scores: only in B (follows from 1, 2)" in str(found)
    assert "- equal: IngestFlow, event first, DataFlow" in str(found)


def test_results_that_differ_for_no_recorded_reason_are_where_they_part() -> None:
    found = compared(TrainingFlow_13=contents(model="m2"))
    assert [place.name for place in found.changed] == ["TrainingFlow"]
    assert "model: other content, with nothing recorded that explains it" in found.verdict
    several = compared(TrainingFlow_13=contents(model="m2"), DataFlow_14=contents(model="m2"))
    assert several.verdict == (
        "They part at DataFlow (model: other content), then TrainingFlow (model: other content). "
        "Nothing else recorded that leads to them differs. "
        "Nothing recorded explains what differs at DataFlow, TrainingFlow."
    )


def test_payloads_are_compared_field_by_field() -> None:
    def run(name: str, week: int) -> RunRecord:
        event = TriggerEvent("first", f"id-{week}", START, "event", {"week": week, "table": "orders"})
        return drawn_record(name, (event,))

    found = compared(
        "", "DataFlow/1", "DataFlow/2", {n: run(n, int(n[-1])) for n in ("DataFlow/1", "DataFlow/2")}
    )
    assert [(p.name, p.number, p.differences) for p in found.changed] == [("event first", 1, "week 1 -> 2")]


def test_versions_outcomes_and_durations_are_compared() -> None:
    def run(name: str, python: str, seconds: int, status: Any) -> RunRecord:
        record = drawn_record(name)
        assert record.created_at
        ended = record.created_at.replace(second=seconds)
        return replace(record, system_tags=(f"python_version:{python}",), finished_at=ended, status=status)

    runs = {
        "ETLFlow/1": run("ETLFlow/1", "3.11.7", 7, "completed"),
        "ETLFlow/2": run("ETLFlow/2", "3.12.1", 19, "failed"),
    }
    (place,) = compared("", "ETLFlow/1", "ETLFlow/2", runs).places
    assert place.differences == "python 3.11.7 -> 3.12.1; status completed -> failed; took 7.0 s -> 19 s"


def test_a_duration_alone_makes_no_difference() -> None:
    slow = replace(drawn_record("ETLFlow/2"), finished_at=START.replace(hour=5))
    runs = {"ETLFlow/1": drawn_record("ETLFlow/1"), "ETLFlow/2": slow}
    found = compared("", "ETLFlow/1", "ETLFlow/2", runs)
    assert found.equal
    assert found.places[0].differences.startswith("took 1 min -> ")


def test_a_cause_that_only_one_has_is_a_change_of_the_run_it_leads_to() -> None:
    found = compared(f"{TWO}\nDriftFlow/11 .drift.> PredictionFlow/15")
    (changed,) = found.changed
    assert (changed.name, changed.differences) == ("PredictionFlow", "DriftFlow/11: only in B")
    assert [place.b for place in found.in_state("only b")] == ["DriftFlow/11"]
    assert changed.changes[0].before is ABSENT


def test_runs_of_one_flow_go_together_by_place_and_the_same_run_with_itself() -> None:
    text = """
        DataFlow/1 > JoinFlow/4 > EndFlow/5
        DataFlow/2 > JoinFlow/4
        DataFlow/2 > JoinFlow/14 > EndFlow/15
        DataFlow/3 > JoinFlow/14
    """
    found = compared(text, "EndFlow/5", "EndFlow/15")
    assert {(p.a, p.b) for p in found.places if p.name == "DataFlow"} == {
        ("DataFlow/2", "DataFlow/2"),
        ("DataFlow/1", "DataFlow/3"),
    }


def test_unrelated_runs_are_said_to_be_unrelated_and_both_are_shown() -> None:
    found = compared("ETLFlow/1 > TrainingFlow/2\nIngestFlow/3 > DataFlow/4", "TrainingFlow/2", "DataFlow/4")
    assert (
        found.verdict == "TrainingFlow/2 and DataFlow/4 are runs of different flows, with nothing in common."
    )
    assert "only in A: ETLFlow/1, TrainingFlow/2" in str(found)
    assert "only in B: IngestFlow/3, DataFlow/4" in str(found)


def test_a_resumed_run_is_compared_by_what_led_to_the_run_that_it_resumed() -> None:
    found = compared(
        "ETLFlow/1 > TrainingFlow/2\nTrainingFlow/2 ~ TrainingFlow/3", "TrainingFlow/2", "TrainingFlow/3"
    )
    assert found.equal
    assert "TrainingFlow/3 was resumed from TrainingFlow/2" in found.notes[0]
    assert compared("TrainingFlow/2 ~ TrainingFlow/3", "TrainingFlow/2", "TrainingFlow/3").equal


def test_a_resumed_run_that_reads_what_had_triggered_its_origin_has_both_links() -> None:
    text = """
        ETLFlow/1 > TrainingFlow/2 ~ TrainingFlow/3
        ETLFlow/1 .rows.> TrainingFlow/3
        ETLFlow/1 > TrainingFlow/13
        ETLFlow/1 .rows.> TrainingFlow/13
    """
    found = compared(text, "TrainingFlow/3", "TrainingFlow/13")
    assert found.equal
    resumed, whole = found.a.graph, found.b.graph
    link = whole.edges["ETLFlow/1", "TrainingFlow/13"]
    assert resumed.edges["ETLFlow/1", "TrainingFlow/3"] == link
    assert (link["kind"], link["kinds"], link["artifacts"]) == ("trigger", ["trigger", "read"], ["rows"])


def test_a_run_that_is_gone_in_the_middle_is_unknown_and_said_so() -> None:
    found = compared(
        "ETLFlow/1? > TrainingFlow/3\nETLFlow/2 > TrainingFlow/4", "TrainingFlow/3", "TrainingFlow/4"
    )
    assert [place.state for place in found.places] == ["unknown", "equal"]
    assert not found.equal
    assert "cannot be compared: ETLFlow/1 -> ETLFlow/2" in str(found)


def test_code_that_is_not_recorded_and_a_run_that_is_gone_on_the_other_side_are_said() -> None:
    uncoded = RunContents({"alpha": "p7"}, {"model": "m1"}, {"script": "flow.py"})
    packed = RunContents({"alpha": "p7"}, {"model": "m1"}, {"script": "flow.py", "package": "ab"})
    found = compared("ETLFlow/1\nETLFlow/2", "ETLFlow/1", "ETLFlow/2", ETLFlow_1=packed, ETLFlow_2=uncoded)
    assert found.notes == ("which version of the code ran is not recorded of ETLFlow/2",)
    assert str(found).splitlines()[-1] == f"! {found.notes[0]}"
    gone = compared(
        "ETLFlow/1 > TrainingFlow/3\nETLFlow/2? > TrainingFlow/4", "TrainingFlow/3", "TrainingFlow/4"
    )
    assert [place.state for place in gone.places] == ["unknown", "equal"]
    assert str(gone).splitlines()[1:4] == [
        "A is TrainingFlow/3, B is TrainingFlow/4: 1 equal, 1 unknown.",
        "- unknown: ETLFlow/1 -> ETLFlow/2",
        "- equal: TrainingFlow",
    ]


def test_missing_hashes_and_missing_code_are_said_and_not_taken_for_a_change() -> None:
    found = compared(ETLFlow_12=RunContents(), TrainingFlow_13=RunContents(unread="no access"))
    assert "no artifact or parameter with a content hash is recorded of ETLFlow/12" in found.notes
    assert "the contents of 1 run could not be read; TrainingFlow/13: no access" in found.notes
    assert not [c for place in found.places for c in place.changes if c.kind == "code"]


def test_ten_thousand_artifacts_are_counted_in_the_text_and_whole_in_the_value() -> None:
    many = {f"a{number}": "x" for number in range(10_000)}
    others = dict.fromkeys(many, "y")
    found = compared(PredictionFlow_5=contents(**many), PredictionFlow_15=contents(**others))
    (place,) = found.changed
    assert len(place.changes) == 10_000
    assert "and 9,995 more differences" in str(found)
    assert len(str(found)) < 1000


def test_it_is_a_plain_value_for_programs() -> None:
    found = compared(ETLFlow_12=contents("91bc", model="m1")).as_dict()
    assert json.loads(json.dumps(found)) == found
    (changed,) = [place for place in found["places"] if place["state"] == "changed"]
    assert {(place["state"], tuple(place["follows"])) for place in found["places"]} == {
        ("changed", ()),
        ("equal", ()),  # also those after the change
    }
    assert changed["changes"] == [
        {"kind": "code", "name": "commit", "before": "3f2a", "after": "91bc", "text": "commit 3f2a -> 91bc"}
    ]


@pytest.mark.parametrize(
    ("arguments", "more", "words"),
    [
        ((A, [A, B]), {}, "^compare one run with one other run$"),
        ((A, B), {"values": 5}, "values must be a list of names such as"),
        ((A, B), {"values": "model"}, r"values must be a list of names: \['model'\]"),
    ],
)
def test_bad_arguments_fail_before_anything_is_read(arguments: Any, more: Any, words: str) -> None:
    with pytest.raises(InvalidArgument, match=words):
        lineage.diff(*arguments, **more, source=MemorySource([]))


def test_what_could_not_be_read_is_not_equal() -> None:
    found = compared("ETLFlow/1\nETLFlow/2", "ETLFlow/1", "ETLFlow/2", ETLFlow_2=RunContents(unread="gone"))
    assert [place.state for place in found.places] == ["unknown"]
    assert found.verdict.startswith("Nothing that is recorded of ETLFlow/1 and ETLFlow/2 differs")
    assert "not everything is recorded" in found.verdict


@pytest.mark.parametrize(
    ("text", "a", "b", "change"),
    [
        ("XFlow/1 > AFlow/2\nXFlow/1\nAFlow/3", "AFlow/2", "AFlow/3", ("XFlow/1", "trigger", ABSENT)),
        ("XFlow/1 .x.> AFlow/3\nAFlow/2", "AFlow/2", "AFlow/3", ("XFlow/1", ABSENT, "read")),
        (
            "XFlow/1 > AFlow/2\nXFlow/1 .x.> AFlow/2\nXFlow/1 => AFlow/3",
            "AFlow/2",
            "AFlow/3",
            ("link from XFlow", "trigger and read", "spawn"),
        ),
    ],
)
def test_a_cause_of_one_side_or_of_another_kind_is_a_change(
    text: str, a: str, b: str, change: tuple[Any, ...]
) -> None:
    (place,) = compared(text, a, b).changed
    assert [(c.kind, c.name, c.before, c.after) for c in place.changes] == [("cause", *change)]


def test_flows_that_differ_may_have_places_in_common() -> None:
    text = "IngestFlow/1 > ETLFlow/2 > TrainingFlow/3\nIngestFlow/1 > ETLFlow/4 > DataFlow/5"
    found = compared(text, "TrainingFlow/3", "DataFlow/5")
    assert found.verdict.endswith("are runs of different flows, with 2 places in common.")
    assert {(place.a, place.b) for place in found.places} == {
        ("IngestFlow/1", "IngestFlow/1"),
        ("ETLFlow/2", "ETLFlow/4"),
        ("TrainingFlow/3", None),
        (None, "DataFlow/5"),
    }
    followed = compared(
        """
        AFlow/1 > PFlow/3 > EndFlow/5
        AFlow/2 > QFlow/4 > EndFlow/5
        AFlow/11 > QFlow/13 > EndFlow/15
        AFlow/12 > PFlow/14 > EndFlow/15
        """,
        "EndFlow/5",
        "EndFlow/15",
    )
    assert {(p.a, p.b) for p in followed.places} >= {("AFlow/1", "AFlow/12"), ("AFlow/2", "AFlow/11")}
    near = compared("AFlow/1 > BFlow/2 > CFlow/3\nBFlow/4 > AFlow/5 > DFlow/6", "CFlow/3", "DFlow/6")
    assert {(p.a, p.b) for p in near.places} >= {("AFlow/1", "AFlow/5"), ("BFlow/2", "BFlow/4")}


def test_what_is_left_is_paired_by_flow_the_nearest_first_and_then_by_time() -> None:
    text = """
        AFlow/9 > BFlow/10 > EndFlow/20
        AFlow/1 > EndFlow/20
        CFlow/11 > AFlow/12 > EndFlow/30
        AFlow/15 > DFlow/16 > EndFlow/30
    """
    found = compared(text, "EndFlow/20", "EndFlow/30")
    assert {(p.a, p.b) for p in found.places if p.name == "AFlow"} == {
        ("AFlow/1", "AFlow/12"),
        ("AFlow/9", "AFlow/15"),
    }
    timed = "AFlow/9 > XFlow/12\nAFlow/10 > XFlow/12\nAFlow/3 > YFlow/13\nAFlow/4 > YFlow/13"
    assert pairs(timed) == {("AFlow/9", "AFlow/3"), ("AFlow/10", "AFlow/4")}
    near = "AFlow/1 > BFlow/2 > XFlow/12\nAFlow/5 > XFlow/12\nAFlow/3 > YFlow/13"
    assert pairs(near) == {("AFlow/5", "AFlow/3"), ("AFlow/1", None)}
    undated = replace(drawn_record("AFlow/10"), created_at=None)
    assert pairs(timed, {"AFlow/10": undated}) == {("AFlow/9", "AFlow/3"), ("AFlow/10", "AFlow/4")}


def test_causes_are_paired_by_their_times_in_whatever_order_they_are_recorded() -> None:
    def run(name: str, ids: dict[int, str]) -> RunRecord:
        reads = [ArtifactRead(f"AFlow/{n}/end/9", "x", None, "work") for n in ids]
        events = [TriggerEvent("go", i, START + timedelta(minutes=n), "event") for n, i in ids.items()]
        return replace(drawn_record(name, tuple(events)), reads=tuple(reads))

    ids = {"EndFlow/50": {2: "a", 1: "b"}, "EndFlow/51": {11: "c", 12: "d"}}
    runs = {name: run(name, of_run) for name, of_run in ids.items()}
    found = compared("AFlow/1\nAFlow/2\nAFlow/11\nAFlow/12", "EndFlow/50", "EndFlow/51", runs)
    assert {(p.a, p.b) for p in found.places} == {
        ("AFlow/1", "AFlow/11"),
        ("AFlow/2", "AFlow/12"),
        ("event:go/b", "event:go/c"),
        ("event:go/a", "event:go/d"),
        ("EndFlow/50", "EndFlow/51"),
    }


def test_a_run_that_read_what_it_had_started_is_compared_with_that() -> None:
    text = """
        AFlow/1 => ChildFlow/2 .x.> AFlow/1
        DataFlow/0 > ChildFlow/2
        AFlow/11 => ChildFlow/12 .x.> AFlow/11
        DataFlow/10 > ChildFlow/12
    """
    found = compared(text, "AFlow/1", "AFlow/11")
    assert {(p.a, p.b) for p in found.places} == {
        ("AFlow/1", "AFlow/11"),
        ("ChildFlow/2", "ChildFlow/12"),
        ("DataFlow/0", "DataFlow/10"),
    }


def test_what_is_wrong_with_the_records_of_either_side_is_a_note() -> None:
    found = compared("XFlow/9 > AFlow/2\nAFlow/3", "AFlow/2", "AFlow/3")
    assert found.notes == ("AFlow/2: began before XFlow/9, which set it off; the clocks may disagree",)


def pairs(text: str, runs: dict[str, RunRecord] | None = None) -> set[tuple[str | None, str | None]]:
    """The pairs of AFlow where runs of different flows are compared."""
    return {(p.a, p.b) for p in compared(text, "XFlow/12", "YFlow/13", runs).places if p.name == "AFlow"}


def test_places_are_listed_from_the_roots_on_in_the_order_of_their_names() -> None:
    text = (
        "BFlow/1 > MidFlow/3 > EndFlow/5\nAFlow/2 > EndFlow/5\nBFlow/11 > EndFlow/15\nZFlow/12 > EndFlow/15"
    )
    found = compared(text, "EndFlow/5", "EndFlow/15")
    assert [(p.a, p.b) for p in found.places] == [
        ("AFlow/2", None),
        ("BFlow/1", "BFlow/11"),
        (None, "ZFlow/12"),
        ("MidFlow/3", None),
        ("EndFlow/5", "EndFlow/15"),
    ]


def test_a_resume_hands_its_causes_on_and_stays_where_others_come_from_it() -> None:
    text = "ETLFlow/1 > TrainingFlow/2 ~ TrainingFlow/3 > EndFlow/4\nTrainingFlow/2 > SideFlow/5 > EndFlow/4"
    found = compared(f"{text}\nETLFlow/1 > TrainingFlow/6 > EndFlow/7", "EndFlow/4", "EndFlow/7")
    graph = found.a.graph
    assert set(graph.edges) == {
        ("ETLFlow/1", "TrainingFlow/2"),
        ("ETLFlow/1", "TrainingFlow/3"),
        ("TrainingFlow/3", "EndFlow/4"),
        ("TrainingFlow/2", "SideFlow/5"),
        ("SideFlow/5", "EndFlow/4"),
    }


def test_names_in_a_row_are_counted_where_they_repeat_and_beyond_six() -> None:
    assert counted_names(["a", "b", "a"]) == "a (2), b"
    assert counted_names("abcdef") == "a, b, c, d, e, f"
    assert counted_names("abcdefgh") == "a, b, c, d, e, 3 more"


def test_a_run_with_many_differences_tells_six_and_the_verdict_three_and_two() -> None:
    many = {f"p{n}": "x" for n in range(8)}
    other = {f"p{n}": "y" for n in range(8)}
    known = {
        "ETLFlow/1": RunContents(many, {}, {"commit": "3f2a"}),
        "ETLFlow/2": RunContents(other, {}, {"commit": "3f2a"}),
        "AFlow/1": RunContents({}, many, {"commit": "3f2a"}),
        "AFlow/2": RunContents({}, other, {"commit": "3f2a"}),
    }
    source = MemorySource(drawn_records("ETLFlow/1\nETLFlow/2\nAFlow/1\nAFlow/2"), known)
    found = lineage.diff("ETLFlow/1", "ETLFlow/2", source=source, parameters=False)
    assert "p0: other value, p1: other value, p2: other value)." in found.verdict
    assert found.places[0].differences.endswith("p4: other value; and 3 more differences")
    results = lineage.diff("AFlow/1", "AFlow/2", source=source, parameters=False)
    assert "(p0: other content, p1: other content, with nothing recorded that explains it)" in results.verdict
    assert str(results).splitlines()[2].startswith("- [1] AFlow/1 -> AFlow/2: p0: other content; ")
    assert not str(results).splitlines()[2].endswith(")")
