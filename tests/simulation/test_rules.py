"""Each rule of Argo that the engine claims, on the smallest case that shows it.

The pages that state the rules are named in `lineage.simulation.engine`.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from lineage import Simulation, simulate
from lineage.flow_map import Clock, FlowMap, Listening, declare
from lineage.simulation import Stimulus

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def event(name: str, minutes: float, **payload: object) -> Stimulus:
    return Stimulus(name, "event", payload or None, at=timedelta(minutes=minutes))


def starts(sim: Simulation, flow: str) -> list[float]:
    """When the flow's runs start, in minutes after noon."""
    return [(run.started - NOON).total_seconds() / 60 for run in sim.runs if run.flow == flow]


PAIR = FlowMap.of([declare("PairFlow", on=["a", "b"])])


def test_and_needs_all_listed_events() -> None:
    assert starts(simulate(PAIR, [event("a", 1)]), "PairFlow") == []
    assert starts(simulate(PAIR, [event("a", 1), event("b", 5)]), "PairFlow") == [5]


def test_the_latest_event_of_a_name_replaces_an_earlier_one() -> None:
    """The example of the documentation: a1 to a10, then b1; a10 and b1 are used, the rest is dropped."""
    given = [event("a", minute) for minute in range(1, 11)] + [event("b", 20)]
    sim = simulate(PAIR, given)
    assert starts(sim, "PairFlow") == [20]
    assert dict(sim.runs[0].causes) == {"event:a/sim-10": "a", "event:b/sim-1": "b"}


def test_firing_clears_so_that_all_must_arrive_again() -> None:
    sim = simulate(PAIR, [event("a", 1), event("b", 2), event("b", 3), event("b", 4), event("a", 9)])
    assert starts(sim, "PairFlow") == [2, 9]
    assert dict(sim.runs[1].causes) == {"event:b/sim-3": "b", "event:a/sim-2": "a"}


def test_a_single_event_fires_each_time_and_runs_overlap() -> None:
    flows = FlowMap.of([declare("OneFlow", on=["a"])])
    sim = simulate(flows, [event("a", 0), event("a", 1), event("a", 2)], durations=600)
    assert starts(sim, "OneFlow") == [0, 1, 2]
    assert len(sim.state(NOON + timedelta(minutes=3)).running) == 3


def test_a_reset_wipes_what_has_arrived() -> None:
    flows = FlowMap.of([declare("PairFlow", on=["a", "b"], reset_at=Clock("30 12 * * *"))])
    sim = simulate(flows, [event("a", 10), event("b", 40)])
    assert starts(sim, "PairFlow") == []
    assert sim.why["PairFlow"] == "would have fired at 12:40, but a at 12:10 was reset at 12:30"
    assert starts(simulate(flows, [event("a", 31), event("b", 40)]), "PairFlow") == [40]


def test_a_reset_comes_before_an_event_of_the_same_instant() -> None:
    flows = FlowMap.of([declare("PairFlow", on=["a", "b"], reset_at=Clock("30 12 * * *"))])
    assert starts(simulate(flows, [event("a", 10), event("b", 30), event("a", 35)]), "PairFlow") == [35]


@pytest.mark.parametrize(
    ("day", "reset_utc"),
    [
        (datetime(2026, 3, 7, 12), ["08:30", None]),  # 3:30 in winter time; then clocks go forward
        (datetime(2026, 3, 8, 12), ["07:30"]),
    ],
)
def test_a_reset_follows_its_own_time_zone(day: datetime, reset_utc: list[str | None]) -> None:
    """3:30 in New York is 8:30 UTC in winter and 7:30 UTC in summer."""
    flows = FlowMap.of([declare("PairFlow", on=["a", "b"], reset_at=Clock("30 3 * * *", "America/New_York"))])
    start = day.replace(tzinfo=timezone.utc) - timedelta(hours=12)
    steady = [Stimulus("a", "event", cron="*/5 * * * *")]
    sim = simulate(flows, steady, start=start, horizon=timedelta(days=1))
    wiped = [f"{one.at:%H:%M}" for one in sim.events if one.kind == "reset"]
    assert wiped == [time for time in reset_utc if time]


def test_a_reset_that_daylight_saving_skips_does_not_happen_and_one_that_comes_twice_does() -> None:
    flows = FlowMap.of([declare("PairFlow", on=["a", "b"], reset_at=Clock("30 2 * * *", "America/New_York"))])
    berlin = FlowMap.of([declare("PairFlow", on=["a", "b"], reset_at=Clock("30 2 * * *", "Europe/Berlin"))])
    steady = [Stimulus("a", "event", cron="*/5 * * * *")]

    def resets(flows: FlowMap, start: datetime) -> int:
        sim = simulate(flows, steady, start=start, horizon=timedelta(days=1))
        return sum(one.kind == "reset" for one in sim.events)

    assert resets(flows, datetime(2026, 3, 8, 5, tzinfo=timezone.utc)) == 0  # 2:30 is skipped
    assert resets(berlin, datetime(2026, 10, 24, 22, tzinfo=timezone.utc)) == 2  # 2:30 comes twice
    assert resets(berlin, datetime(2026, 6, 1, tzinfo=timezone.utc)) == 1


