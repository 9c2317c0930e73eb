"""Each attempt of a task has its own record, whatever becomes of the attempt."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

import lineage
from tests.extension.recording.recorded import FLOWS, RecordingStore


@pytest.fixture(scope="module")
def store(recording_store: Callable[[str], RecordingStore]) -> RecordingStore:
    return recording_store("attempts")


@pytest.fixture(scope="module")
def failed(store: RecordingStore) -> str:
    """A run that failed when all tasks that read were done."""
    finished = store.flow(FLOWS / "attempts.py", env={"FAIL": "1"})
    assert finished.returncode == 1
    assert finished.pathspec, finished.output
    return finished.pathspec


def test_fifty_readers_in_a_foreach(store: RecordingStore, failed: str) -> None:
    rows = [row for row in store.rows(failed, "lineage-reads") if row[0].startswith("each/")]
    assert len({task for task, _, _ in rows}) == len(rows) == 50
    assert {name for row in rows for name in store.names(row[2])} == {"end/rows"}
    assert sum(task.startswith("each/") for task in store.marked(failed)) == 50


def test_what_fifty_readers_read_is_told_once(store: RecordingStore, failed: str) -> None:
    source = f"local:{store.root}"
    reason = lineage.explain(failed, source=source).reason
    assert re.search(r"it read model, rows, score and size of MakerFlow/\d+$", reason), reason
    assert lineage.trace(failed, source=source).stale(source).runs == ()


def test_two_attempts_have_two_records(store: RecordingStore, failed: str) -> None:
    first, second = (row for row in store.rows(failed, "lineage-reads") if row[0].startswith("twice/"))
    assert first[0] == second[0]
    assert (first[1], store.names(first[2])) == ("attempt_id:0", ["end/model"])
    assert (second[1], store.names(second[2])) == ("attempt_id:1", ["end/score"])


def test_a_task_whose_error_is_caught(store: RecordingStore, failed: str) -> None:
    assert store.reads(failed)["caught"] == ["end/size"]


def test_each_task_of_a_gang_has_its_own(store: RecordingStore, failed: str) -> None:
    rows = [row for row in store.rows(failed, "lineage-reads") if row[0].startswith("together/")]
    assert sorted(store.names(value) for _, _, value in rows) == [["end/model"], ["end/score"]]


def test_a_resumed_run_leads_to_the_records_of_the_run_that_it_copied(
    store: RecordingStore, failed: str
) -> None:
    finished = store.flow(FLOWS / "attempts.py", "--origin-run-id", failed.split("/")[1], command="resume")
    assert finished.returncode == 0, finished.output
    (resumed,) = {path.parent.name for path in store.metaflow_dir.glob("AttemptsFlow/*/end")}
    pathspec = f"AttemptsFlow/{resumed}"
    assert store.rows(pathspec, "lineage-*") == []  # copied tasks run no code
    origins = {task: value for task, _, value in store.rows(pathspec, "origin-task-id")}
    copied = [value for task, value in origins.items() if task.startswith(("twice/", "caught/"))]
    readers = [task.split("/")[1] for task, _, _ in store.rows(failed, "lineage-reads")]
    assert len(copied) == 2
    assert set(copied) <= set(readers)
