"""`MetaflowTrigger` and `MetaflowEvent` by themselves: both contracts, and every cell of `type`."""

from __future__ import annotations

import copy
import pickle
from datetime import datetime
from typing import Any

import metaflow.events
import pytest

from metaflow_extensions.lineage.plugins.option.declared import declared_triggers
from metaflow_extensions.lineage.plugins.trigger.trigger import (
    AmbiguousTrigger,
    KnownDetails,
    MetaflowEvent,
    MetaflowTrigger,
)

Record = dict[str, Any]


def run(pathspec: str, timestamp: int | None = 1_700_000_000, end: str = "end") -> Record:
    name = f"metaflow.{pathspec.split('/')[0]}.{end}"
    return {"name": name, "id": f"{pathspec}/{end}/9", "timestamp": timestamp, "type": "run"}


def event(name: str, event_id: str = "e1", timestamp: object = 1_700_000_000) -> Record:
    return {"name": name, "id": event_id, "timestamp": timestamp, "type": "event"}


RUN, OTHER_RUN = run("TrainingFlow/34"), run("DataFlow/12", 1_700_000_100)
FIRST, SECOND = event("first"), event("second", "e2", 1_700_000_100)


@pytest.mark.parametrize(
    ("arrived", "one_declared", "several_declared"),
    [
        ([RUN], "RUN", "ONE-OF-RUNS"),
        ([RUN, OTHER_RUN], "MANY-RUNS", "MANY-RUNS"),
        ([FIRST], "EVENT", "ONE-OF-EVENTS"),
        ([FIRST, SECOND], "MANY-EVENTS", "MANY-EVENTS"),
        ([RUN, FIRST], "MANY-EVENTS", "MANY-EVENTS"),
    ],
    ids=["one run", "several runs", "one event", "several events", "runs and events"],
)
def test_type_is_what_arrived_and_what_was_declared(
    arrived: list[Record], one_declared: str, several_declared: str
) -> None:
    assert MetaflowTrigger(arrived, details=KnownDetails(declared=1)).type == one_declared
    assert MetaflowTrigger(arrived, details=KnownDetails(declared=None)).type == one_declared
    assert MetaflowTrigger(arrived, details=KnownDetails(declared=3)).type == several_declared


def test_a_run_announced_twice_is_one_cause() -> None:
    twice = [run("OddFlow/1", end="last"), {**run("OddFlow/1", end="last"), "name": "metaflow.OddFlow.end"}]
    trigger = MetaflowTrigger(twice, details=KnownDetails(strict=True))
    assert trigger.type == "RUN"
    assert trigger.event is not None
    assert trigger.event.name == "metaflow.OddFlow.last"
    assert len(trigger.events or []) == 2
    assert repr(trigger.data) == "<TriggerData: artifacts of OddFlow/1>"


def test_with_one_cause_both_contracts_agree() -> None:
    for strict in (True, False):
        trigger = MetaflowTrigger([FIRST], details=KnownDetails(strict=strict))
        assert trigger.event == ("first", "e1", datetime.fromtimestamp(1_700_000_000), "event")
        assert (trigger.run, trigger.runs) == (None, None)


def test_with_several_the_strict_contract_withholds_what_the_released_one_picks() -> None:
    strict = MetaflowTrigger([FIRST, SECOND], details=KnownDetails(strict=True))
    released = MetaflowTrigger([FIRST, SECOND])
    assert strict.event is None
    assert released.event is not None
    assert released.event.name == "second"  # the latest
    assert [entry.name for entry in strict] == [entry.name for entry in released] == ["second", "first"]
    assert MetaflowTrigger([RUN, FIRST], details=KnownDetails(strict=True)).run is None


def test_a_name_finds_the_event_and_a_wrong_one_says_what_there_is() -> None:
    trigger = MetaflowTrigger([FIRST, SECOND, RUN])
    assert trigger["first"].id == "e1"
    assert "first" in trigger
    assert "TrainingFlow" in trigger  # no run is looked up for this
    assert "metaflow.TrainingFlow.end" not in trigger
    assert "third" not in trigger
    assert 5 not in trigger
    with pytest.raises(KeyError, match=r"third did not .*; TrainingFlow and second and first did"):
        trigger["third"]


def test_it_tells_a_person_what_happened() -> None:
    when = datetime.fromtimestamp(1_700_000_000)
    assert repr(MetaflowTrigger([RUN, event("first", timestamp=None)])) == (
        f"<MetaflowTrigger: run TrainingFlow/34 at {when}, event first>"
    )


