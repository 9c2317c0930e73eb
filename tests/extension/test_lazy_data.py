"""`trigger.data` reads what is asked for, once: counted on the local store and over HTTP."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.extension.conftest import Runs
from tests.extension.service import Service, service

CLIENT = Path(__file__).parent / "scripts" / "lazy_client.py"
NAMES = ["model", "name", "trigger_at_end", "trigger_seen"]


@pytest.fixture(scope="module")
def prediction(runs: Runs) -> str:
    return runs.flow("prediction", trigger=[runs.training])


@pytest.fixture(scope="module")
def http(runs: Runs) -> Iterator[Service]:
    with service(runs.store.metaflow_dir) as running:
        yield running


def asked(
    runs: Runs, cache: Path, way: str, prediction: str, env: dict[str, str] | None = None
) -> dict[str, Any]:
    code = f"import sys, runpy; sys.argv = ['x', {way!r}, {prediction!r}]; runpy.run_path({str(CLIENT)!r})"
    return runs.store.client(code, env={**fresh(cache), **(env or {})})  # type: ignore[return-value]  # JSON


def fresh(cache: Path) -> dict[str, str]:
    """A client cache of its own: what an earlier test loaded would not be loaded again."""
    return {"METAFLOW_CLIENT_CACHE_PATH": str(cache)}


@pytest.mark.parametrize("way", ["Run.trigger", "lineage.trigger"])
def test_on_the_local_store(runs: Runs, prediction: str, tmp_path: Path, way: str) -> None:
    check(asked(runs, tmp_path, way, prediction), runs.training)


def check(steps: dict[str, Any], training: str) -> None:
    """What each step answered, and that it opened no more than it had to."""
    counts = {name: (step["records"], step["values"], step["files"]) for name, step in steps.items()}
    answers = {name: step["answer"] for name, step in steps.items()}
    assert answers["touch"] == f"<TriggerData: artifacts of {training}>"
    assert counts["touch"] == (0, 0, 0)
    assert answers["model"] == answers["again"] == {"x": 1}
    assert counts["model"][:2] == (1, 1)
    assert counts["again"] == (0, 0, 0)
    assert answers["contains"] is True
    assert counts["contains"][:2] == (1, 0)
    assert answers["private"] == [False, False]
    assert counts["private"] == (0, 0, 0)
    assert answers["names"] == NAMES
    assert counts["names"][1] == 0
    assert counts["names_again"] == (0, 0, 0)
    assert answers["wrong"] == f"AttributeError: {training} has no artifact modle; did you mean model?"
    assert answers["absent"] == [False, False]


@pytest.mark.parametrize("way", ["Run.trigger", "lineage.trigger"])
def test_over_http(runs: Runs, prediction: str, http: Service, tmp_path: Path, way: str) -> None:
    http.asked.clear()
    steps = asked(runs, tmp_path, way, prediction, env=http.environ)
    requests = _between_marks(http.asked)
    assert steps["model"]["answer"] == {"x": 1}
    assert steps["model"]["values"] == 1
    assert sum(step["values"] for step in steps.values()) == 1
    end = requests["model"][0].split("/steps/")[0]
    assert end == f"/flows/TrainingFlow/runs/{runs.training.split('/')[1]}"
    counts = {name: len(paths) for name, paths in requests.items()}
    assert counts == {
        "touch": 0,
        "model": 1,
        "again": 0,
        "contains": 1,
        "private": 0,
        "names": 2,
        "names_again": 0,
        "wrong": 1,
        "absent": 1,
        "end": 0,
    }


def _between_marks(asked: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in asked:
        if path.startswith("/mark/"):
            found[path.removeprefix("/mark/")] = []
        elif found:
            found[list(found)[-1]].append(path)
    return found


def test_in_a_task(runs: Runs, tmp_path: Path) -> None:
    """`current.trigger.data` in a step: the client's counts hold there too."""
    finished = runs.finished(
        "lazy", trigger=[runs.training], env={"LAZY_CLIENT": str(CLIENT), **fresh(tmp_path)}
    )
    assert finished.returncode == 0, finished.output
    code = f"import json; from metaflow import Run; print(json.dumps(Run('{finished.pathspec}').data.steps))"
    steps = runs.store.client(f"from metaflow import namespace; namespace(None); {code}")
    check(steps, runs.training)  # type: ignore[arg-type]  # of the shape that `check` takes


def test_a_run_that_is_gone_is_said_to_be(runs: Runs) -> None:
    etl = runs.flow("etl")
    training = runs.flow("training", trigger=[etl])
    subprocess.run(["rm", "-r", str(runs.store.metaflow_dir / etl)], check=True)
    code = f"""
import json, lineage
from metaflow import Run, namespace
namespace(None)
trigger = Run("{training}").trigger
said = [repr(trigger), trigger.type, repr(trigger.data)]
for ask in (lambda: trigger.run, lambda: trigger.data.rows):
    try:
        ask()
    except Exception as error:
        said.append(str(error))
print(json.dumps(said))
"""
    said: Any = runs.store.client(code)
    assert etl in said[0]
    assert said[1:3] == ["RUN", f"<TriggerData: artifacts of {etl}>"]
    assert [etl in line and "does not exist" in line for line in said[3:]] == [True, True]


def test_without_access_to_artifacts_the_released_answers_remain(runs: Runs) -> None:
    etl = runs.flow("etl")
    scoring = runs.flow("scoring", trigger=[runs.training, etl])
    subprocess.run(["rm", "-r", str(runs.store.metaflow_dir / "ScoringFlow" / "data")], check=True)
    code = f"""
import json
from metaflow import Run, namespace
namespace(None)
trigger = Run("{scoring}").trigger
print(json.dumps([trigger.run.pathspec, trigger.event.name, trigger.type]))
"""
    assert runs.store.client(code) == [etl, "metaflow.ETLFlow.end", "MANY-RUNS"]
