"""Which parameter of a deployed template a trigger fills."""

from __future__ import annotations

import json
from typing import Any

import pytest

from metaflow_extensions.lineage.plugins.metadata.causes import TriggerEntry
from metaflow_extensions.lineage.plugins.option.event_parameters import (
    VALUE_LIMIT,
    NotDeployed,
    event_parameters,
    event_values,
    parameter_name,
    unsafe_values,
)


def template(*events: tuple[str, str], missing: str = "") -> dict[str, Any]:
    triggers = [{"name": name, "type": kind} for name, kind in events]
    parameters = [{"name": parameter_name(name), "value": "null"} for name, _ in events if name != missing]
    return {
        "metadata": {"name": "trainflow", "annotations": {"metaflow/triggers": json.dumps(triggers)}},
        "spec": {"arguments": {"parameters": [{"name": "alpha", "value": "5"}, *parameters]}},
    }


def ended(run: str, step: str = "end", name: str = "end") -> TriggerEntry:
    return TriggerEntry(f"metaflow.{run.split('/')[0]}.{name}", f"{run}/{step}/9", 7, "run")


def no_project(run: str) -> None:
    raise AssertionError(f"nothing is ambiguous, and the project of {run} was looked up")


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ("metaflow.ETLFlow.end", "metaflowETLFlowend_w4zq"),
        ("my.first-Event", "myfirstEvent_hbii"),
        ("metaflow.my_shop.prod.ETLFlow.end", "metaflowmy_shopprodETLFlowend_p7qn"),
    ],
)
def test_names_are_those_of_metaflows_compiler(event: str, name: str) -> None:
    assert parameter_name(event) == name


def test_a_run_fills_the_event_of_the_template_under_its_own_name() -> None:
    deployed = template(
        ("metaflow.shop.prod.ETLFlow.end", "run"), ("metaflow.shop.prod.OtherETLFlow.end", "run")
    )
    values = event_values(deployed, [ended("ETLFlow/34")], no_project)
    name = parameter_name("metaflow.shop.prod.ETLFlow.end")
    assert values == {
        name: {"name": "metaflow.shop.prod.ETLFlow.end", "id": "ETLFlow/34/end/9", "timestamp": 7}
    }


def test_a_run_with_an_end_step_of_another_name_fills_one() -> None:
    twice = [ended("ETLFlow/34", "finish", "finish"), ended("ETLFlow/34", "finish")]
    values = event_values(template(("metaflow.ETLFlow.end", "run")), twice, no_project)
    assert [value["id"] for value in values.values()] == ["ETLFlow/34/finish/9"]


def test_two_projects_with_a_flow_of_one_name_are_told_apart_by_the_run() -> None:
    deployed = template(("metaflow.a.prod.ETLFlow.end", "run"), ("metaflow.b.prod.ETLFlow.end", "run"))
    values = event_values(deployed, [ended("ETLFlow/34")], {"ETLFlow/34": "b.prod"}.get)
    assert [value["name"] for value in values.values()] == ["metaflow.b.prod.ETLFlow.end"]
    with pytest.raises(NotDeployed, match=r"listens to metaflow\.a\.prod\.ETLFlow\.end, metaflow\.b"):
        event_values(deployed, [ended("ETLFlow/34")], lambda run: "c.prod")


def test_an_event_has_its_payload_and_the_fields_that_win_in_production() -> None:
    entry = TriggerEntry("first", "e-1", 7, "event", {"x": 1, "id": "theirs", "name": "another"})
    values = event_values(template(("first", "event")), [entry], no_project)
    assert list(values.values()) == [{"name": "first", "id": "theirs", "timestamp": 7, "x": 1}]


@pytest.mark.parametrize(
    ("deployed", "entries", "message"),
    [
        (template(("first", "event")), [ended("first/1")], "listens to first, not to 'first/1'"),
        (
            template(("metaflow.AFlow.end", "run")),
            [TriggerEntry("metaflow.AFlow.end", "e", 7, "event")],
            "not to",
        ),
        (template(("first", "event"), missing="first"), [TriggerEntry("first", "e", 7, "event")], "no event"),
        (template(("metaflow.AFlow.end", "run")), [ended("AFlow/1"), ended("AFlow/2")], "two are given"),
        (
            template(("first", "event")),
            [TriggerEntry("first", "e", 7, "event", {"x": "ä" * (VALUE_LIMIT // 6 + 1)})],
            "an Argo task can be given 122,880",
        ),
        ({"metadata": {"name": "foreign"}}, [ended("AFlow/1")], "template foreign listens to no event"),
    ],
)
def test_what_a_template_cannot_take_is_refused(
    deployed: dict[str, Any], entries: list[TriggerEntry], message: str
) -> None:
    with pytest.raises(NotDeployed, match=message):
        event_values(deployed, entries, no_project)


def test_a_template_without_triggers_has_no_event_parameters() -> None:
    assert event_parameters(template()) == []


def test_values_that_a_shell_or_argo_may_change_are_named() -> None:
    values = {"a": "$HOME", "b": "two\nlines", "c": "{{workflow.name}}", "d": "plain, {1} 'x'", "e": 5}
    assert unsafe_values(values) == ["a", "b", "c"]
