"""`--trigger` is recorded in exactly the shape that Metaflow's own client reads."""

from __future__ import annotations

import json

import pytest

from tests.extension.conftest import Runs

# A process that has Metaflow's client and no extension at all.
STOCK = {"METAFLOW_EXTENSIONS_SEARCH_DIRS": "/nonexistent"}


def test_the_stock_client_alone_answers_the_chain_of_triggering_runs(runs: Runs) -> None:
    scoring = runs.flow("scoring", trigger=[runs.training])
    code = """
import json
from metaflow import Flow, namespace
import metaflow.client.core as core
namespace(None)
run = Flow("ScoringFlow").latest_run
assert type(run.trigger).__module__ == "metaflow.events", type(run.trigger)
print(json.dumps([run.pathspec, run.trigger.run.pathspec, run.trigger.run.trigger.run.pathspec]))
"""
    assert runs.store.ask(code, env=STOCK) == [scoring, runs.training, runs.etl]


def test_a_record_has_the_four_keys_and_a_whole_number_of_seconds(runs: Runs) -> None:
    code = f"""
import json
from metaflow import Run, Task
run = Run("{runs.training}", _namespace_check=False)
record = json.loads(run["start"].task.metadata_dict["execution-triggers"])
end = Run("{runs.etl}", _namespace_check=False).end_task
print(json.dumps([record, end.pathspec, int(end.finished_at.timestamp())]))
"""
    record, end, finished = runs.store.client(code)  # type: ignore[misc]  # `code` prints a list
    assert record == [{"name": "metaflow.ETLFlow.end", "id": end, "timestamp": finished, "type": "run"}]


def test_without_trigger_nothing_is_recorded_and_current_trigger_is_none(runs: Runs) -> None:
    training = runs.flow("training")
    code = f"""
import json
from metaflow import Run
run = Run("{training}", _namespace_check=False)
task = run["start"].task
fields = [name for name in task.metadata_dict if "trigger" in name]
print(json.dumps([run.trigger, fields, task["trigger_seen"].data]))
"""
    assert runs.store.ask(code, env=STOCK) == [None, [], "None"]


def test_several_triggers_give_several_runs(runs: Runs) -> None:
    second = runs.flow("etl")
    scoring = runs.flow("scoring", trigger=[runs.training, second])
    code = f"""
import json
from metaflow import Run
trigger = Run("{scoring}", _namespace_check=False).trigger
print(json.dumps([run.pathspec for run in trigger.runs]))
"""
    assert runs.store.ask(code, env=STOCK) == [second, runs.training]  # the latest first


@pytest.mark.parametrize(
    ("flow", "said"),
    [
        ("ETLFlow/0", "ETLFlow/0 was not found in the local store at"),
        ("NoFlow/1", "NoFlow/1 was not found in the local store at"),
    ],
)
def test_a_missing_run_is_refused_in_one_line_and_nothing_is_recorded(
    runs: Runs, flow: str, said: str
) -> None:
    before = json.dumps(runs.store.ask(COUNT))
    finished = runs.finished("scoring", trigger=[flow])
    assert finished.returncode == 1
    assert len(finished.output.splitlines()) == 2, finished.output  # Metaflow's greeting is the first
    assert said in finished.output
    assert "METAFLOW_DATASTORE_SYSROOT_LOCAL" in finished.output
    assert json.dumps(runs.store.ask(COUNT)) == before


COUNT = """
import json
from metaflow import Flow, namespace
namespace(None)
try:
    print(json.dumps(len(list(Flow("ScoringFlow")))))
except Exception:
    print(0)
"""


def test_a_failed_run_is_refused(runs: Runs) -> None:
    failed = runs.finished("failing")
    finished = runs.finished("scoring", trigger=[failed.pathspec])
    assert finished.returncode == 1
    assert f"{failed.pathspec} failed, and only a successful run triggers others" in finished.output
    assert len(finished.output.splitlines()) == 2, finished.output


def test_a_run_whose_last_step_has_another_name_is_one_cause_with_two_events(runs: Runs) -> None:
    odd = runs.finished("oddly_named")
    if odd.returncode:
        pytest.skip("this Metaflow wants the last step to be called end")
    scoring = runs.flow("scoring", trigger=[str(odd.pathspec)])
    code = f"""
import json, lineage
from metaflow import Run, namespace
namespace(None)
strict, released = lineage.trigger("{scoring}"), Run("{scoring}").trigger
names = [event.name for event in strict.events]
print(json.dumps([names, strict.type, strict.run.pathspec, len(released.runs), strict.data.rows]))
"""
    names = ["metaflow.OddFlow.last", "metaflow.OddFlow.end"]
    assert runs.store.client(code) == [names, "ONE-OF-RUNS", odd.pathspec, 1, 3]
