"""Newer versions by a catalog, and which runs are judged without being asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import lineage
from lineage.comparing.stale import StaleRuns, stale_everywhere, stale_runs
from lineage.errors import InvalidArgument
from lineage.records.model import Problem
from lineage.sources import MemorySource
from tests.support.drawn import START, drawn_records
from tests.support.hasty import Hasty

TEXT = """
    ETLFlow/1 > TrainingFlow/2 > PredictionFlow/3
    ETLFlow/5 > OtherFlow/9
    ETLFlow/7 > OtherFlow/11
"""


@pytest.fixture(params=["memory", "catalog"])
def kind(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LINEAGE_CACHE", str(tmp_path))
    return str(request.param)


def source(kind: str, text: str = TEXT, **changes: dict[str, Any]) -> MemorySource:
    records = {record.pathspec: record for record in drawn_records(text)}
    for name, change in changes.items():
        key = name.replace("_", "/")
        records[key] = replace(records[key], **change)
    return Hasty(list(records.values())) if kind == "catalog" else MemorySource(records.values())


def stale(run: str, store: MemorySource, **options: Any) -> StaleRuns:
    return stale_runs(lineage.trace(run, source=store, **options), store)


def inputs(found: StaleRuns) -> list[tuple[str, str, int, float]]:
    return [(i.run, i.newest, i.runs, i.seconds) for run in found for i in run.inputs]


def test_the_newest_success_counts_with_those_before_it_that_may_have_succeeded(kind: str) -> None:
    store = source(kind, ETLFlow_7={"status": "failed"})
    assert inputs(stale("TrainingFlow/2", store)) == [("ETLFlow/1", "ETLFlow/5", 1, 240.0)]
    assert inputs(stale("TrainingFlow/2", source(kind))) == [("ETLFlow/1", "ETLFlow/7", 2, 360.0)]


def test_a_run_of_another_project_or_branch_is_no_newer_version(kind: str) -> None:
    tags = {"system_tags": ("project:shop", "project_branch:prod")}
    other = {"system_tags": ("project:shop", "project_branch:test")}
    store = source(kind, ETLFlow_1=tags, ETLFlow_5=tags, ETLFlow_7=other)
    assert inputs(stale("TrainingFlow/2", store)) == [("ETLFlow/1", "ETLFlow/5", 1, 240.0)]


def test_in_the_past_a_run_that_was_going_on_had_not_succeeded(kind: str) -> None:
    then = START + timedelta(minutes=5.5)
    assert inputs(stale("TrainingFlow/2", source(kind), as_of=then)) == []
    then = START + timedelta(minutes=7.5)
    assert inputs(stale("TrainingFlow/2", source(kind), as_of=then)) == [("ETLFlow/1", "ETLFlow/5", 1, 240.0)]


def test_of_many_failures_the_success_before_them_is_found(kind: str) -> None:
    later = "\n".join(f"ETLFlow/{n}" for n in range(10, 75))
    failed: dict[str, Any] = {f"ETLFlow_{n}": {"status": "failed"} for n in range(10, 75)}
    found = stale("TrainingFlow/2", source(kind, f"{TEXT}\n{later}", **failed))
    assert inputs(found) == [("ETLFlow/1", "ETLFlow/7", 2, 360.0)]


def test_two_uses_of_a_flow_each_have_their_newer_versions(kind: str) -> None:
    store = source(kind, f"{TEXT}\nETLFlow/5 > TrainingFlow/2\nETLFlow/7 > TrainingFlow/2")
    assert inputs(stale("TrainingFlow/2", store)) == [
        ("ETLFlow/1", "ETLFlow/7", 2, 360.0),
        ("ETLFlow/5", "ETLFlow/7", 1, 120.0),
    ]


def test_everywhere_judges_the_latest_success_of_each_flow_and_branch(kind: str) -> None:
    text = f"{TEXT}\nETLFlow/1 > TrainingFlow/4\nETLFlow/1 > TrainingFlow/8\nETLFlow/1 > TrainingFlow/6"
    branch = {"system_tags": ("project:shop", "project_branch:test")}
    store = source(kind, text, TrainingFlow_8={"status": "failed"}, TrainingFlow_4=branch)
    found = stale_everywhere(store)
    assert {run.run for run in found} == {
        "TrainingFlow/2",
        "TrainingFlow/4",
        "TrainingFlow/6",
        "PredictionFlow/3",
    }
    assert found.lineage.source == store.label


def test_everywhere_looks_one_step_back_from_the_current_runs_and_not_at_what_follows_from_them(
    kind: str,
) -> None:
    text = """
        ETLFlow/1 > TrainingFlow/2 > PredictionFlow/3
        ETLFlow/5 > TrainingFlow/6 > PredictionFlow/4
        TrainingFlow/7 > PredictionFlow/8
        PredictionFlow/4 > ReportFlow/9
        ETLFlow/10
    """
    failed: dict[str, Any] = {"PredictionFlow_8": {"status": "failed"}}
    found = stale_everywhere(source(kind, text, **failed))
    assert set(found.lineage.graph) == {
        *("ETLFlow/10", "TrainingFlow/7", "PredictionFlow/4", "ReportFlow/9"),
        "TrainingFlow/6",  # of which PredictionFlow/4 was made; ETLFlow/5, one step before, is no input of it
    }
    assert inputs(found) == [("TrainingFlow/6", "TrainingFlow/7", 1, 60.0)]


def test_where_no_run_succeeded_nothing_is_judged(kind: str) -> None:
    empty = stale_everywhere(source(kind, "ETLFlow/1", ETLFlow_1={"status": "failed"}))
    assert (empty.runs, empty.notes, len(empty.lineage)) == ((), (), 0)
    assert empty.lineage.source == "records in memory"


def test_problems_of_the_refresh_are_notes_and_progress_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINEAGE_CACHE", str(tmp_path))
    store, told = Hasty(drawn_records(TEXT), (Problem("A", "cannot be listed"),)), list[int]()
    lin = lineage.trace("TrainingFlow/2", source=store)
    found = stale_runs(lin, store, lambda done, total: told.append(done))
    assert found.notes == ("A: cannot be listed",)
    assert [run.run for run in found] == ["TrainingFlow/2"]
    everywhere = stale_everywhere(store, lambda done, total: told.append(done))
    assert everywhere.notes[-1] == "A: cannot be listed"
    assert told == [7, 7]
    with pytest.raises(InvalidArgument, match=r"from the local.*: give its source, as to lineage\.trace$"):
        stale_runs(lin, f"local:{tmp_path}")


class Never:
    """A `cancel` that is never set."""

    def is_set(self) -> bool:
        return False


@pytest.mark.parametrize("key", [None, "memory:hasty"])
@pytest.mark.parametrize(
    "ask",
    [
        lambda **options: lineage.explain("TrainingFlow", **options),
        lambda **options: lineage.check("TrainingFlow", "not stale", **options),
        lambda **options: lineage.diff("PredictionFlow/3", "OtherFlow", **options),
        lambda **options: stale_runs(lineage.trace("TrainingFlow", **options), **options),
        stale_everywhere,
    ],
    ids=["explain", "check", "diff", "stale", "stale everywhere"],
)
def test_every_reading_for_an_answer_can_be_cancelled(
    ask: Callable[..., Any], key: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINEAGE_CACHE", str(tmp_path))
    store, cancel = Hasty(drawn_records(TEXT)), Never()
    store.key = key
    ask(source=store, cancel=cancel)
    assert store.cancels == {cancel}


def test_the_answers_that_refresh_the_catalog_tell_their_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, told = Hasty(drawn_records(TEXT)), list[str]()
    for name, ask in {
        "explain": lambda **options: lineage.explain("TrainingFlow", **options),
        "check": lambda **options: lineage.check("TrainingFlow", "not stale", **options),
    }.items():
        monkeypatch.setenv("LINEAGE_CACHE", str(tmp_path / name))
        ask(source=store, progress=lambda done, total, name=name: told.append(name))
    assert set(told) == {"explain", "check"}


def test_a_check_says_all_that_could_not_be_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEAGE_CACHE", str(tmp_path))
    problems = (Problem("A", "cannot be listed"), Problem("B", "is broken"))
    checks = lineage.check("ETLFlow/1", "not stale", source=Hasty(drawn_records(TEXT), problems))
    assert checks.results[0].reason == (
        "no newer versions of what it was built on; A: cannot be listed; B: is broken"
    )


def test_many_inputs_and_many_causes_are_counted(kind: str) -> None:
    def text(count: int) -> str:
        flows = [f"F{n}/1 > JoinFlow/9\nF{n}/2 > OtherFlow/11" for n in range(count)]
        return "\n".join(flows)

    four, five, six = (str(stale("JoinFlow/9", source(kind, text(n))).runs[0]) for n in (4, 5, 6))
    assert four.endswith("F3/1 -> F3/2 (1 newer run, 1 min)")
    assert five.endswith("F3/1 -> F3/2 (1 newer run, 1 min); 1 more outdated input")
    assert six.endswith("; 2 more outdated inputs")
