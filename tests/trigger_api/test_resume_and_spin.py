"""`resume` keeps the trigger of the run that it resumes; `spin` neither crashes nor records."""

from __future__ import annotations

import json

import pytest

from tests.trigger_api.conftest import Runs
from tests.trigger_api.reading import artifacts, evaluated, start_fields

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


def resume(runs: Runs, pathspec: str, *arguments: str, **how: object) -> str:
    origin = pathspec.split("/")[1]
    return runs.flow("resumed", "--origin-run-id", origin, *arguments, command="resume", **how)


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
