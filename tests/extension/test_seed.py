"""Every code block of the seed, as a real flow, and what its client side answers."""

from __future__ import annotations

import json
import re

import pytest

from tests.extension.conftest import Runs
from tests.extension.reading import artifacts, evaluated, start_fields


@pytest.fixture(scope="module")
def data(runs: Runs) -> str:
    return runs.flow("data", trigger=["first", "second"])


@pytest.fixture(scope="module")
def prediction(runs: Runs) -> tuple[str, str]:
    finished = runs.finished("prediction", trigger=[runs.training])
    assert finished.returncode == 0, finished.output
    return finished.pathspec or "", finished.output


def test_a_flow_sees_the_run_that_triggered_it_and_its_artifacts(
    runs: Runs, prediction: tuple[str, str]
) -> None:
    pathspec, output = prediction
    assert f"Triggering Run object Run('{runs.training}')" in output
    assert "Triggering event name metaflow.TrainingFlow.end" in output
    assert re.search(r"Triggering timestamp \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n", output)
    assert "Model value 1" in output
    assert artifacts(runs.store, pathspec, "model") == {"model": {"x": 1}}


def test_the_client_shows_the_same_and_follows_the_chain(runs: Runs, prediction: tuple[str, str]) -> None:
    pathspec, _ = prediction
    assert evaluated(runs.store, f"Run('{pathspec}').trigger.run.pathspec") == runs.training
    assert evaluated(runs.store, f"Run('{pathspec}').trigger.run.trigger.run.pathspec") == runs.etl
    assert evaluated(runs.store, "Flow('PredictionFlow').latest_run.trigger.data.model") == {"x": 1}
    assert evaluated(runs.store, f"lineage.trigger('{pathspec}').data.model") == {"x": 1}


def test_without_trigger_it_is_none(runs: Runs) -> None:
    pathspec = runs.flow("prediction_without")
    assert artifacts(runs.store, pathspec, "was_none_at_end") == {"was_none_at_end": True}
    assert artifacts(runs.store, pathspec, "was_none", step="start") == {"was_none": True}
    assert start_fields(runs.store, pathspec) == {}
    assert evaluated(runs.store, f"[Run('{pathspec}').trigger, lineage.trigger('{pathspec}')]") == [
        None,
        None,
    ]


def test_two_runs_are_told_apart_by_their_flows(runs: Runs, data: str) -> None:
    finished = runs.finished("prediction_of_two", trigger=[runs.training, data])
    assert finished.returncode == 0, finished.output
    assert f"Triggering TrainingFlow's Run object Run('{runs.training}')" in finished.output
    assert f"Triggering DataFlow's Run object Run('{data}')" in finished.output
    assert "Triggering event name metaflow.DataFlow.end" in finished.output  # the latest
    assert "Model value 1" in finished.output
    trigger = f"lineage.trigger('{finished.pathspec}')"
    assert evaluated(runs.store, f"[{trigger}.event, {trigger}.run, {trigger}.type]") == [
        None,
        None,
        "MANY-RUNS",
    ]
    assert evaluated(runs.store, f"[run.pathspec for run in {trigger}.runs]") == [data, runs.training]
    assert evaluated(runs.store, f"{trigger}['TrainingFlow'].data.model") == {"x": 1}


def test_events_by_name(runs: Runs, data: str) -> None:
    found = evaluated(
        runs.store,
        "[[event.name, str(event.timestamp), event.type]"
        " for event in Flow('DataFlow').latest_run.trigger.events]",
    )
    assert [entry[0] for entry in found] == ["first", "second"]
    assert {entry[2] for entry in found} == {"event"}
    assert evaluated(runs.store, f"str(Run('{data}').trigger['first'].timestamp)") == found[0][1]


def test_events_with_a_payload(runs: Runs) -> None:
    data = runs.flow("data", trigger=['{"name": "first", "fields": {"x": 1}}', "second"])
    assert evaluated(runs.store, f"Run('{data}').trigger['first'].payload") == {"x": 1}
    assert evaluated(runs.store, f"Run('{data}').trigger['second'].payload") is None
    fields = start_fields(runs.store, data)
    assert set(fields) == {"execution-triggers", "lineage-trigger-payloads"}
    (first, second) = json.loads(fields["execution-triggers"])
    assert set(first) == set(second) == {"name", "id", "timestamp", "type"}
    assert json.loads(fields["lineage-trigger-payloads"]) == [
        {"name": "first", "id": first["id"], "payload": {"x": 1}}
    ]


def test_options_are_ignored_by_a_run_on_this_machine(runs: Runs) -> None:
    runs.flow("data_with_options", trigger=["first", "second"])
