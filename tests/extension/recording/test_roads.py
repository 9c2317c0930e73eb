"""A task records each artifact of another run that it loads, by whatever road, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.extension.recording.recorded import RecordingStore


@pytest.fixture(scope="module")
def store(recording_store: Callable[[str], RecordingStore]) -> RecordingStore:
    return recording_store("roads")


@pytest.fixture(scope="module")
def roads(store: RecordingStore) -> str:
    return store.run("roads")


def test_each_road_is_recorded_once_an_artifact(store: RecordingStore, roads: str) -> None:
    assert store.reads(roads) == {
        "by_run": ["end/model", "end/score"],  # hasattr loads
        "by_task": ["end/score", "end/size", "start/model", "start/rows"],
        "by_others": ["end/model", "end/rows"],
        "in_children": ["end/model", "end/rows", "end/score"],
    }


def test_what_loads_nothing_is_no_read_and_neither_is_the_own_run(store: RecordingStore, roads: str) -> None:
    steps = {task.split("/")[0] for task, _, _ in store.rows(roads, "lineage-reads")}
    assert steps.isdisjoint({"start", "join", "end"})


def test_the_flow_sees_the_values_and_errors_of_metaflow_alone(store: RecordingStore, roads: str) -> None:
    assert store.artifact(roads, "end", "kept") == [
        [{"x": 1}] * 3,
        [{"x": 1}, [0, 1, 2, 3, 4], 0.5, 3],
        [{"x": 1}, [0, 1, 2, 3, 4]] * 4,
    ]
    assert store.artifact(roads, "end", "has") == [True, False]
    assert store.artifact(roads, "end", "refused") == "KeyError('nothing')"


def test_the_start_task_says_which_tasks_have_recorded_something(store: RecordingStore, roads: str) -> None:
    steps = [task.split("/")[0] for task in store.marked(roads)]
    assert steps == ["by_others", "by_run", "by_task", "in_children"]


def test_the_client_takes_no_marker_for_metadata(store: RecordingStore, roads: str) -> None:
    code = f"""
import json
from metaflow import Run
print(json.dumps(sorted(Run({roads!r}, _namespace_check=False)["start"].task.metadata_dict)))
"""
    assert not [name for name in store.client(code) if "lineage" in name]  # type: ignore[attr-defined]  # JSON


def test_the_file_of_child_processes_is_private_and_goes_with_the_task(
    store: RecordingStore, roads: str
) -> None:
    assert store.artifact(roads, "end", "spool_mode") == "0o600"
    assert not Path(store.artifact(roads, "end", "spool")).exists()


@pytest.mark.parametrize(
    ("options", "env"),
    [
        ((), {"METAFLOW_LINEAGE_RECORD": "0"}),
        (("--with", 'environment:vars={"METAFLOW_LINEAGE_RECORD": "0"}'), {}),
    ],
    ids=["for the run", "for its tasks, wherever they run"],
)
def test_one_setting_switches_it_off(
    store: RecordingStore, options: tuple[str, ...], env: dict[str, str]
) -> None:
    run = store.run("reader", *options, env=env)
    assert store.rows(run, "lineage-*") == []
    assert store.marked(run) == []
