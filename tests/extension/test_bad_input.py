"""Whatever cannot trigger a flow: one line that quotes it, exit code 1, and nothing recorded."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.extension.conftest import Runs
from tests.support.store import FLOWS, Finished

EVENTS = [("trigger_on", {"events": ["first", "second"]})]
STOCK_EVENTS = [("trigger", {"events": ["first", "second"]})]
RUNS_OF = [("trigger_on_finish", {"flow": "TrainingFlow"})]
MANY = json.dumps({"name": "first", "fields": {f"f{number}": 1 for number in range(10_000)}})
BIG = json.dumps({"name": "first", "fields": {"x": "y" * 65_536}})


def refused(finished: Finished) -> str:
    """The one line that a person sees below Metaflow's greeting."""
    assert finished.returncode == 1, finished.output
    assert finished.pathspec is None  # no run was made, so nothing was recorded
    greeting, line = finished.output.splitlines()
    assert greeting.startswith("Metaflow ")
    assert line.startswith("Trigger refused: ")
    assert len(line) < 300
    return line


@pytest.mark.parametrize(
    ("triggers", "said"),
    [
        (
            ['{"name": "first", "fields": {x: 1}}'],
            'invalid JSON at \'"first", "fields": {x: 1}}\': Expecting',
        ),
        (['{"fields": {"x": 1}}'], '\'{"fields": {"x": 1}}\' has no name'),
        (
            ['{"name": "first", "fields": "x*y*z"}'],
            "fields of 'first' must be a JSON object, not '\"x*y*z\"'",
        ),
        (["first event"], "invalid event name 'first event': use letters"),
        ([MANY], "'first' has 10,000 fields; the maximum is 1,000"),
        ([BIG], "the fields of 'first' take 65,545 bytes, most of them in 'x'"),
        (["first", '{"name": "first"}'], "the event 'first' is given twice"),
        (["third"], "does not listen to the event 'third', only to first, second"),
        (["frist"], "only to first, second; did you mean first?"),
        (["TrainingFlow/1"], "'TrainingFlow/1': ConfigurableFlow does not listen to TrainingFlow"),
        ([""], "invalid event name ''"),
        (["lineage:e30="], "invalid event name 'lineage:e30='"),  # the form that only tasks are given
    ],
    ids=lambda value: str(value)[:25],
)
def test_events_that_cannot_be(runs: Runs, triggers: list[str], said: str) -> None:
    assert said in refused(runs.configured(EVENTS, trigger=triggers))


def test_the_same_under_metaflows_own_decorator(runs: Runs) -> None:
    assert "does not listen to the event 'third'" in refused(runs.configured(STOCK_EVENTS, trigger=["third"]))
    assert "'TrainingFlow' is an event" in refused(runs.configured(RUNS_OF, trigger=["TrainingFlow"]))
    assert "a run is written TrainingFlow/run-id" in refused(runs.configured(RUNS_OF, trigger=["first"]))


def test_a_broken_environment_is_refused_too(runs: Runs) -> None:
    env = {"METAFLOW_FLOW_TRIGGER": '["first", '}
    assert "METAFLOW_FLOW_TRIGGER: invalid JSON at" in refused(runs.configured(EVENTS, env=env))


def test_payloads_that_together_are_too_long_for_a_command_line(runs: Runs) -> None:
    names = [f"event{number}" for number in range(20)]
    triggers = [json.dumps({"name": name, "fields": {"x": "y" * 60_000}}) for name in names]
    line = refused(runs.configured([("trigger", {"events": names})], trigger=triggers))
    assert "20 triggers with their payloads take 1,6" in line
    assert "the maximum is 1,048,576" in line


@pytest.fixture
def running(runs: Runs) -> Iterator[str]:
    """A run that is still going on."""
    written = runs.store.root / "slow-id"
    command = [runs.store.python, str(FLOWS / "slow.py"), "run", "--run-id-file", str(written)]
    process = subprocess.Popen(
        command,
        cwd=runs.store.root,
        env=runs.store.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not (written.exists() and written.read_text()) and time.monotonic() < deadline:
            time.sleep(0.1)
        yield f"SlowFlow/{written.read_text()}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_a_run_that_is_not_over_cannot_have_triggered_anything(runs: Runs, running: str) -> None:
    line = refused(runs.finished("scoring", trigger=[running]))
    assert f"{running} has not finished yet (the local store at " in line
    assert "wait until it has, or choose another run" in line


@pytest.mark.parametrize("pathspec", ["TrainingFlow/", "TrainingFlow/1/start", "/1"])
def test_what_is_no_pathspec_of_a_run(runs: Runs, pathspec: str) -> None:
    assert f"invalid run '{pathspec}': a run is written" in refused(
        runs.finished("scoring", trigger=[pathspec])
    )


def test_a_run_of_another_flow_is_warned_of_in_one_line_and_taken(runs: Runs) -> None:
    finished = runs.finished("training", trigger=[runs.training])
    assert finished.returncode == 0, finished.output
    warnings = [line for line in finished.output.splitlines() if "Warning" in line]
    assert warnings == [
        "Warning: TrainingFlow does not listen to TrainingFlow, only to runs of ETLFlow; "
        f"{runs.training} would not trigger it in production"
    ]


def test_other_commands_take_runs_as_metaflow_does_and_no_events(runs: Runs) -> None:
    shown = runs.finished("training", command="show", trigger=[runs.etl])
    assert shown.returncode == 0, shown.output
    line = refused(runs.configured(EVENTS, command="show", trigger=["first"]))
    assert (
        "--trigger 'first' simulates an event for run and resume on this machine; show does not take it"
        in line
    )


@pytest.mark.parametrize("inner", ["trigger", "trigger_on"])
def test_trigger_and_trigger_on_together_are_refused_in_our_words(runs: Runs, inner: str) -> None:
    outer = {"trigger": "trigger_on", "trigger_on": "trigger"}[inner]
    finished = runs.configured([(inner, {"event": "first"}), (outer, {"event": "second"})])
    assert finished.returncode == 1
    assert finished.output.splitlines()[-1].endswith(
        "ConfigurableFlow has both @trigger and @trigger_on, which listen to events alike: "
        "list all events in one of them"
    )


def test_errors_of_trigger_on_call_it_by_its_name(runs: Runs) -> None:
    finished = runs.configured([("trigger_on", {})])
    assert finished.returncode == 1
    assert "No event(s) specified in @trigger_on decorator." in finished.output
