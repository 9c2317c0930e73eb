"""`resume` keeps the trigger of the run that it resumes; `spin` neither crashes nor records."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass

import pytest

from tests.extension.conftest import Runs
from tests.extension.reading import artifacts, evaluated, start_fields

FIRST = '{"name": "first", "id": "e-1", "timestamp": 1700000000, "fields": {"alpha": 7}}'


@pytest.fixture(scope="module")
def failed(runs: Runs) -> dict[str, str]:
    """A run for each step that failed in it, all triggered by the same event."""
    made = {}
    for step in ("start", "middle"):
        finished = runs.finished("resumed", trigger=[FIRST], env={"FAIL_IN": step})
        assert finished.returncode == 1, finished.output
        made[step] = str(finished.pathspec)
    return made


def resume(runs: Runs, pathspec: str, *arguments: str, flow: str = "resumed", **how: object) -> str:
    origin = pathspec.split("/")[1]
    return runs.flow(flow, "--origin-run-id", origin, *arguments, command="resume", **how)


@dataclass(frozen=True)
class Odd:
    """Runs of a flow whose steps are not called start and end, each a resume of the one before."""

    failed: str  # triggered by an event
    failed_again: str
    complete: str


@pytest.fixture(scope="module")
def odd(runs: Runs) -> Odd:
    made: list[str] = []
    for _ in range(2):
        origin = ["--origin-run-id", made[-1].split("/")[1]] if made else []
        finished = runs.finished(
            "resumed_odd",
            *origin,
            command="resume" if made else "run",
            trigger=[] if made else [FIRST],
            env={"FAIL_IN": "closing"},
        )
        if finished.pathspec is None and "start=" in finished.output:
            pytest.skip("this Metaflow wants the first step to be called start")
        assert finished.returncode == 1, finished.output
        made.append(str(finished.pathspec))
    return Odd(*made, resume(runs, made[-1], flow="resumed_odd"))


def test_steps_that_run_again_see_the_trigger_of_the_resumed_run(runs: Runs, failed: dict[str, str]) -> None:
    again = resume(runs, failed["middle"])
    found = artifacts(runs.store, again, "at_middle", "payload", "alpha", step="middle")
    assert found["at_middle"].startswith("<MetaflowTrigger: event first at 2023-11-1")
    assert (found["payload"], found["alpha"]) == ({"alpha": 7}, 7)
    # the start task was copied: nothing is recorded with it, and the client looks at the original
    assert evaluated(
        runs.store, f"[Run('{again}').trigger.event.id, Run('{again}').trigger.event.payload]"
    ) == [
        "e-1",
        {"alpha": 7},
    ]


def test_a_start_step_that_runs_again_records_it_with_where_it_comes_from(
    runs: Runs, failed: dict[str, str]
) -> None:
    again = resume(runs, failed["start"])
    fields = start_fields(runs.store, again)
    assert fields["lineage-trigger-origin"] == failed["start"]
    assert fields["execution-triggers"] == start_fields(runs.store, failed["start"])["execution-triggers"]
    assert json.loads(fields["lineage-trigger-payloads"])[0]["payload"] == {"alpha": 7}
    assert "event first" in artifacts(runs.store, again, "at_start", step="start")["at_start"]


def test_a_trigger_given_to_resume_wins_and_is_recorded_with_the_copied_start(
    runs: Runs, failed: dict[str, str]
) -> None:
    again = resume(runs, failed["middle"], trigger=[runs.training])
    assert "run TrainingFlow/" in artifacts(runs.store, again, "at_middle", step="middle")["at_middle"]
    trigger = f"Run('{again}').trigger"
    assert evaluated(
        runs.store, f"[{trigger}.run.pathspec, len({trigger}.events), {trigger}['TrainingFlow'].id]"
    )[:2] == [runs.training, 1]
    assert "execution-triggers" in start_fields(runs.store, again)


def test_a_complete_run_resumed_with_another_trigger_records_that_one(runs: Runs) -> None:
    complete = runs.flow("resumed", trigger=[FIRST])
    again = resume(runs, complete, trigger=[runs.training])
    assert evaluated(runs.store, f"Run('{again}').trigger.run.pathspec") == runs.training


def test_of_a_broken_record_a_resume_keeps_what_can_be_read_and_says_what_not(runs: Runs) -> None:
    origin = str(runs.finished("resumed", trigger=[FIRST], env={"FAIL_IN": "middle"}).pathspec)
    (file,) = (runs.store.metaflow_dir / origin).glob("start/*/_meta/sysmeta_execution-triggers_*.json")
    stored = json.loads(file.read_text())
    broken = json.dumps([3, *json.loads(stored["value"])])
    file.write_text(json.dumps({**stored, "value": broken}))
    resumed = runs.finished("resumed", "--origin-run-id", origin.split("/")[1], command="resume")
    assert resumed.returncode == 0, resumed.output
    assert "a trigger that is not a JSON object: 3" in resumed.output
    found = artifacts(runs.store, str(resumed.pathspec), "at_middle", step="middle")
    assert found["at_middle"].startswith("<MetaflowTrigger: event first at 2023-11-1")


def test_resuming_the_latest_run_needs_no_run_id(runs: Runs) -> None:
    finished = runs.finished("resumed", trigger=[FIRST], env={"FAIL_IN": "middle"})
    assert finished.returncode == 1
    again = runs.flow("resumed", command="resume")
    assert "event first" in artifacts(runs.store, again, "at_middle", step="middle")["at_middle"]


def test_a_resumed_run_that_nothing_triggered_stays_so(runs: Runs) -> None:
    finished = runs.finished("resumed", env={"FAIL_IN": "middle"})
    again = resume(runs, str(finished.pathspec))
    assert artifacts(runs.store, again, "at_middle", step="middle") == {"at_middle": "None"}
    assert evaluated(runs.store, f"Run('{again}').trigger") is None


def test_a_resume_of_a_resume_keeps_the_trigger_whatever_the_steps_are_called(runs: Runs, odd: Odd) -> None:
    at_end = artifacts(runs.store, odd.complete, "at_closing", step="closing")["at_closing"]
    assert at_end.startswith("<MetaflowTrigger: event first")
    run = f"Run('{odd.complete}')"
    read = f"[{run}.trigger.event.id, lineage.trigger({run}).event.payload]"
    assert evaluated(runs.store, read) == ["e-1", {"alpha": 7}]


def test_a_resumed_run_can_trigger_another_whatever_its_steps_are_called(runs: Runs, odd: Odd) -> None:
    scoring = runs.flow("scoring", trigger=[odd.complete])
    trigger = f"lineage.trigger('{scoring}')"
    assert evaluated(runs.store, f"[{trigger}.run.pathspec, {trigger}.data.rows]") == [odd.complete, 3]


def test_a_resumed_run_knows_its_own_trigger_after_its_origin_was_deleted(runs: Runs, odd: Odd) -> None:
    given = resume(runs, odd.failed, flow="resumed_odd", trigger=[runs.training])
    for gone in (odd.failed, odd.failed_again):
        shutil.rmtree(runs.store.metaflow_dir / gone)
    read = [f"lineage.trigger('{given}').run.pathspec", f"Run('{given}').trigger.run.pathspec"]
    inherited = [f"lineage.trigger('{odd.complete}')", f"Run('{odd.complete}').trigger"]
    assert evaluated(runs.store, f"[{', '.join(read + inherited)}]") == [runs.training] * 2 + [None] * 2


def test_spin_neither_crashes_nor_records(runs: Runs) -> None:
    complete = runs.flow("resumed", trigger=[FIRST])
    before = start_fields(runs.store, complete)
    for triggers in ([], ["first"]):
        finished = runs.finished("resumed", "start", command="spin", trigger=triggers)
        if "No such command" in finished.output:
            pytest.skip("this Metaflow has no spin")
        assert finished.returncode == 0, finished.output
        assert "Traceback" not in finished.output
    assert start_fields(runs.store, complete) == before
    assert evaluated(runs.store, "Flow('ResumedFlow').latest_run.pathspec") == complete
