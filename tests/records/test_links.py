"""Records about other runs, half-written, foreign or twice: a problem in words, or nothing lost."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from lineage.records.causes import causes
from lineage.records.metadata import run_record
from lineage.records.model import ArtifactRead, CountedReads, RunRecord, TriggerEvent

NOW = datetime(2026, 5, 2, tzinfo=timezone.utc)
RUN = {"flow_id": "A", "run_number": "1", "ts_epoch": 1_777_600_000_000}
MODEL = ["B/2/end/3", [["model", "ab12"]]]


def row(field: str, value: Any, step: str = "start", at: int = 1, task: str = "1") -> dict[str, Any]:
    text = value if isinstance(value, str) else json.dumps(value)
    return {"step_name": step, "task_id": task, "field_name": field, "value": text, "ts_epoch": at}


def record(*rows: dict[str, Any], origin: RunRecord | None = None) -> RunRecord:
    return run_record(RUN, [*rows, row("attempt_ok", "True", "end", 5)], NOW, origin)


def test_reads_are_told_with_the_step_that_read() -> None:
    read = record(row("lineage-reads", {"v": 1, "reads": [MODEL], "more": [["C/3", 7]]}, "train"))
    assert read.reads == (ArtifactRead("B/2/end/3", "model", "ab12", "train"),)
    assert read.counted_reads == (CountedReads("C/3", 7, "train"),)
    assert (read.problems, read.spawned_by) == ((), None)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ('{"v":1,"reads":[["B/2/end/3",[["mod', "its record lineage-reads is not valid JSON"),
        ({"v": 99, "reads": [MODEL]}, "version 1 of the format"),
        ([MODEL], "not a JSON object"),
        ({"v": 1, "reads": [["B/2", ["model"]], MODEL]}, "1 entry cannot be read"),
        ({"v": 1, "reads": {"B/2/end/3": "model"}}, "1 entry cannot be read"),
        ({"v": 1, "more": [["C/3", -7]]}, "1 entry cannot be read"),
        ({"v": 1, "rest": [3, 40]}, "read 40 artifacts of 3 more runs"),
        ({"v": 1, "reads": [["A/1/start/1", ["own"]]]}, "reading its own artifacts"),
        ({"v": 1, "reads": [[*MODEL, "service@https://elsewhere"]]}, "B/2 in service@https://elsewhere"),
    ],
)
def test_a_broken_record_of_reads_is_a_problem(value: Any, problem: str) -> None:
    read = record(row("lineage-reads", value))
    assert len(read.problems) == 1
    assert problem in read.problems[0]


@pytest.mark.parametrize("value", [{"reads": [["A/1/start/1", ["own"]]]}, {"more": [["A/1", 7]]}])
def test_a_run_that_read_its_own_artifacts_has_no_link_to_itself(value: Any) -> None:
    read = record(row("lineage-reads", {"v": 1, **value}))
    assert (read.reads, read.counted_reads) == ((), ())
    assert read.problems == ("recorded as reading its own artifacts; that link is left out",)


@pytest.mark.parametrize("value", [{"reads": [[*MODEL, "s3@x"]]}, {"more": [["B/2", 7, "s3@x"]]}])
def test_what_was_read_of_another_store_is_said_and_not_drawn(value: Any) -> None:
    read = record(row("lineage-reads", {"v": 1, **value}))
    assert (read.reads, read.counted_reads) == ((), ())
    assert read.problems == ("it read artifacts of B/2 in s3@x, which is not part of this source",)


def test_a_cause_has_all_that_was_counted_of_it_and_inherited_triggers_are_none_of_its_own() -> None:
    counted = (CountedReads("B/2", 7, "a"), CountedReads("B/2", 5, "b"))
    inherited = TriggerEvent("e", "1", None, "event")
    run = RunRecord("A", "1", counted_reads=counted, origin="A/0", triggers=(inherited,), inherited=True)
    assert [(edge.key, edge.counted) for edge in causes(run, {})] == [("A/0", 0), ("B/2", 12)]


def test_what_can_be_read_of_a_broken_record_stays() -> None:
    read = record(row("lineage-reads", {"v": 1, "reads": [["nonsense"], MODEL]}))
    assert [artifact.artifact for artifact in read.reads] == ["model"]


def test_a_thousand_unknown_keys_change_nothing() -> None:
    value = {"v": 1, "reads": [MODEL]} | {f"key{i}": i for i in range(1000)}
    assert record(row("lineage-reads", value)) == record(row("lineage-reads", {"v": 1, "reads": [MODEL]}))


def test_of_two_attempts_the_last_one_read_and_both_published() -> None:
    first = {"v": 1, "reads": [["B/2/end/3", ["old"]]]}
    second = {"v": 1, "reads": [["B/2/end/3", ["new"]]]}
    published = [{"v": 1, "events": [[name, "id"]]} for name in ("first", "second")]
    read = record(
        row("lineage-reads", first, at=1),
        row("lineage-reads", second, at=3),
        row("lineage-published", published[0], at=1),
        row("lineage-published", published[1], at=3),
    )
    assert [artifact.artifact for artifact in read.reads] == ["new"]
    assert read.published == ("event:first/id", "event:second/id")


def test_fifty_readers_of_one_artifact_are_one_read() -> None:
    rows = [row("lineage-reads", {"v": 1, "reads": [MODEL]}, "train", task=str(i)) for i in range(50)]
    assert len(record(*rows).reads) == 1


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("B/2", "its record lineage-spawned-by does not name a task"),
        ("", "its record lineage-spawned-by does not name a task"),
        ("A/1/start/1", "recorded as started by a task of its own; that link is left out"),
    ],
)
def test_a_parent_that_cannot_be_is_a_problem(value: str, problem: str) -> None:
    read = record(row("lineage-spawned-by", value))
    assert read.spawned_by is None
    assert read.problems == (problem,)


def test_a_resumed_run_has_what_its_copied_tasks_read_and_not_as_its_own() -> None:
    model = ArtifactRead("B/2/end/3", "model", "ab12", "train")
    other = ArtifactRead("B/2/end/3", "rows", None, "report")
    origin = RunRecord("A", "0", reads=(model, other))
    resumed = record(row("origin-run-id", "0"), row("origin-task-id", "7", "train"), origin=origin)
    assert (resumed.reads, resumed.copied_reads) == ((), (model,))


@pytest.mark.parametrize("field", ["lineage-spawned", "lineage-published"])
def test_a_list_that_was_cut_says_how_much_is_missing(field: str) -> None:
    read = record(row(field, {"v": 1, "runs": ["C/1"], "events": [["e", "1"]], "rest": 12}))
    assert "12 more" in read.problems[0]
