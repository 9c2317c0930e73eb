"""One event, one identity: every task and the record show the same, and no task looks the run up."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from tests.extension.conftest import Runs
from tests.extension.reading import artifacts, evaluated
from tests.support.store import FLOWS

FIRST = '{"name": "first", "fields": {"x": 1}}'
SCRIPTS = Path(__file__).parent / "scripts"


class Reads:
    """Counts which files of the triggering flow are read, and by which command."""

    def __init__(self, runs: Runs, folder: Path) -> None:
        self.log = folder / "reads"
        self.env = {
            "PYTHONPATH": str(SCRIPTS / "counted"),
            "COUNT_READS_OF": str(runs.store.metaflow_dir / "TrainingFlow"),
            "READS": str(self.log),
        }

    def by(self, command: str) -> int:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return sum(line.split()[0] == command for line in lines)


@pytest.fixture(scope="module")
def wide(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Reads]:
    """A foreach of three, triggered by a run and an event, with its reads counted."""
    reads = Reads(runs, tmp_path_factory.mktemp("wide"))
    triggers = [runs.training, FIRST]
    return runs.flow("wide", "--width", "3", trigger=triggers, env=reads.env), reads


def test_all_tasks_and_the_record_show_the_same_event(runs: Runs, wide: tuple[str, Reads]) -> None:
    pathspec, _ = wide
    (seen,) = artifacts(runs.store, pathspec, "all_seen")["all_seen"]
    said, events = seen[1:-1].split(">, ")
    recorded = evaluated(
        runs.store,
        f"[[e.name, e.id, str(e.timestamp), e.payload] for e in Run('{pathspec}').trigger]",
    )
    assert [list(event) for event in ast.literal_eval(events)] == recorded
    assert evaluated(runs.store, f"repr(Run('{pathspec}').trigger)") == f"{said}>"
    assert [event[0] for event in recorded] == ["first", "metaflow.TrainingFlow.end"]


def test_only_the_first_process_looks_the_triggering_run_up(wide: tuple[str, Reads]) -> None:
    _, reads = wide
    assert reads.by("run") > 0
    assert reads.by("step") == 0


def test_two_hundred_tasks_read_no_more_of_it_than_one(runs: Runs, tmp_path: Path) -> None:
    finished = runs.finished("wide", "--width", "200", trigger=[runs.training, FIRST])
    # Metaflow splits into 100 at most unless told otherwise, so the run ends after its start task
    assert "would generate 200 splits" in finished.output or finished.returncode, finished.output
    reads = Reads(runs, tmp_path)
    path = f"{reads.env['PYTHONPATH']}:{FLOWS}"
    done = subprocess.run(
        [runs.store.python, str(SCRIPTS / "many_tasks.py"), str(finished.pathspec)],
        env=runs.store.environ | reads.env | {"PYTHONPATH": path},
        cwd=runs.store.root,
        text=True,
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert reads.by("step") == 0
    expression = f"""sorted({{
        repr(task["seen"].data) for task in Run({finished.pathspec!r})["body"] if task.id.startswith("many")
    }})"""
    assert len(evaluated(runs.store, f"[{expression.strip()}, 1]")[0]) == 1


def test_every_attempt_of_a_step_records_the_same(runs: Runs) -> None:
    retried = runs.flow("retried", trigger=[FIRST])
    assert evaluated(runs.store, f"len({{m.value for m in {_records(retried)}}})") == 1
    assert evaluated(runs.store, f"len({_records(retried)})") == 2
    assert evaluated(runs.store, f"Run('{retried}').trigger.event.payload") == {"x": 1}


def _records(pathspec: str) -> str:
    metadata = f"Run('{pathspec}')['start'].task.metadata"
    return f"[m for m in {metadata} if m.name == 'execution-triggers']"
