"""What a simulation prepares before it plays: the order of an instant, the limits, the defaults."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from lineage import simulate
from lineage.errors import InvalidArgument
from lineage.flow_map import Clock, FlowMap, Listening, declare
from lineage.simulation import Stimulus, scenario, stimuli
from lineage.simulation.run import run_simulation
from lineage.simulation.times import LONGEST

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
FLOWS = FlowMap.of([declare("ETLFlow"), declare("EventFlow", on=["first"])])
STEPS = FlowMap.of(
    [
        declare("ETLFlow", steps=("start", "load", "check", "end")),
        declare("LoadFlow", on=["metaflow.ETLFlow.load"]),
        declare("CheckFlow", on=["metaflow.ETLFlow.check"]),
    ]
)


def test_at_one_instant_events_come_before_starts_whatever_their_names() -> None:
    kinds = [event.kind for event in simulate(FLOWS, ["ETLFlow", "first"]).events]
    assert kinds == ["happened", "arrived", "started", "started", "completed", "completed"]
    assert simulate(FLOWS, ["ETLFlow", "first"]).events[2].flow == "EventFlow"


@pytest.mark.parametrize(
    "given",
    [
        ([Stimulus("first", cron="@every 1h")], None),
        ([Stimulus("first"), Stimulus("ETLFlow")], "0 14 * * *"),
        ([Stimulus("first")], "0 13,14 * * *"),
    ],
    ids=["stimuli", "both", "resets"],
)
def test_as_many_stimuli_and_resets_as_the_limit_are_played_and_one_more_is_refused(
    given: tuple[list[Stimulus], str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    happens, cron = given
    reset = Clock(cron) if cron else None
    flows = FlowMap.of([declare("ETLFlow"), declare("PairFlow", on=["first", "second"], reset_at=reset)])

    def play() -> None:
        simulate(flows, happens, start=NOON, horizon=timedelta(hours=3.5))

    monkeypatch.setattr(scenario, "MOST_OCCURRENCES", 3)
    play()
    monkeypatch.setattr(scenario, "MOST_OCCURRENCES", 2)
    with pytest.raises(InvalidArgument) as refused:
        play()
    assert str(refused.value) == (
        "crons and resets occur more than 2 times until 2026-01-01: choose a shorter horizon"
    )


class EverySecond:
    """A cron that fails if more of its times are taken than the limit and one more."""

    begins_at_start = False

    def times(self, start: datetime, end: datetime) -> Iterator[datetime]:
        yield from (start + timedelta(seconds=second) for second in range(1, 5))
        pytest.fail("it goes on after the limit")


@pytest.mark.parametrize("given", [Stimulus("first", cron="* * * * *"), "first"], ids=["stimuli", "resets"])
def test_a_clock_that_ticks_for_a_hundred_years_is_given_up_at_the_limit(
    given: Stimulus | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    flows = FlowMap.of([declare("PairFlow", on=["first", "second"], reset_at=Clock("* * * * *"))])
    for module in (scenario, stimuli):
        monkeypatch.setattr(module, "parse_cron", lambda *_: EverySecond())
    monkeypatch.setattr(scenario, "MOST_OCCURRENCES", 3)
    with pytest.raises(InvalidArgument, match="occur more than 3 times until 2126-01-02"):
        simulate(flows, given, start=NOON, horizon=LONGEST)


def test_a_loop_has_a_lower_limit_of_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenario, "LOOPING", 7)
    loop = FlowMap.of([declare("LoopFlow", on_finish=["LoopFlow"], steps=("start", "end"))])
    assert simulate(loop, "LoopFlow", durations=3600).stopped == (
        "stopped at 7 runs, at 2026-01-01T19:00:00+00:00: is it a loop?"
    )


def test_the_moment_at_which_it_stopped_is_that_of_the_last_event() -> None:
    stopped = simulate(STEPS, "ETLFlow", durations=240, max_runs=2).stopped
    assert stopped == "stopped at 2 runs, at 2026-01-01T12:03:00+00:00: raise max_runs to go on"


def test_a_run_that_fails_in_no_step_that_is_known_has_sent_no_event() -> None:
    sim = simulate(STEPS, "ETLFlow", outcomes={"ETLFlow": "failed"})
    assert [run.flow for run in sim.runs] == ["ETLFlow"]


def test_the_last_instant_of_the_horizon_belongs_to_it_and_a_hundred_years_are_not_too_long() -> None:
    sim = simulate(FLOWS, Stimulus("ETLFlow", at=LONGEST), horizon=LONGEST)
    assert [(run.started, run.outcome) for run in sim.runs] == [(sim.end, "running")]
    later = simulate(FLOWS, Stimulus("ETLFlow", at=timedelta(hours=2)), horizon=timedelta(hours=1))
    assert (later.runs, later.steps) == ((), 0)


@pytest.mark.parametrize("zone", ["+14:00", "+00:00", "-12:00"])
def test_the_last_years_that_have_a_date_are_refused_or_played(zone: str) -> None:
    start, last = f"9999-12-29T12:00{zone}", "9999-12-30T23:59:59.999999+00:00"
    sim = simulate(FLOWS, [Stimulus("ETLFlow"), Stimulus("first", at=LONGEST)], start=start, horizon=last)
    assert (sim.end, [run.flow for run in sim.runs]) == (datetime.fromisoformat(last), ["ETLFlow"])
    with pytest.raises(InvalidArgument, match="the horizon must be at most a hundred years after"):
        simulate(FLOWS, "ETLFlow", start=start, horizon="9999-12-31T00:00+00:00")


@pytest.mark.parametrize("horizon", [timedelta(hours=-1), timedelta.min, "2026-01-01T12:00+00:00"])
def test_a_horizon_before_the_start_is_refused_with_the_start(horizon: Any) -> None:
    with pytest.raises(InvalidArgument) as refused:
        simulate(FLOWS, "ETLFlow", horizon=horizon)
    assert str(refused.value) == "the horizon must be after the start, 2026-01-01T12:00:00+00:00"


def test_inside_and_outside_the_same_is_taken_where_nothing_is_given() -> None:
    inside = run_simulation(FLOWS, "ETLFlow", durations=[60, 120, 180])
    outside = simulate(FLOWS, "ETLFlow", durations=[60, 120, 180])
    assert (inside.samples, inside.seed, inside.start, inside.end) == (200, 0, outside.start, outside.end)
    assert inside.finishes == outside.finishes


def test_an_assumption_is_named_if_a_flow_that_it_is_about_runs() -> None:
    flows = FlowMap.of(
        [
            declare("ETLFlow", publishes=("ready",), durations=(60,)),
            declare("NextFlow", on=[Listening("go", assumed="its name is a guess")], durations=(60,)),
            declare("OtherFlow", durations=(60,)),
        ]
    )
    assert simulate(flows, "OtherFlow").assumptions == ()
    assert simulate(flows, "go").assumptions == ("event:go -> NextFlow: its name is a guess",)
    (text,) = simulate(flows, "ETLFlow").assumptions
    assert text.startswith("ETLFlow -> event:ready: ")
