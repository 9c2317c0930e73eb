"""`lineage.audit` on small pasts drawn in text, with declarations given or read from the runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

import lineage
from lineage.auditing.audit import Audit
from lineage.auditing.auditing import run_audit
from lineage.errors import ArtifactUnavailable, FlowNotFound, InvalidArgument
from lineage.flow_map import Clock, FlowMap, declare
from lineage.records.model import RunRecord, TriggerEvent
from lineage.sources import MemorySource
from tests.support.drawn import START, drawn_record, drawn_records

PAIR = FlowMap.of([declare("PairFlow", on_finish=["AFlow", "BFlow"]), declare("AFlow"), declare("BFlow")])


def audited(
    text: str, flows: FlowMap | None = PAIR, *more: RunRecord, until: int = 120, **options: Any
) -> Audit:
    """Audit the first minutes after START; each run of the drawing ends a minute after it began."""
    end = START + timedelta(minutes=until)
    source = MemorySource([*drawn_records(text), *more])
    return run_audit(START, until=end, flows=flows, source=source, **options)


def test_what_fired_by_the_rules_fired_as_expected() -> None:
    found = audited("AFlow/1 > PairFlow/9\nBFlow/5 > PairFlow/9")
    assert found["PairFlow"].fired == ("PairFlow/9",)
    assert found["PairFlow"].sentence == "fired as expected once"
    assert found.passed


def test_a_group_that_was_complete_and_did_not_fire_was_missed() -> None:
    found = audited("AFlow/1\nBFlow/5")
    assert found["PairFlow"].sentence == (
        "should have fired at 00:06 (AFlow/1 and BFlow/5 had arrived) and did not"
    )
    assert not found.passed
    assert [row.flow for row in found.missed] == ["PairFlow"]


def test_a_group_that_is_not_complete_waits() -> None:
    found = audited("AFlow/1")
    assert found["PairFlow"].sentence == "waits for BFlow since 1 h 58 min (got AFlow/1)"
    assert found.passed


def test_the_latest_of_a_name_wins_and_firing_clears() -> None:
    found = audited("AFlow/1\nAFlow/3 > PairFlow/9\nBFlow/5 > PairFlow/9\nBFlow/20")
    assert found["PairFlow"].fired == ("PairFlow/9",)
    assert "waits for AFlow" in found["PairFlow"].sentence
    assert not found["PairFlow"].missed


def test_failed_runs_send_nothing() -> None:
    failed = replace(drawn_record("BFlow/5"), status="failed")
    assert audited("AFlow/1", PAIR, failed)["PairFlow"].verdict == "waits"


def test_a_reset_wipes_what_had_arrived() -> None:
    flows = FlowMap.of(
        [
            declare("PairFlow", on_finish=["AFlow", "BFlow"], reset_at=Clock("30 0 * * *")),
            declare("AFlow"),
            declare("BFlow"),
        ]
    )
    found = audited("AFlow/1\nBFlow/40", flows)
    assert found["PairFlow"].sentence.startswith("waits for AFlow")


def test_an_event_is_known_from_the_runs_that_it_triggered() -> None:
    flows = FlowMap.of([declare("OneFlow", on=["first"]), declare("TwoFlow", on=["first"])])
    found = audited("first! > OneFlow/3", flows)
    assert found["OneFlow"].verdict == "fired"
    assert found["TwoFlow"].sentence == "should have fired at 00:00 (event first had arrived) and did not"


def test_a_published_event_counts_even_if_it_triggered_nothing() -> None:
    flows = FlowMap.of([declare("OneFlow", on=["first"]), declare("AFlow")])
    assert "(event first had arrived)" in audited("AFlow/1 *> first!", flows)["OneFlow"].sentence


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("CFlow/1 > PairFlow/9", "CFlow/1 is not among what it declares"),
        ("AFlow/1 > PairFlow/9", "metaflow.BFlow.end had not arrived"),
        (
            "AFlow/1 > PairFlow/9\nBFlow/5 > PairFlow/9\nAFlow/1 > PairFlow/12\nBFlow/5 > PairFlow/12",
            "AFlow/1 and BFlow/5 had fired it before",
        ),
    ],
)
def test_a_run_that_the_rules_do_not_explain_is_told(text: str, reason: str) -> None:
    found = audited(text)["PairFlow"]
    assert [one.reason for one in found.unexplained] == [reason]
    assert "fired without a declared reason" in found.sentence


def test_a_cause_that_is_gone_explains_a_run() -> None:
    found = audited("AFlow/1? > PairFlow/9\nBFlow/5 > PairFlow/9")["PairFlow"]
    assert found.fired == ("PairFlow/9",)
    assert not found.unexplained


def test_resumed_spawned_and_started_runs_are_counted_apart() -> None:
    text = "AFlow/1 > PairFlow/9 ~ PairFlow/10\nBFlow/5 > PairFlow/9\nAFlow/1 => PairFlow/11\nPairFlow/12"
    found = audited(text)["PairFlow"]
    assert (found.fired, found.others) == (("PairFlow/9",), 3)


def test_clocks_that_disagree_are_named_and_nothing_is_missed_for_them() -> None:
    """By A's late clock the earlier run of B would have been used; in truth the later one was."""
    late = replace(drawn_record("AFlow/1"), finished_at=START + timedelta(minutes=6, seconds=10))
    text = "BFlow/5 > OtherFlow/30\nBFlow/6 > PairFlow/9\nAFlow/1 > PairFlow/9"
    records = [r for r in drawn_records(text) if r.pathspec != "AFlow/1"]
    found = run_audit(
        START, until=START + timedelta(hours=2), flows=PAIR, source=MemorySource([*records, late])
    )["PairFlow"]
    assert found.fired == ("PairFlow/9",)
    assert not found.missed
    assert "do the clocks disagree?" in found.sentence


