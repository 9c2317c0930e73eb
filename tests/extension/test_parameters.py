"""Payloads reach parameters as Argo would do it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.extension.conftest import Runs
from tests.extension.reading import artifacts

NAMES = ("alpha", "beta", "gamma", "delta", "ratio", "empty", "settings")
DEFAULTS: dict[str, Any] = {
    "alpha": 5,
    "beta": "none",
    "gamma": {"g": 0},
    "delta": False,
    "ratio": 0.5,
    "empty": None,
    "settings": {"kept": True},
}


def got(
    runs: Runs,
    event: object,
    fields: dict[str, Any],
    *arguments: str,
    more: list[object] | None = None,
    **how: Any,
) -> dict[str, Any]:
    """The flow's parameters, as far as they are not the defaults, after `event` came with `fields`."""
    name = event["name"] if isinstance(event, dict) else event
    triggers = [json.dumps({"name": name, "fields": fields}), *map(str, more or [])]
    decorators = [("trigger_on", {"events": [event, *(more or [])]})]
    finished = runs.configured(decorators, *arguments, trigger=triggers, **how)
    assert finished.returncode == 0, finished.output
    found = artifacts(runs.store, str(finished.pathspec), *NAMES)
    return {name: value for name, value in found.items() if value != DEFAULTS[name]}


def test_fields_of_a_single_event_set_parameters_of_the_same_name(runs: Runs) -> None:
    fields = {
        "alpha": 7,
        "beta-value": 'text with $HOME and "quotes"',
        "gamma": {"deep": [1, {"a": None}]},
        "delta": True,
        "ratio": 2,
        "settings": {"kept": False},  # a Config, which no payload can set
        "tags": "not an option of run",
        "namespace": "not an option of run",
        "max-workers": 0,
        "unknown": 1,
    }
    assert got(runs, "first", fields) == {
        "alpha": 7,
        "beta": 'text with $HOME and "quotes"',
        "gamma": {"deep": [1, {"a": None}]},
        "delta": True,
        "ratio": 2.0,
    }


def test_a_parameters_own_type_converts_what_json_has(runs: Runs) -> None:
    fields = {"alpha": "8", "beta-value": 1.0, "gamma": "[1, 2]", "delta": "yes", "ratio": "1e3", "empty": ""}
    assert got(runs, "first", fields) == {
        "alpha": 8,
        "beta": "1",
        "gamma": [1, 2],
        "delta": True,
        "ratio": 1000.0,
        "empty": "",
    }


@pytest.mark.parametrize(
    "mapping",
    [
        {"alpha": "a", "beta-value": "b"},
        [("alpha", "a"), ("BETA-value", "b")],
    ],
    ids=["dict", "tuples"],
)
def test_once_parameters_are_mapped_only_those_are(runs: Runs, mapping: object) -> None:
    event = {"name": "first", "parameters": mapping}
    assert got(runs, event, {"a": 7, "b": "mapped", "alpha": 8, "delta": True}) == {
        "alpha": 7,
        "beta": "mapped",
    }


def test_a_list_of_names_maps_them_to_themselves(runs: Runs) -> None:
    event = {"name": "first", "parameters": ["alpha", ("delta", "d")]}
    assert got(runs, event, {"alpha": 7, "d": True, "ratio": 3}) == {"alpha": 7, "delta": True}


def test_of_several_events_nothing_is_mapped_by_itself(runs: Runs) -> None:
    assert got(runs, "first", {"alpha": 7}, more=["second"]) == {}


def test_a_missing_field_leaves_the_default(runs: Runs) -> None:
    assert got(runs, {"name": "first", "parameters": ["alpha", "delta"]}, {"delta": True}) == {"delta": True}


def test_a_value_on_the_command_line_beats_the_payload(runs: Runs) -> None:
    assert got(runs, "first", {"alpha": 7, "ratio": 3}, "--alpha", "9") == {"alpha": 9, "ratio": 3.0}


def test_a_null_is_passed_on_where_there_is_a_default(runs: Runs) -> None:
    # as in production: text becomes 'null', and a parameter without a default stays unset
    assert got(runs, "first", {"beta-value": None, "empty": None}) == {"beta": "null"}


def test_what_metaflow_adds_to_every_event_is_there_to_map(runs: Runs) -> None:
    event = {"name": "first", "parameters": {"beta-value": "utc_date", "empty": "name"}}
    found = got(runs, event, {"x": 1})
    assert found["empty"] == "first"
    assert re.fullmatch(r"\d{8}", found["beta"])


def test_metaflows_own_run_id_is_no_value_for_a_parameter_called_id(runs: Runs) -> None:
    trigger = ['{"name": "first", "fields": {"id": "from the payload"}}']
    finished = runs.finished("nesting", trigger=trigger, env={"METAFLOW_RUN_ID": "1234"})
    assert finished.returncode == 0, finished.output
    assert artifacts(runs.store, str(finished.pathspec), "param_id") == {"param_id": "from the payload"}


@pytest.mark.parametrize(
    ("parameters", "fields", "said"),
    [
        (
            {},
            {"alpha": "many"},
            "field 'alpha' of the event 'first' does not fit the parameter alpha: many is not",
        ),
        ({}, {"alpha": None}, "does not fit the parameter alpha: null is not a valid integer"),
        ({}, {"delta": [1]}, "does not fit the parameter delta: [1] is not a valid boolean"),
        ({}, {"gamma": "{"}, "does not fit the parameter gamma: { is not a valid JSON object"),
        ({"nope": "x"}, {"x": 1}, "to the parameter 'nope', which the flow does not have"),
        ({"settings": "x"}, {"x": 1}, "to the parameter 'settings', which the flow does not have"),
        (
            {"alpha": "a-b"},
            {"a-b": 1},
            "maps its field 'a-b' to the parameter 'alpha', but a field's name consists of letters",
        ),
        ({"alpha": "a", "ALPHA": "b"}, {"a": 1}, "which another mapping already sets"),
    ],
)
def test_what_deployment_or_the_type_would_refuse_is_refused(
    runs: Runs, parameters: dict[str, str], fields: dict[str, Any], said: str
) -> None:
    decorators = [("trigger", {"event": {"name": "first", "parameters": parameters}})]
    finished = runs.configured(decorators, trigger=[json.dumps({"name": "first", "fields": fields})])
    assert finished.returncode == 1
    assert said in finished.output
    assert len(finished.output.splitlines()) == 2, finished.output
