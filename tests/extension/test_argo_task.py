"""A run that Argo started shows the same `current.trigger` as a local one, and is recorded once.

Argo itself is not here: its environment variables are set on real `init` and `step` commands, with
Metaflow's own `argo_workflows_internal`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.extension.conftest import Runs
from tests.extension.reading import artifacts, evaluated, start_fields
from tests.support.argo import PREFIX, argo_variables, run_as_argo, skip_without_mount_namespace

FIRST = {"name": "first", "id": "e-1", "timestamp": 1_700_000_000}
ADDED = {"utc_date": "20231114", "generated-by-metaflow": True}


@pytest.fixture(scope="module", autouse=True)
def mount_namespace() -> None:
    skip_without_mount_namespace()


def on_argo(runs: Runs, run_id: str, decorators: object, payloads: dict[str, object]) -> str:
    """Run both steps of configurable.py as Argo would; the run's pathspec."""
    arrived = {
        PREFIX + key: value if isinstance(value, str) else json.dumps(value)
        for key, value in payloads.items()
    }
    run_as_argo(runs.store, "configurable", run_id, arrived | {"DECORATORS": repr(decorators)})
    return f"ConfigurableFlow/{run_id}"


def surface(runs: Runs, pathspec: str) -> dict[str, Any]:
    found = artifacts(runs.store, pathspec, "seen", "seen_at_end")
    assert found["seen"] == found["seen_at_end"]
    return found["seen"]


def test_events_look_as_they_do_on_a_laptop_and_are_recorded_once(runs: Runs) -> None:
    decorators = [("trigger_on", {"events": ["first", "second"]})]
    second = {"name": "second", "id": "e-2", "timestamp": 1_700_000_100}
    payloads = {
        "event_first_ab12": {**FIRST, **ADDED, "x": 1},
        "event_second_cd34": {**second, **ADDED},
        "event_third_ef56": "null",
    }
    argo = on_argo(runs, "argo-two-events", decorators, payloads)
    local = runs.configured(
        decorators, trigger=[json.dumps({**FIRST, "fields": {"x": 1}}), json.dumps(second)]
    )
    assert surface(runs, argo) == surface(runs, str(local.pathspec))
    assert surface(runs, argo)["events"][1][4] == {"x": 1}
    names = f"sorted(m.name for m in Run('{argo}')['start'].task.metadata if 'trigger' in m.name)"
    assert evaluated(runs.store, names) == ["execution-triggers", "lineage-trigger-payloads"]
    assert evaluated(runs.store, f"[Run('{argo}').trigger['first'].payload, Run('{argo}').trigger.type]") == [
        {"x": 1},
        "MANY-EVENTS",
    ]


def test_a_run_looks_as_it_does_on_a_laptop(runs: Runs) -> None:
    decorators = [("trigger_on_finish", {"flow": "TrainingFlow"})]
    local = runs.configured(decorators, trigger=[runs.training])
    (recorded,) = json.loads(start_fields(runs.store, str(local.pathspec))["execution-triggers"])
    published = {
        "name": "metaflow.TrainingFlow.end",
        "id": recorded["id"],
        "timestamp": recorded["timestamp"],
        "pathspec": recorded["id"],
        "flow_name": "TrainingFlow",
        "auto-generated-by-metaflow": True,
        **ADDED,
    }
    argo = on_argo(runs, "argo-run", decorators, {"run_metaflowTrainingFlowend_ab12": published})
    assert surface(runs, argo) == surface(runs, str(local.pathspec))
    assert surface(runs, argo)["type"] == "RUN"
    assert list(start_fields(runs.store, argo)) == ["execution-triggers"]
    assert evaluated(runs.store, f"Run('{argo}').trigger.data.model") == {"x": 1}


def test_an_event_that_others_published_is_taken_as_it_is(runs: Runs) -> None:
    decorators = [("trigger", {"event": "first"})]
    argo = on_argo(runs, "argo-foreign", decorators, {"event_first_ab12": "no JSON"})
    assert surface(runs, argo)["events"] == [["None", "None", "None", "event", None]]


def test_without_events_there_is_no_trigger(runs: Runs) -> None:
    argo = on_argo(runs, "argo-by-hand", [("trigger", {"event": "first"})], {"event_first_ab12": "null"})
    assert surface(runs, argo) is None
    assert start_fields(runs.store, argo) == {}


def test_a_flow_that_such_a_task_starts_is_not_triggered_too(runs: Runs) -> None:
    env = argo_variables("argo-configurableflow-x7k2p") | {f"{PREFIX}event_first_ab12": json.dumps(FIRST)}
    inner = runs.configured([("trigger", {"event": "first"})], env=env)
    assert surface(runs, str(inner.pathspec)) is None