def test_a_firing_of_the_last_minutes_may_still_start() -> None:
    assert audited("AFlow/1\nBFlow/5", until=10).passed


def test_ends_on_laptops_send_nothing_where_argo_runs() -> None:
    argo = replace(drawn_record("AFlow/1"), system_tags=("runtime:argo-workflows",))
    laptop = replace(drawn_record("BFlow/5"), system_tags=("runtime:dev",))
    found = audited("", PAIR, argo, laptop)
    assert found["PairFlow"].verdict == "waits"
    assert "1 run outside Argo Workflows sent no event" in found.notes


def test_a_flow_hears_only_its_own_branch() -> None:
    prod = ("project:shop", "project_branch:prod")
    flows = FlowMap.of(
        [
            declare("PairFlow", on_finish=["AFlow"], project="shop", branch="prod"),
            declare("PairFlow", on_finish=["AFlow"], project="shop", branch="test"),
            declare("AFlow", project="shop", branch="prod"),
        ]
    )
    found = audited("", flows, replace(drawn_record("AFlow/1"), system_tags=prod))
    assert [row.flow for row in found.missed] == ["shop.prod.PairFlow"]
    with pytest.raises(FlowNotFound, match=r"say which of shop\.prod\.PairFlow, shop\.test\.PairFlow"):
        found["PairFlow"]


def info(*flows: str) -> Mapping[str, Any]:
    attributes = {"flow": None, "flows": list(flows), "options": {}}
    return {"steps": {}, "decorators": [{"name": "trigger_on_finish", "attributes": attributes}]}


def reading(changed_at: int) -> tuple[list[str], Any]:
    """Reads declarations: PairFlow listens to A until the run of that number, and to B from it on."""
    asked: list[str] = []

    def read(pathspec: str) -> Mapping[str, Any]:
        asked.append(pathspec)
        flow, number = pathspec.split("/")
        if flow != "PairFlow":
            return {"steps": {}, "decorators": []}
        return info("AFlow") if int(number) < changed_at else info("BFlow")

    return asked, read


def test_each_time_is_judged_by_what_was_declared_then() -> None:
    text = (
        "AFlow/1 > PairFlow/3\nAFlow/10\nAFlow/20 > PairFlow/22\nBFlow/30 > PairFlow/32\nAFlow/40\nBFlow/50"
    )
    _, read = reading(changed_at=32)
    found = audited(text, None, read_info=read)["PairFlow"]
    assert found.fired == ("PairFlow/3", "PairFlow/22", "PairFlow/32")
    assert [firing.causes for firing in found.missed] == [("AFlow/10",), ("BFlow/50",)]
    assert "its declaration changed between" in found.notes[0]


def test_many_changes_are_counted() -> None:
    def changing(pathspec: str) -> Mapping[str, Any]:
        return info(f"Flow{pathspec[-1]}")

    runs = "\n".join(f"PairFlow/{n}" for n in range(3, 9))
    assert "; and 2 more changes of it" in audited(runs, None, read_info=changing)["PairFlow"].sentence


def test_a_change_is_found_without_reading_every_run() -> None:
    text = "\n".join(f"AFlow/{n} > PairFlow/{n + 1}" for n in range(1, 200, 2))
    asked, read = reading(changed_at=150)
    audited(text, None, until=300, read_info=read)
    assert len([one for one in asked if one.startswith("PairFlow")]) < 20


