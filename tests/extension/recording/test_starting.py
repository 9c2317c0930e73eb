"""A run knows the task that started it, or that task knows the run; and a task knows what it published."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from tests.extension.recording.recorded import FLOWS, RecordingStore
from tests.extension.recording.webhook import Events


@pytest.fixture(scope="module")
def store(recording_store: Callable[[str], RecordingStore]) -> RecordingStore:
    return recording_store("starting")


@pytest.fixture(scope="module")
def starting(store: RecordingStore, events: Events) -> str:
    return store.run("starting", env={"WEBHOOK": events.url})


def parents(store: RecordingStore, pathspec: str) -> list[tuple[str, str]]:
    return [(task, value) for task, _, value in store.rows(pathspec, "lineage-spawned-by")]


def test_the_start_task_of_a_run_that_a_task_started_names_that_task(
    store: RecordingStore, starting: str
) -> None:
    by_runner = store.artifact(starting, "start", "by_runner")
    told = store.artifact(starting, "start", "told")
    by_command = "MakerFlow/" + re.findall(r"run-id (\d+)", told)[0]
    for child in (by_runner, by_command):
        assert parents(store, child) == [("start/1", f"{starting}/start/1")]


def test_a_run_that_no_task_started_names_none(store: RecordingStore, starting: str) -> None:
    assert parents(store, store.maker) == parents(store, starting) == []


def test_a_task_that_reads_the_run_that_it_started_records_that_too(
    store: RecordingStore, starting: str
) -> None:
    (row,) = store.rows(starting, "lineage-reads")
    by_runner = store.artifact(starting, "start", "by_runner")
    ((task, ((artifact, _),)),) = json.loads(row[2])["reads"]
    assert (row[0], task, artifact) == ("start/1", f"{by_runner}/end/2", "score")


def test_the_parent_records_a_run_that_it_triggered_on_an_orchestrator(
    store: RecordingStore, starting: str
) -> None:
    ((task, attempt, value),) = store.rows(starting, "lineage-spawned")
    assert (task, attempt) == ("start/1", "attempt_id:0")
    assert json.loads(value) == {"v": 1, "runs": ["MakerFlow/argo-makerflow-x7k2p"], "rest": 0}


def test_events_that_were_sent_are_recorded_with_the_ids_that_listeners_see(
    store: RecordingStore, starting: str, events: Events
) -> None:
    ((task, _, value),) = store.rows(starting, "lineage-published")
    ids = store.artifact(starting, "publish", "ids")
    assert json.loads(value)["events"] == [["first", ids[0]], ["first", "my-own"]]
    assert [payload["id"] for payload in events.payloads] == ids
    assert store.marked(starting) == [task]


def test_a_variable_that_does_not_name_a_task_is_ignored(store: RecordingStore) -> None:
    run = store.run("maker", env={"METAFLOW_LINEAGE_TASK": "A/1/start"})
    assert store.rows(run, "lineage-*") == []


def test_a_resumed_run_names_the_task_that_resumed_it_and_not_the_first_one(store: RecordingStore) -> None:
    first = store.run("maker", env={"METAFLOW_LINEAGE_TASK": "NightlyFlow/7/start/1"})
    assert parents(store, first) == [("start/1", "NightlyFlow/7/start/1")]
    before = {path.name for path in (store.metaflow_dir / "MakerFlow").iterdir()}
    finished = store.flow(
        FLOWS / "maker.py",
        "--origin-run-id",
        first.split("/")[1],
        "end",
        command="resume",
        env={"METAFLOW_LINEAGE_TASK": "WeeklyFlow/8/fix/3"},
    )
    assert finished.returncode == 0, finished.output
    (resumed,) = {
        path.name for path in (store.metaflow_dir / "MakerFlow").iterdir() if path.name.isdigit()
    } - before
    assert parents(store, f"MakerFlow/{resumed}") == [("start/1", "WeeklyFlow/8/fix/3")]