def test_only_a_run_that_ended_well_sends_its_end() -> None:
    flows = FlowMap.of([declare("ETLFlow"), declare("NextFlow", on_finish=["ETLFlow"])])
    assert starts(simulate(flows, "ETLFlow", durations=300), "NextFlow") == [5]
    sim = simulate(flows, "ETLFlow", durations=300, outcomes={"ETLFlow": "failed"})
    assert starts(sim, "NextFlow") == []
    assert sim.why["NextFlow"] == "does not fire: ETLFlow failed at 12:05"


STEPS = FlowMap.of(
    [
        declare("ETLFlow", steps=("start", "load", "check", "finish"), end_step="finish"),
        declare("LoadFlow", on=["metaflow.ETLFlow.load"]),
        declare("NamedFlow", on=["metaflow.ETLFlow.finish"]),
        declare("EndFlow", on_finish=["ETLFlow"]),
    ]
)


def test_every_step_sends_an_event_and_the_end_step_also_end() -> None:
    sim = simulate(STEPS, "ETLFlow", durations={"ETLFlow": 240})
    assert starts(sim, "LoadFlow") == [2]  # the second of four steps, taken to be equally long
    assert starts(sim, "NamedFlow") == starts(sim, "EndFlow") == [4]


def test_a_run_that_fails_in_a_step_has_sent_the_events_of_the_steps_before() -> None:
    early = simulate(STEPS, "ETLFlow", durations=240, outcomes={"ETLFlow": "failed:load"})
    late = simulate(STEPS, "ETLFlow", durations=240, outcomes={"ETLFlow": "failed:check"})
    assert starts(early, "LoadFlow") == []
    assert starts(late, "LoadFlow") == [2]
    assert starts(late, "EndFlow") == []
    assert late.runs[0].finished == NOON + timedelta(minutes=3)


def test_a_flow_hears_only_of_its_own_project_and_branch() -> None:
    flows = FlowMap.of(
        [
            declare("ETLFlow", project="shop", branch="prod"),
            declare("ETLFlow", project="shop", branch="user.ann"),
            declare("NextFlow", on_finish=["ETLFlow"], project="shop", branch="prod"),
            declare("OtherFlow", on_finish=["shop.user.ann.ETLFlow"]),
        ]
    )
    sim = simulate(flows, "shop.prod.ETLFlow", durations=60)
    assert [run.flow for run in sim.runs] == ["shop.prod.ETLFlow", "shop.prod.NextFlow"]
    assert sim.lineage.graph.nodes["NextFlow/sim-1"]["branch"] == "prod"
    sim = simulate(flows, "shop.user.ann.ETLFlow", durations=60)
    assert [run.flow for run in sim.runs] == ["shop.user.ann.ETLFlow", "OtherFlow"]


def test_an_event_without_a_field_that_a_required_parameter_needs_is_discarded() -> None:
    flows = FlowMap.of([declare("NeedyFlow", on=[Listening("a", required=frozenset({"table"}))])])
    sim = simulate(flows, [event("a", 1, rows=3), event("a", 2, table=None)])
    assert starts(sim, "NeedyFlow") == [2]  # null is there; a missing one is not
    lacking = simulate(flows, [event("a", 1, rows=3)])
    assert lacking.why["NeedyFlow"] == (
        "does not fire: event a at 12:01 has no table, which a parameter of it requires"
    )


def test_an_external_event_with_the_name_of_an_end_does_not_set_off_trigger_on_finish() -> None:
    """That sensor filters on `auto-generated-by-metaflow`; a plain @trigger of the name has no filter."""
    flows = FlowMap.of(
        [
            declare("FinishFlow", on_finish=["GoneFlow"]),
            declare("NameFlow", on=["metaflow.GoneFlow.end"]),
        ]
    )
    sim = simulate(flows, [Stimulus("metaflow.GoneFlow.end", "event")])
    assert [run.flow for run in sim.runs] == ["NameFlow"]


def test_times_are_right_across_daylight_saving() -> None:
    """Twelve hours after noon on the day before clocks go forward in New York is one o'clock."""
    flows = FlowMap.of([declare("ETLFlow")])
    start = datetime(2026, 3, 7, 18, tzinfo=ZoneInfo("America/New_York"))
    sim = simulate(flows, "ETLFlow", start=start, durations=12 * 3600)
    assert sim.runs[0].finished is not None
    assert sim.runs[0].finished.isoformat() == "2026-03-08T07:00:00-04:00"
    assert sim.lineage.graph.nodes["ETLFlow/sim-1"]["finished_at"].hour == 11
