"""What makes no sense is refused at once, with what would be right."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import lineage
from lineage import simulate
from lineage.errors import FlowNotFound, InvalidArgument
from lineage.flow_map import Clock, FlowMap, declare
from lineage.simulation import Stimulus, scheduled

FLOWS = FlowMap.of(
    [declare("ETLFlow"), declare("TrainingFlow", on_finish=["ETLFlow"]), declare("EventFlow", on=["first"])]
)
NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def refused(stimuli: Any = "ETLFlow", flows: Any = FLOWS, **arguments: Any) -> str:
    with pytest.raises((InvalidArgument, FlowNotFound)) as caught:
        simulate(flows, stimuli, **arguments)
    return str(caught.value)


def test_a_stimulus_that_nothing_knows_comes_with_the_nearest_names() -> None:
    assert "did you mean TrainingFlow?" in refused("TraningFlow")
    assert "did you mean first?" in refused("frist")
    assert "did you mean ETLFlow?" in refused(Stimulus("ETLFlw", "run"))


@pytest.mark.parametrize(
    ("stimuli", "says"),
    [
        ([], "at least one stimulus"),
        (3, "a list of flow and event names"),
        ([3], "the name of a flow or an event, or a Stimulus, not 3"),
        ("", "the name of a stimulus must be that of a flow or an event"),
        ({"payload": {}}, "has no name"),
        ({"name": "first", "paylod": {}}, "did you mean payload?"),
        ({"name": "first", "payload": [1]}, "a mapping of names to values"),
        ('{"name": ', "is not a JSON object"),
        (Stimulus("first", "evnt"), "run, finish, event or None"),  # type: ignore[arg-type]  # on purpose
        (Stimulus("first", cron="* * *"), "3 fields instead of five"),
        (Stimulus("first", cron="61 * * * *"), "minute 61 is not within 0 to 59"),
        (Stimulus("first", cron="* * * * *", timezone="Mars"), "time zone 'Mars' is not known"),
        (Stimulus("first", cron="* * * * *", at=NOON), "both a time and a cron"),
        (Stimulus("first", at="noon"), "the time of first must be a datetime or ISO 8601 text"),
        (Stimulus("first", at=5), "the time of first must be a datetime"),  # type: ignore[arg-type]  # on purpose
        (Stimulus("first", at=timedelta.max), "more than a hundred years after the start"),
        (Stimulus("first", at=-timedelta(1)), "is before the start"),
    ],
)
def test_stimuli(stimuli: Any, says: str) -> None:
    assert says in refused(stimuli)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"durations": -1}, "a number of seconds from 0"),
        ({"durations": float("nan")}, "a number of seconds from 0"),
        ({"durations": 10**400}, "a hundred years"),
        ({"durations": {"ETLFlow": 1e300}}, "a hundred years"),
        ({"durations": {"ETLFlow": []}}, "a list of them"),
        ({"durations": {"ETLFlow": [1, "2"]}}, "the duration of ETLFlow"),
        ({"durations": {"ETLFlw": 1}}, "did you mean ETLFlow?"),
        ({"outcomes": {"ETLFlow": "fails"}}, '"completed", "failed"'),
        ({"outcomes": {"ETLFlow": 1.5}}, "from 0 to 1"),
        ({"outcomes": {"Nothing": "failed"}}, "no flow 'Nothing'"),
        ({"outcomes": "sometimes"}, '"history" or a mapping'),
        ({"start": datetime.min}, "start must be a datetime"),
        ({"start": 2026}, "start must be a datetime or ISO 8601 text like '2026-11-30T09:00'"),
        ({"horizon": timedelta.max}, "at most a hundred years"),
        ({"horizon": timedelta(days=40_000)}, "at most a hundred years"),
        pytest.param(
            {"stimuli": Stimulus("first", cron="@every 1s"), "horizon": timedelta(days=30)},
            "shorter horizon",
            marks=pytest.mark.slow,
        ),
        ({"start": "noon"}, "start must be a datetime"),
        ({"horizon": timedelta(0)}, "the horizon must be after the start"),
        ({"horizon": 3}, "horizon must be a datetime"),
        ({"samples": 0}, "samples must be an integer of at least 1"),
        ({"max_runs": True}, "max_runs must be an integer of at least 1"),
    ],
)
def test_arguments(arguments: dict[str, Any], says: str) -> None:
    assert says in refused(**arguments)


def test_a_step_that_cannot_fail_is_refused() -> None:
    flows = FlowMap.of([declare("ETLFlow", steps=("start", "end"))])
    assert "no step 'middle'" in refused(flows=flows, outcomes={"ETLFlow": "failed:middle"})


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        ("completed:x", "ETLFlow has no step 'x' that depends on a switch; such steps are b, c"),
        ("completed:b*1001", "b is taken from 1 to 1000 times, not '1001'"),
        ("completed:b*0", "b is taken from 1 to 1000 times, not '0'"),
        ("completed:b*", "b is taken from 1 to 1000 times, not ''"),
        ("completed:b*x", "b is taken from 1 to 1000 times, not 'x'"),
    ],
)
def test_a_path_that_cannot_be_is_refused(outcome: str, says: str) -> None:
    steps = ("start", "b", "c", "end")
    uncertain = {"optional_steps": frozenset("b"), "repeated_steps": frozenset("c")}
    flows = FlowMap.of([declare("ETLFlow", steps=steps, **uncertain), declare("PlainFlow")])
    assert refused(flows=flows, outcomes={"ETLFlow": outcome}) == says
    plain = refused(flows=flows, outcomes={"PlainFlow": "completed:b"})
    assert plain == "PlainFlow has no step 'b' that depends on a switch; it has no such steps"
    for turns in (1, 1000):
        assert simulate(flows, "ETLFlow", outcomes={"ETLFlow": f"completed:b, c*{turns}"}).runs


def test_an_empty_map_and_what_is_no_map() -> None:
    assert "the flow map is empty" in refused(flows=FlowMap.of([]))
    assert "such as lineage.flow_graph() returns" in refused(flows=["ETLFlow"])
    assert repr(FlowMap.of([])) == "Flow map: 0 flows, 0 triggers"


def test_a_flow_name_that_is_none() -> None:
    with pytest.raises(InvalidArgument, match="a plain word"):
        declare("shop.prod.ETLFlow")


def test_a_loop_of_one_flow_on_itself_stops_and_says_so() -> None:
    flows = FlowMap.of([declare("LoopFlow", on_finish=["LoopFlow"])])
    at_horizon = simulate(flows, "LoopFlow", durations=3600, horizon=timedelta(hours=5, minutes=30))
    assert len(at_horizon.runs) == 6
    assert at_horizon.runs[-1].outcome == "running"
    assert at_horizon.stopped is None
    at_limit = simulate(flows, "LoopFlow", durations=0, max_runs=50)
    assert len(at_limit.runs) == 50
    assert at_limit.stopped == "stopped at 50 runs, at 2026-01-01T12:00:00+00:00: is it a loop?"
    assert [str(p) for p in at_limit.lineage.problems] == [f"simulation: {at_limit.stopped}"]


def test_an_interval_begins_at_the_start() -> None:
    sim = simulate(
        FlowMap.of([declare("ETLFlow")]),
        Stimulus("ETLFlow", cron="@every 90m"),
        start="2026-11-30T12:00+00:00",
        horizon=timedelta(hours=4),
    )
    assert [f"{run.started:%H:%M:%S}" for run in sim.runs] == ["13:30:00", "15:00:00"]


@pytest.mark.parametrize("name", ["ETLFlow/", "ETLFlow/a b", "ETLFlow/34/start/5", "ETLFlow/.."])
def test_what_cannot_be_a_past_run_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgument, match='a past run is named like "ETLFlow/34"'):
        simulate(FlowMap.of([declare("ETLFlow")]), name)


def test_a_cron_that_strikes_every_minute_is_no_loop() -> None:
    flows = FlowMap.of([declare(f"Flow{number}", on=["tick"]) for number in range(8)])
    ticking = Stimulus("tick", cron="* * * * *")
    sim = simulate(flows, ticking, samples=1, durations=1)
    assert sim.stopped is None
    assert len(sim.runs) == 8 * (24 * 60 + 1)
    assert str(simulate(flows, ticking, max_runs=20).stopped).endswith("raise max_runs to go on")


def test_a_clock_that_argo_does_not_take_is_a_warning_and_the_rest_goes_on() -> None:
    flows = FlowMap.of(
        [
            declare("ETLFlow", schedule=Clock("0 9 * * 7")),
            declare("PairFlow", on=["a", "b"], reset_at=Clock("@daily")),
            declare("ZoneFlow", on=["a", "b"], reset_at=Clock("0 0 * * *", "Mars/Olympus")),
            declare("FineFlow", on=["a", "b"], reset_at=Clock("CRON_TZ=Asia/Tokyo 30 21 * * *")),
        ]
    )
    assert [(w.kind, w.flows[0]) for w in flows.warnings] == [
        ("refused", "ETLFlow"),
        ("refused", "PairFlow"),
        ("refused", "ZoneFlow"),
    ]
    sim = simulate(flows, [Stimulus("a"), Stimulus("b", at=timedelta(hours=30))], horizon=timedelta(days=2))
    assert {run.flow for run in sim.runs} == {"PairFlow", "ZoneFlow"}
    assert "reset at 12:30" in sim.why["FineFlow"]  # 21:30 in Tokyo
    assert scheduled(flows) == []


SHOP = FlowMap.of(
    [
        declare("ETLFlow", project="shop", branch="prod", on=["mfns.shop.prod.tables.ready"]),
        declare("ETLFlow", project="shop", branch="user.ann", on=["mfns.shop.user.ann.tables.ready"]),
        declare("PlainFlow", on=["mfns.first"]),
        declare("OnlyFlow", project="shop", branch="prod", on=["mfns.shop.prod.only"]),
    ]
)


def test_an_event_may_be_named_as_its_flow_names_it() -> None:
    assert [run.flow for run in simulate(SHOP, "first").runs] == ["PlainFlow"]
    assert [run.flow for run in simulate(SHOP, {"name": "only"}).runs] == ["shop.prod.OnlyFlow"]
    assert [run.flow for run in simulate(SHOP, "mfns.shop.user.ann.tables.ready").runs] == [
        "shop.user.ann.ETLFlow"
    ]
    several = refused("tables.ready", SHOP)
    assert "say which of mfns.shop.prod.tables.ready, mfns.shop.user.ann.tables.ready" in several
    assert "did you mean only or OnlyFlow?" in refused("onyl", SHOP)


def test_the_payload_of_a_mapping_may_be_called_fields_as_after_trigger() -> None:
    sim = simulate(FLOWS, '{"name": "first", "fields": {"week": 5}}')
    assert sim.stimuli[0].payload == {"week": 5}
    assert simulate(FLOWS, {"name": "first", "payload": {"week": 6}}).stimuli[0].payload == {"week": 6}


@pytest.mark.parametrize("name", ["simulate", "Simulation"])
def test_the_old_place_of_a_name_works_and_warns(name: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"^use lineage.{name}, not lineage.simulation.{name}$"):
        assert getattr(lineage.simulation, name) is getattr(lineage, name)
    with pytest.raises(AttributeError, match=r"^module 'lineage\.simulation' has no attribute 'nothing'$"):
        lineage.simulation.nothing  # noqa: B018 # the look-up is what is tested
