"""`--trigger` for events: names and JSON, both kinds of decorators, the environment, the Runner."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from tests.extension.conftest import Runs
from tests.extension.reading import artifacts, evaluated, start_fields

FIRST = '{"name": "first", "fields": {"x": 1}}'
Decorators = list[tuple[str, dict[str, object]]]
EVENTS: Decorators = [("trigger", {"events": ["first", "second"]})]


def seen(runs: Runs, decorators: Decorators, *trigger: str, **how: Any) -> dict[str, Any]:
    """What `current.trigger` looked like at the end of a run, once it is sure that both steps agree."""
    finished = runs.configured(decorators, trigger=list(trigger), **how)
    assert finished.returncode == 0, finished.output
    both = artifacts(runs.store, str(finished.pathspec), "seen", "seen_at_end")
    assert both["seen"] == both["seen_at_end"]
    return {**both["seen"], "pathspec": finished.pathspec}


def test_metaflows_own_trigger_takes_names_and_json_together(runs: Runs) -> None:
    found = seen(runs, EVENTS, FIRST, "second")
    assert [(event[0], event[4]) for event in found["events"]] == [("first", {"x": 1}), ("second", None)]
    assert found["event"] == "first"  # under Metaflow's own decorator the latest, as released
    assert found["type"] == "MANY-EVENTS"


def test_trigger_on_withholds_event_when_there_are_several(runs: Runs) -> None:
    found = seen(runs, [("trigger_on", {"events": ["first", "second"]})], FIRST, "second")
    assert (found["event"], len(found["events"])) == (None, 2)
    expression = f"[Run('{found['pathspec']}').trigger.event, Run('{found['pathspec']}').trigger.type]"
    assert evaluated(runs.store, expression) == [None, "MANY-EVENTS"]


def test_a_past_event_is_repeated_with_its_id_and_time(runs: Runs) -> None:
    past = json.dumps({"name": "first", "id": "e-1", "timestamp": 1_700_000_000})
    found = seen(runs, [("trigger_on", {"event": "first"})], past)
    assert found["events"] == [["first", "e-1", str(datetime.fromtimestamp(1_700_000_000)), "event", None]]
    assert json.loads(start_fields(runs.store, found["pathspec"])["execution-triggers"]) == [
        {"name": "first", "id": "e-1", "timestamp": 1_700_000_000, "type": "event"}
    ]


def test_a_flow_with_both_kinds_of_decorators_takes_runs_and_events(runs: Runs) -> None:
    both = [("trigger", {"event": "first"}), ("trigger_on_finish", {"flow": "TrainingFlow"})]
    for decorators in (both, both[::-1]):
        found = seen(runs, decorators, runs.training, FIRST)
        assert {event[0] for event in found["events"]} == {"metaflow.TrainingFlow.end", "first"}
        assert (found["runs"], found["type"]) == ([runs.training], "MANY-EVENTS")
        assert found["run"] == runs.training


def test_both_kinds_are_strict_as_soon_as_one_is_trigger_on(runs: Runs) -> None:
    both: Decorators = [("trigger_on", {"event": "first"}), ("trigger_on_finish", {"flow": "TrainingFlow"})]
    found = seen(runs, both, runs.training, "first")
    assert (found["event"], found["run"], found["runs"]) == (None, None, [runs.training])


def test_type_of_real_runs(runs: Runs) -> None:
    two_flows: Decorators = [("trigger_on_finish", {"flows": ["TrainingFlow", "ETLFlow"]})]
    for decorators, triggers, kind in (
        ([("trigger_on_finish", {"flow": "TrainingFlow"})], [runs.training], "RUN"),
        (two_flows, [runs.training], "ONE-OF-RUNS"),
        (two_flows, [runs.training, runs.etl], "MANY-RUNS"),
        ([("trigger", {"event": "first"})], ["first"], "EVENT"),
        (EVENTS, ["second"], "ONE-OF-EVENTS"),
    ):
        found = seen(runs, decorators, *triggers)
        assert found["type"] == kind
        both = f"[Run('{found['pathspec']}').trigger.type, lineage.trigger('{found['pathspec']}').type]"
        assert evaluated(runs.store, both) == [kind, kind]


NAMESPACED = "mfns.shop.user.ann.first"


@pytest.mark.parametrize(
    ("name", "project_first"),
    [("first", True), (NAMESPACED, False)],
    ids=["project inside", "project outside"],
)
def test_a_namespaced_event_answers_to_both_its_names(runs: Runs, name: str, project_first: bool) -> None:
    if not evaluated(runs.store, "hasattr(__import__('metaflow'), 'namespaced_event_name')"):
        pytest.skip("this Metaflow has no namespaced_event_name")
    env = {"PROJECT_FIRST": "1" if project_first else ""}
    payload = json.dumps({"name": name, "fields": {"alpha": 9}})
    finished = runs.finished("namespaced", trigger=[payload], env=env)
    assert finished.returncode == 0, finished.output
    assert finished.output.count("Project: ") == 1
    found = artifacts(runs.store, str(finished.pathspec), "names", "alpha")
    assert found == {"names": [NAMESPACED], "alpha": 9}


def test_functions_that_name_flows_are_asked(runs: Runs) -> None:
    finished = runs.finished("functions", trigger=[runs.training, "first"])
    assert finished.returncode == 0, finished.output
    assert "Warning" not in finished.output
    refused = runs.finished("functions", trigger=["second"])
    assert "does not listen to the event 'second', only to first" in refused.output


@pytest.mark.parametrize(
    ("variable", "names"),
    [
        ("first second", ["first", "second"]),
        ('["second", {"name": "first", "fields": {"x": "a b"}}]', ["second", "first"]),
    ],
)
def test_the_environment_may_name_the_triggers(runs: Runs, variable: str, names: list[str]) -> None:
    found = seen(runs, EVENTS, env={"METAFLOW_FLOW_TRIGGER": variable})
    assert [event[0] for event in found["events"]] == names
    assert found["events"][-1][4] == ({"x": "a b"} if "a b" in variable else None)


def test_the_command_line_beats_the_environment(runs: Runs) -> None:
    found = seen(runs, EVENTS, "second", env={"METAFLOW_FLOW_TRIGGER": '["first"]'})
    assert [event[0] for event in found["events"]] == ["second"]


def test_the_environment_does_not_reach_a_flow_that_a_step_starts(runs: Runs) -> None:
    env = {"METAFLOW_FLOW_TRIGGER": '{"name": "first", "fields": {"alpha": 9, "id": "from the payload"}}'}
    finished = runs.finished("nesting", env=env)
    assert finished.returncode == 0, finished.output
    found = artifacts(runs.store, str(finished.pathspec), "alpha", "param_id", "inner", step="start")
    assert (found["alpha"], found["param_id"]) == (9, "from the payload")
    # `inner` ran in a step: no trigger, and its parameter of the same name has its own default
    assert found["inner"] == {"trigger": None, "alpha": 1}


def test_the_runner_passes_triggers_on(runs: Runs) -> None:
    code = f"""
import json, os
os.environ["DECORATORS"] = {EVENTS!r}.__repr__()
from metaflow import Runner
from tests.support.store import FLOWS
with Runner(str(FLOWS / "configurable.py"), show_output=False, trigger=["second", {FIRST!r}]).run() as ran:
    print(json.dumps(ran.run["end"].task["seen_at_end"].data))
"""
    root = str(__import__("tests").__path__[0].removesuffix("/tests"))
    found = runs.store.client(code, env={"PYTHONPATH": root})
    assert [event[0] for event in found["events"]] == ["second", "first"]  # type: ignore[index]  # JSON
