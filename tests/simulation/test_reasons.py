"""Why a flow fires or not, where resets, discarded events, limits or clocks make that hard to tell."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from lineage import simulate
from lineage.flow_map import Clock, FlowMap, declare
from lineage.flow_map.declarations import Listening
from lineage.simulation import Stimulus

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
HOURLY = Clock("0 * * * *")
NEEDY = FlowMap.of([declare("NeedyFlow", on=[Listening("a", required=frozenset("x")), "b"], reset_at=HOURLY)])
TRIPLE = FlowMap.of([declare("TripleFlow", on=["a", "b", "c"], reset_at=HOURLY)])


def after(name: str, minutes: float, **payload: Any) -> Stimulus:
    return Stimulus(name, payload=payload or None, at=timedelta(minutes=minutes))


def why(flows: FlowMap, *given: Stimulus, flow: str | None = None, **arguments: Any) -> str:
    """The sentence on a flow, by default the last one of the map."""
    arguments = {"start": NOON, "horizon": timedelta(hours=2.9)} | arguments
    return simulate(flows, given, **arguments).why[flow or list(flows)[-1]]


def test_two_runs_are_counted() -> None:
    flows = FlowMap.of([declare("OneFlow", on=["a"])])
    said = why(flows, after("a", 0), after("a", 7))
    assert said == "fires at 12:00, because a arrived at 12:00; 2 runs in all, the last at 12:07"


def test_an_event_is_missing_that_was_discarded_and_never_came_whole() -> None:
    discarded = "does not fire: event a at 12:10 has no x, which a parameter of it requires"
    assert why(NEEDY, after("a", 10), after("b", 20)) == discarded
    assert why(NEEDY, after("a", 5), after("a", 10)) == discarded
    whole = (after("a", 10), after("a", 190, x=1))
    assert why(NEEDY, *whole, horizon=timedelta(hours=3.5)) == "waits for b (got a at 15:10)"


def test_a_discarded_event_does_not_count_as_an_arrival_between_resets() -> None:
    said = why(NEEDY, after("a", 10), after("b", 20), after("a", 70, x=1))
    assert said == "would have fired at 13:10, but b at 12:20 was reset at 13:00"


def test_a_reset_is_to_blame_only_if_all_arrived_and_only_for_what_it_lost() -> None:
    early = (after("a", 10), after("b", 70))
    assert why(TRIPLE, *early, horizon=timedelta(hours=1.5)) == "waits for a and c (got b at 13:10)"
    said = why(TRIPLE, *early, after("b", 130), after("c", 140))
    assert said == "would have fired at 14:20, but a at 12:10 was reset at 13:00"


def test_an_event_with_the_name_of_an_end_may_come_from_a_flow_that_is_not_in_the_map() -> None:
    flows = FlowMap.of([declare("NameFlow", on=["metaflow.GoneFlow.end"])])
    said = why(flows, after("metaflow.GoneFlow.end", 3))
    assert said == "fires at 12:03, because GoneFlow finished at 12:03"


def test_a_reset_at_the_very_arrival_of_the_last_event_comes_first() -> None:
    said = why(TRIPLE, after("a", 10), after("b", 20), after("c", 60))
    assert said == "would have fired at 13:00, but a at 12:10 and b at 12:20 were reset at 13:00"


def test_a_group_that_is_complete_when_the_limit_is_reached_waits_for_nothing() -> None:
    flows = FlowMap.of([declare("AFlow", on=["a"]), declare("PairFlow", on=["a", "b"])])
    said = why(flows, after("a", 0), after("b", 5), max_runs=1)
    assert said == "would fire at 12:05, where the simulation stops (got a at 12:00 and b at 12:05)"
    looping = FlowMap.of([declare("LoopFlow", on_finish=["LoopFlow"])])
    assert why(looping, after("LoopFlow", 0), durations=60, max_runs=1) == (
        "runs at 12:00, because it was started; "
        "then would fire at 12:01, where the simulation stops (got LoopFlow at 12:01)"
    )


def test_a_flow_that_starts_after_the_limit_is_reached_is_not_said_to_lack_a_cause() -> None:
    flows = FlowMap.of([declare("AFlow"), declare("LaterFlow")])
    given = (after("AFlow", 0), after("AFlow", 10), after("LaterFlow", 20))
    assert why(flows, *given, max_runs=1) == "does not run before the simulation stops"
    assert why(flows, *given[:2], max_runs=2).startswith("does not run: nothing here starts it")


def test_the_last_turn_of_a_step_is_the_last_one_where_an_hour_comes_twice() -> None:
    """Two turns of `again`, at 2:40 in summer time and forty minutes later, at 2:20 in winter time."""
    sender = declare(
        "ETLFlow", steps=("again", "end"), repeated_steps=frozenset({"again"}), paths=({"again": 2},)
    )
    flows = FlowMap.of([sender, declare("PairFlow", on=["metaflow.ETLFlow.again", "ready"])])
    said = why(
        flows,
        after("ETLFlow", 0),
        after("ready", 90),
        start=datetime(2026, 10, 25, 2, tzinfo=ZoneInfo("Europe/Berlin")),
        durations=160 * 60,
    )
    assert said.startswith("fires at 02:30 +0100, because step again of ETLFlow finished at 02:20 +0100 (")