def test_data_needs_exactly_one_run_whatever_events_came_with_it() -> None:
    assert repr(MetaflowTrigger([RUN, FIRST], details=KnownDetails(strict=True)).data) == (
        "<TriggerData: artifacts of TrainingFlow/34>"
    )
    two = r"2 runs triggered this one: use trigger\['DataFlow'\].data or trigger\['TrainingFlow'\].data"
    with pytest.raises(AmbiguousTrigger, match=two):
        MetaflowTrigger([RUN, OTHER_RUN]).data  # noqa: B018 - the property is what is tested
    with pytest.raises(AmbiguousTrigger, match=r"no run triggered this one, .*; first did"):
        MetaflowTrigger([FIRST]).data  # noqa: B018 - likewise


@pytest.mark.parametrize("timestamp", [None, "yesterday", 1_700_000_000_000, 1.5, 0])
def test_a_time_that_metaflow_did_not_write_is_left_as_it_is(timestamp: object) -> None:
    trigger = MetaflowTrigger([event("first", timestamp=timestamp), SECOND])
    assert trigger["first"].timestamp == timestamp
    repr(trigger)


def test_events_are_the_tuples_that_they_always_were() -> None:
    (first,) = MetaflowTrigger([FIRST], details=KnownDetails({("first", "e1"): {"x": 1}}))
    name, event_id, timestamp, kind = first
    stock = metaflow.events.MetaflowEvent(name, event_id, timestamp, kind)
    assert first == stock
    assert first._asdict() == stock._asdict()
    assert first.payload == {"x": 1}
    assert first._replace(name="other").payload is None
    assert MetaflowEvent(name, event_id, timestamp, kind).payload is None


def test_it_is_one_of_metaflows_own_triggers_too() -> None:
    trigger = MetaflowTrigger([FIRST])
    assert isinstance(trigger, metaflow.events.Trigger)
    assert isinstance(trigger, MetaflowTrigger)
    assert type(trigger).__name__ == "MetaflowTrigger"


@pytest.mark.parametrize("again", [lambda it: pickle.loads(pickle.dumps(it)), copy.deepcopy])
def test_stored_under_the_released_contract_it_is_what_metaflow_alone_can_load(again: Any) -> None:
    trigger = MetaflowTrigger([FIRST, RUN], details=KnownDetails({("first", "e1"): {"x": 1}}))
    stored = again(trigger)
    assert type(stored) is metaflow.events.Trigger
    assert stored.events == trigger.events
    assert type(again(trigger["first"])) is metaflow.events.MetaflowEvent


def test_stored_under_the_strict_contract_it_keeps_everything() -> None:
    details = KnownDetails({("first", "e1"): {"x": 1}}, declared=3, strict=True)
    trigger = pickle.loads(pickle.dumps(MetaflowTrigger([FIRST, RUN], details=details)))
    assert isinstance(trigger, MetaflowTrigger)
    assert (trigger.event, trigger["first"].payload, repr(trigger.data)) == (
        None,
        {"x": 1},
        "<TriggerData: artifacts of TrainingFlow/34>",
    )
    assert pickle.loads(pickle.dumps(trigger["first"])).payload == {"x": 1}
    one = MetaflowTrigger([FIRST], details=details)
    assert pickle.loads(pickle.dumps(one)).type == "ONE-OF-EVENTS"


def test_a_payload_cannot_be_changed_through_the_event() -> None:
    trigger = MetaflowTrigger([FIRST], details=KnownDetails({("first", "e1"): {"x": 1}}))
    payload = trigger["first"].payload
    payload["x"] = 2
    assert trigger["first"].payload == {"x": 1}


@pytest.mark.parametrize(
    ("decorators", "count"),
    [
        ([("trigger", {"event": "first", "events": [], "options": {}})], 1),
        ([("trigger", {"event": "None", "events": ["first", {"name": "second"}]})], 2),  # as recorded
        ([("trigger_on_finish", {"flow": {"name": "F"}, "flows": []}), ("schedule", {"daily": True})], 1),
        ([("trigger_on_finish", {"flow": None, "flows": ["A", "B"]}), ("trigger", {"event": "first"})], 3),
        ([("trigger", {"event": None, "events": "some_function"})], None),
        ([("schedule", {})], None),
    ],
)
def test_what_a_flow_listens_to_is_counted_live_and_in_a_record(
    decorators: list[tuple[str, dict[str, object]]], count: int | None
) -> None:
    for recorded in (False, True):
        assert declared_triggers(decorators, recorded=recorded).count == count


def test_only_trigger_on_is_strict() -> None:
    assert declared_triggers([("trigger", {"event": "first", "trigger_on": True})]).strict
    assert not declared_triggers(
        [("trigger", {"event": "first"}), ("trigger_on_finish", {"flow": "F"})]
    ).strict
