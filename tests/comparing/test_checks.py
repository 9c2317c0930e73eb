"""`lineage.check` on small lineages drawn in text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import lineage
from lineage.comparing.checks import Checked
from lineage.errors import CheckFailed, InvalidArgument
from lineage.records.model import RunRecord, TriggerEvent
from lineage.sources import MemorySource
from tests.support.drawn import START, drawn_records

TEXT = "ETLFlow/1 > TrainingFlow/62 > PredictionFlow/64"


def checked(condition: str, text: str = TEXT, **changes: dict[str, object]) -> Checked:
    checks = lineage.check("PredictionFlow/64", condition, source=_source(text, **changes))
    assert bool(checks) is checks.passed is checks.results[0].passed
    return checks.results[0]


def _source(text: str = TEXT, **changes: dict[str, object]) -> MemorySource:
    records: dict[str, RunRecord] = {record.pathspec: record for record in drawn_records(text)}
    for name, change in changes.items():
        key = name.replace("_", "/")
        records[key] = replace(records[key], **change)
    return MemorySource(records.values())


PROD = {"system_tags": ("project:shop", "project_branch:prod")}


@pytest.mark.parametrize(
    "condition",
    [
        "comes from ETLFlow",
        "comes from ETLFlow/1",
        "comes from ETLFlow within 62min",
        "no failed ancestor",
        "no missing ancestor",
        "same project branch",
        "not stale",
    ],
)
def test_what_holds_passes(condition: str) -> None:
    assert checked(condition).passed


@pytest.mark.parametrize(
    ("condition", "text", "changes", "reason", "path"),
    [
        ("comes from ETLFlow within 1h", TEXT, {}, "ETLFlow/1 ended 1 h 2 min before it began", TEXT),
        ("comes from EtlFlow", TEXT, {}, "no run of EtlFlow led to it; did you mean ETLFlow?", ""),
        (
            "comes from ETLFlow within 1h",
            TEXT,
            {"ETLFlow_1": {"finished_at": None}},
            "it is not recorded when ETLFlow/1 ended",
            TEXT,
        ),
        (
            "comes from ETLFlow within 1h",
            TEXT,
            {"PredictionFlow_64": {"created_at": None}},
            "it is not recorded when it began",
            TEXT,
        ),
        (
            "no failed ancestor",
            TEXT,
            {"ETLFlow_1": {"status": "failed", "failed_step": "load"}},
            "ETLFlow/1 failed at step load",
            TEXT,
        ),
        (
            "no missing ancestor",
            TEXT.replace("/1 ", "/1? "),
            {},
            "ETLFlow/1 no longer exists or cannot be read",
            TEXT,
        ),
        (
            "same project branch",
            TEXT,
            {"TrainingFlow_62": PROD, "ETLFlow_1": PROD},
            "ETLFlow/1 is of project shop, branch prod, and it is of no project",
            TEXT,
        ),
        (
            "not stale",
            f"{TEXT}\nETLFlow/30 > OtherFlow/31",
            {},
            "TrainingFlow/62 used ETLFlow/1 -> ETLFlow/30 (1 newer run, 29 min)",
            TEXT,
        ),
        (
            "comes from TrainingFlow within 1h",
            "TrainingFlow/90 > PredictionFlow/64",
            {},
            "began 27 min before TrainingFlow/90 ended, which led to it: do the clocks disagree?",
            "TrainingFlow/90 > PredictionFlow/64",
        ),
    ],
)
def test_what_does_not_hold_fails_with_the_path_that_breaks_it(
    condition: str, text: str, changes: dict[str, dict[str, object]], reason: str, path: str
) -> None:
    result = checked(condition, text, **changes)
    assert (result.passed, result.reason) == (False, reason)
    assert result.path == tuple(path.split(" > ")) if path else ("PredictionFlow/64",)


def test_the_answer_is_text_markdown_json_and_an_assertion() -> None:
    conditions = ("comes from ETLFlow within 1h", "no failed ancestor")
    checks = lineage.check("PredictionFlow/64", *conditions, source=_source())
    assert str(checks).splitlines() == [
        "PredictionFlow/64: 1 of 2 conditions met",
        "- ✖ comes from ETLFlow within 1h: ETLFlow/1 ended 1 h 2 min before it began",
        "  - ETLFlow/1 -> TrainingFlow/62 -> PredictionFlow/64",
        "- ✔ no failed ancestor: no run that led to it failed",
    ]
    assert "  - ETLFlow/1 -\\> TrainingFlow/62" in checks.to_markdown()
    assert checks.as_dict()["results"][0]["path"] == ["ETLFlow/1", "TrainingFlow/62", "PredictionFlow/64"]
    with pytest.raises(AssertionError, match="1 of 2 conditions met") as failed:
        checks.raise_for_failure()
    assert isinstance(failed.value, CheckFailed)


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ((), "at least one condition"),
        (("no fail ancestor",), "unknown condition 'no fail ancestor'; did you mean no failed ancestor?"),
        (("comes from ETLFlow within soon",), "invalid duration 'soon'"),
        ((7,), "unknown condition 7; use 'comes from ETLFlow', 'comes from ETLFlow within 24h', 'no failed"),
    ],
)
def test_a_condition_that_is_none_fails_before_anything_is_read(
    conditions: tuple[str, ...], words: str
) -> None:
    with pytest.raises(InvalidArgument) as failed:
        lineage.check("NoFlow/1", *conditions, source=MemorySource([]))
    assert words in str(failed.value)


@pytest.mark.parametrize(
    ("condition", "text", "changes", "reason"),
    [
        (
            "comes from ParentFlow within 1min",
            "ParentFlow/63 => PredictionFlow/64",
            {"ParentFlow_63": {"finished_at": START + timedelta(minutes=90)}},
            "it began before ParentFlow/63 had ended",
        ),
        (
            "comes from ParentFlow within 1min",
            "ParentFlow/63 => PredictionFlow/64",
            {"ParentFlow_63": {"finished_at": None, "status": "running"}},
            "it began before ParentFlow/63 had ended",
        ),
        (
            "comes from TrainingFlow within 1h",
            "TrainingFlow/62 .model.> PredictionFlow/64",
            {"TrainingFlow_62": {"finished_at": START + timedelta(minutes=90)}},
            "it began before TrainingFlow/62 had ended",
        ),
        (  # it still ran when MidFlow/30 began, and not when the run did that is asked about
            "comes from OldFlow within 1h",
            "OldFlow/1 .table.> MidFlow/30 > PredictionFlow/64",
            {"OldFlow_1": {"finished_at": START + timedelta(minutes=50)}},
            "OldFlow/1 ended 14 min before it began",
        ),
        (
            "comes from ETLFlow within 10min",
            "ETLFlow/90 > PredictionFlow/64\nETLFlow/60 > PredictionFlow/64",
            {},
            "ETLFlow/60 ended 3 min before it began",
        ),
        (
            "comes from event:ready within 1d",
            "ready! > PredictionFlow/64",
            {},
            "event:ready/id arrived 1 h 4 min before it began",
        ),
        (
            "no failed ancestor",
            TEXT.replace("/1 ", "/1? "),
            {},
            "no run that led to it failed, as far as can be told: ETLFlow/1 can no longer be read",
        ),
        (
            "not stale",
            TEXT.replace("/1 ", "/1? "),
            {},
            "no newer versions of what it was built on; whether newer versions exist cannot be told of "
            "inputs that no longer exist: ETLFlow/1",
        ),
    ],
)
def test_what_holds_says_how_and_what_could_not_be_looked_at(
    condition: str, text: str, changes: dict[str, dict[str, object]], reason: str
) -> None:
    result = checked(condition, text, **changes)
    assert (result.passed, result.reason) == (True, reason)


def test_one_run_is_checked_at_a_time_and_the_nearest_run_of_a_flow_is_shown() -> None:
    with pytest.raises(InvalidArgument, match=r"^check one run at a time, not 2$"):
        lineage.check(["AFlow/1", "BFlow/2"], "not stale", source=_source())  # type: ignore[arg-type] # on purpose
    with pytest.raises(InvalidArgument, match=r"such as 'comes from ETLFlow within 24h'$"):
        lineage.check("AFlow/1", source=_source())
    text = "ETLFlow/1 > TrainingFlow/2 > PredictionFlow/64\nETLFlow/9 > PredictionFlow/64"
    assert checked("comes from ETLFlow", text).path == ("ETLFlow/9", "PredictionFlow/64")
    assert checked("comes from event:nothing").reason == "no event:nothing led to it"


def test_near_names_are_those_of_ancestors_and_events() -> None:
    text = "new_data! > PredictionFlow/64"
    assert checked("comes from PredictionFlow", text).reason == "no run of PredictionFlow led to it"
    assert "did you mean event:new_data?" in checked("comes from new_data", text).reason


DIAMOND = "ETLFlow/1 > TrainingFlow/2 > PredictionFlow/64\nETLFlow/1 > AFlow/3 > PredictionFlow/64"


@pytest.mark.parametrize(
    ("condition", "text", "changes", "reason", "path"),
    [
        ("no failed ancestor", DIAMOND, {"ETLFlow_1": {"status": "failed"}}, "ETLFlow/1 failed", None),
        (
            "no missing ancestor",
            DIAMOND.replace("/1 ", "/1? "),
            {},
            "ETLFlow/1 no longer exists or cannot be read",
            None,
        ),
        (
            "same project branch",
            DIAMOND,
            {"ETLFlow_1": PROD},
            "ETLFlow/1 is of project shop, branch prod, and it is of no project",
            None,
        ),
        (
            "not stale",
            f"{DIAMOND}\nAFlow/3 > BFlow/5 > PredictionFlow/64\nETLFlow/30 > OtherFlow/31",
            {},
            "AFlow/3 used ETLFlow/1 -> ETLFlow/30 (1 newer run, 29 min)",
            ("ETLFlow/1", "AFlow/3", "PredictionFlow/64"),
        ),
    ],
)
def test_of_several_ways_the_shortest_is_shown(
    condition: str, text: str, changes: dict[str, Any], reason: str, path: tuple[str, ...] | None
) -> None:
    result = checked(condition, text, **changes)
    assert (result.passed, result.reason) == (False, reason)
    if path is None:
        assert len(result.path) == 3
        assert (result.path[0], result.path[2]) == ("ETLFlow/1", "PredictionFlow/64")
    else:
        assert result.path == path


def test_a_stale_run_itself_is_shown_with_its_input() -> None:
    result = checked("not stale", "ETLFlow/1 > PredictionFlow/64\nETLFlow/30 > OtherFlow/31")
    assert result.reason == "PredictionFlow/64 used ETLFlow/1 -> ETLFlow/30 (1 newer run, 29 min)"
    assert result.path == ("ETLFlow/1", "PredictionFlow/64")


def test_a_stale_run_that_did_not_lead_to_it_is_not_shown() -> None:
    text = """
        ETLFlow/1 > TrainingFlow/62 > PredictionFlow/64 => ChildFlow/65 .x.> PredictionFlow/64
        AFlow/1 > BFlow/2 > ChildFlow/65
        ETLFlow/30
        AFlow/30
    """
    result = checked("not stale", text)  # BFlow/2 is stale, too, but is no ancestor
    assert result.path == ("ETLFlow/1", "TrainingFlow/62", "PredictionFlow/64")


def test_a_run_that_is_gone_has_no_branch_to_differ_by() -> None:
    result = checked("same project branch", TEXT.replace("/1 ", "/1? "))
    assert result.passed
    assert result.reason == (
        "it and all runs that led to it are of no project, as far as can be told: "
        "ETLFlow/1 can no longer be read"
    )
    assert checked("no missing ancestor").reason == "all runs that led to it can be read"
    of_prod = {"TrainingFlow_62": PROD, "PredictionFlow_64": PROD}
    assert checked("same project branch", TEXT.replace("/1 ", "/1? "), **of_prod).passed


@pytest.mark.parametrize(
    ("event", "early"),
    [
        ("metaflow.AFlow.load", True),
        ("metaflow.AFlow.end", False),
        ("metaflow.AFlow.last", False),
    ],
)
def test_a_run_may_be_set_off_by_a_step_before_the_run_ends_and_not_by_its_end(
    event: str, early: bool
) -> None:
    step = event.rpartition(".")[2]
    sent = TriggerEvent(event, f"AFlow/1/{step}/2", START, "event" if early else "run")
    changes: dict[str, Any] = {
        "PredictionFlow_64": {"triggers": (sent,)},
        "AFlow_1": {"end_step": "last", "finished_at": START + timedelta(minutes=90)},
    }
    result = checked("comes from AFlow within 1min", "AFlow/1\nPredictionFlow/64", **changes)
    assert result.passed == early
    assert result.reason == (
        "it began before AFlow/1 had ended"
        if early
        else "began 26 min before AFlow/1 ended, which led to it: do the clocks disagree?"
    )


def test_a_resumed_run_does_not_begin_before_its_origin_has_ended() -> None:
    late = {"finished_at": START + timedelta(minutes=90)}
    result = checked(
        "comes from PredictionFlow/1 within 1min",
        "PredictionFlow/1 ~ PredictionFlow/64",
        PredictionFlow_1=late,
    )
    assert not result.passed
    assert "do the clocks disagree?" in result.reason


def test_what_is_known_and_may_be_counts_before_what_is_not() -> None:
    text = "\n".join(f"ETLFlow/{n} > PredictionFlow/64" for n in (10, 20, 30, 80))
    unknown = {"ETLFlow_30": {"finished_at": None}}
    result = checked("comes from ETLFlow within 50min", text, **unknown)
    assert (result.passed, result.reason) == (True, "ETLFlow/20 ended 43 min before it began")
    late = checked("comes from ETLFlow", text)
    assert late.path == ("ETLFlow/10", "PredictionFlow/64")
    gone: dict[str, Any] = {f"ETLFlow_{n}": {"finished_at": None} for n in (10, 20, 30)}
    assert "do the clocks" in checked("comes from ETLFlow within 1h", text, **gone).reason
    at_once = {"ETLFlow_20": {"finished_at": START + timedelta(minutes=63, seconds=59.5)}}
    assert checked("comes from ETLFlow within 1s", text, **at_once).reason == (
        "ETLFlow/20 ended 0.5 s before it began"
    )
    exact = f"{text}\nETLFlow/63 > PredictionFlow/64"  # a run takes a minute
    assert checked("comes from ETLFlow within 0.1s", exact, **at_once).reason == (
        "ETLFlow/63 ended 0.0 s before it began"
    )
    going_on = checked("comes from ETLFlow within 0.1s", f"{exact}\nETLFlow/64 => PredictionFlow/64")
    assert going_on.reason == "it began before ETLFlow/64 had ended"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("ParentFlow", "ParentFlow/63 => PredictionFlow/64", "ParentFlow/63 ended 0.0 s before it began"),
        ("ETLFlow", "ETLFlow/63 > PredictionFlow/64", "ETLFlow/63 ended 0.0 s before it began"),
        ("event:ready", "PredictionFlow/64", "event:ready/id arrived 0.0 s before it began"),
    ],
)
def test_what_ended_or_arrived_as_the_run_began_is_not_said_to_have_gone_on(
    name: str, text: str, words: str
) -> None:
    sent = (TriggerEvent("ready", "id", START + timedelta(minutes=64), "event"),)
    changes: dict[str, Any] = {"PredictionFlow_64": {"triggers": sent}} if name == "event:ready" else {}
    result = checked(f"comes from {name} within 1s", text, **changes)
    assert (result.passed, result.reason) == (True, words)