def test_nothing_is_expected_of_a_flow_before_its_first_run() -> None:
    _, read = reading(changed_at=999)
    end = TriggerEvent("metaflow.AFlow.end", "AFlow/20/end/9", START + timedelta(minutes=21), "run")
    first = drawn_record("PairFlow/22", (end,))
    found = audited("AFlow/1\nAFlow/10\nAFlow/20", None, first, read_info=read)["PairFlow"]
    assert found.missed == ()
    assert found.fired == ("PairFlow/22",)


def test_what_cannot_be_read_is_concluded_from_the_triggers_and_said_so() -> None:
    def read(pathspec: str) -> Mapping[str, Any]:
        raise ArtifactUnavailable("gone")

    # a run by hand tells nothing
    text = "AFlow/1 > PairFlow/3\nAFlow/5 > PairFlow/6\nPairFlow/8\nAFlow/10"
    found = audited(text, None, read_info=read)["PairFlow"]
    assert [firing.causes for firing in found.missed] == [("AFlow/10",)]
    assert found.notes == ("what it declares is not known, only what triggered it",)


def test_a_window_before_the_first_run_has_little_to_judge() -> None:
    source = MemorySource(drawn_records("AFlow/1 > PairFlow/3"))
    before = datetime.fromisoformat("2025-12-01T00:00:00+00:00")
    found = run_audit(before, until=before + timedelta(days=1), source=source)
    assert found.passed
    assert found.notes == (
        "no run began in this time, so there is little to judge",
        "only later runs tell what these declare, so that they are not judged: AFlow and PairFlow",
    )
    assert found.rows == ()


@pytest.mark.parametrize("changed_at", [5000, 9999])
def test_a_window_between_two_runs_is_judged_by_the_earlier_one(changed_at: int) -> None:
    """What the later run declares counts only if the earlier one declared the same."""
    records = drawn_records("AFlow/1 > PairFlow/3\nAFlow/3000\nBFlow/4999 > PairFlow/5000")
    since = START + timedelta(minutes=2990)
    _, read = reading(changed_at)
    found = run_audit(since, until=since + timedelta(hours=1), source=MemorySource(records), read_info=read)
    assert bool(found["PairFlow"].missed) is (changed_at == 9999)


def test_a_run_that_has_only_begun_does_not_look_like_a_changed_declaration() -> None:
    def read(pathspec: str) -> Mapping[str, Any]:
        if pathspec == "PairFlow/30":
            raise ArtifactUnavailable("not yet")
        return info("AFlow")

    begun = replace(drawn_record("PairFlow/30"), status="running", finished_at=None)
    found = audited("AFlow/1 > PairFlow/3\nAFlow/10", None, begun, read_info=read)["PairFlow"]
    assert found.notes == ()
    assert [firing.causes for firing in found.missed] == [("AFlow/10",)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"since": "soon"}, "since must be a duration before now such as '7d'"),
        ({"since": "2020"}, "since must be a duration before now such as '7d'"),
        ({"since": None}, "since must be a duration"),
        ({"since": "7d", "until": "2000-01-01"}, "the time to audit is empty"),
        ({"timezone": "Moon/Base"}, "time zone 'Moon/Base' is not known"),
        ({"timezone": ""}, "time zone '' is not known"),
        ({"since": "2999-01-01T00:00Z", "until": "3000-01-01"}, "the time to audit is empty"),
        ({"grace": None}, "invalid duration None"),
        ({"flows": "flows/"}, "flows must be a flow map"),
    ],
)
def test_bad_arguments_fail_before_anything_is_read(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidArgument) as failed:
        lineage.audit(**arguments, source="local:/nowhere")
    assert words in str(failed.value)


def test_the_answer_is_a_table_markdown_and_json_in_the_zone_that_is_asked_for() -> None:
    found = audited("AFlow/1\nBFlow/5", timezone="Asia/Tokyo")
    assert "from 2026-01-01 09:00:00 JST to 2026-01-01 11:00:00 JST" in str(found)
    assert "PairFlow  missed  should have fired at 09:06" in str(found)
    assert "| PairFlow | missed | should have fired at 09:06" in found.to_markdown()
    assert "<td>PairFlow</td><td>missed</td>" in found._repr_html_()
    (missed,) = json.loads(json.dumps(found.as_dict()))["flows"][0]["missed"]
    assert missed == {"at": "2026-01-01T00:06:00+00:00", "causes": ["AFlow/1", "BFlow/5"]}


def test_the_explanation_of_a_flow_ends_with_its_line_of_the_audit() -> None:
    record = drawn_record("PairFlow/9", (TriggerEvent("x", "id", START, "event"),))
    story = str(lineage.explain("PairFlow", source=MemorySource([record])))
    assert story.splitlines()[-1].startswith("The last 7 days of PairFlow: did not fire")
