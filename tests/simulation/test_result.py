"""What a simulation tells: sentences, states, the lineage, the spread, the timeline."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from lineage import simulate
from lineage.errors import FlowNotFound, InvalidArgument
from lineage.flow_map import Clock, FlowMap, declare
from lineage.format import format_clock
from lineage.scene.lineage_scene import scene
from lineage.simulation import State, Stimulus, scheduled
from lineage.simulation.events import states

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
FLOWS = FlowMap.of(
    [
        declare("ETLFlow"),
        declare("DataFlow"),
        declare("TrainingFlow", on_finish=["ETLFlow"], on=["approved"]),
        declare("ScoreFlow", on_finish=["TrainingFlow", "DataFlow"]),
    ]
)
SIM = simulate(FLOWS, ["ETLFlow", Stimulus("approved", at=timedelta(minutes=20))], durations=300)


def test_every_flow_has_its_sentence() -> None:
    assert dict(SIM.why) == {
        "DataFlow": "does not run: nothing here starts it, and it listens to nothing",
        "ETLFlow": "runs at 12:00, because it was started",
        "ScoreFlow": "waits for DataFlow (got TrainingFlow at 12:25)",
        "TrainingFlow": "fires at 12:20, because ETLFlow finished at 12:05 and approved arrived at 12:20",
    }
    assert "ScoreFlow" in SIM.why
    assert "ScorFlow" not in SIM.why
    with pytest.raises(FlowNotFound, match="did you mean"):
        SIM.why["ScorFlow"]


def test_sentences_of_what_fires_often_and_of_what_is_left() -> None:
    sim = simulate(FLOWS, ["ETLFlow", *(Stimulus("approved", at=timedelta(hours=h)) for h in (1, 2, 3))])
    assert sim.why["TrainingFlow"] == (
        "fires at 13:00, because ETLFlow finished at 12:01 and approved arrived at 13:00; "
        "then waits for ETLFlow (got approved at 15:00)"
    )
    looping = FlowMap.of([declare("LoopFlow", on_finish=["LoopFlow"])])
    why = simulate(looping, "LoopFlow", durations=3600 * 6).why["LoopFlow"]
    assert why == "runs at 12:00, because it was started; 5 runs in all, the last at 2026-01-02 12:00"


def test_sentences_of_what_does_not_fire() -> None:
    failed = simulate(FLOWS, ["ETLFlow", "approved"], durations=300, outcomes={"ETLFlow": "failed"})
    assert failed.why["TrainingFlow"] == "does not fire: ETLFlow failed at 12:05 (got approved at 12:00)"
    assert failed.why["ETLFlow"] == "runs at 12:00, because it was started; fails at 12:05"
    assert failed.why["ScoreFlow"] == "does not fire: TrainingFlow does not run and DataFlow does not run"
    reset = FlowMap.of([declare("PairFlow", on=["a", "b"], reset_at=Clock("0 0 * * *"))])
    lost = simulate(reset, "a").why["PairFlow"]
    assert lost == "waits for b (got a at 12:00, reset at 2026-01-02 00:00)"
    late = simulate(FLOWS, "DataFlow", durations={"DataFlow": 10**6})
    assert "DataFlow does not end in time" in late.why["ScoreFlow"]
    unknown = FlowMap.of([declare("AFlow", on_finish=["GoneFlow"]), declare("BFlow")])
    assert simulate(unknown, "BFlow").why["AFlow"] == "does not fire: GoneFlow is not in the map"


def test_times_are_told_in_the_zone_of_the_start() -> None:
    start = datetime(2026, 7, 1, 23, 50, tzinfo=ZoneInfo("Europe/Berlin"))
    sim = simulate(FLOWS, "ETLFlow", start=start, durations=630)
    assert sim.why["TrainingFlow"] == "waits for approved (got ETLFlow at 2026-07-02 00:00:30)"
    assert sim.why["ETLFlow"] == "runs at 23:50:00, because it was started", "all times to the second"
    assert sim.end.isoformat() == "2026-07-02T23:50:00+02:00"
    assert sim.after(630).isoformat() == "2026-07-02T00:00:30+02:00"
    assert sim.after(200 * 86400).isoformat() == "2027-01-17T22:50:00+01:00", "in winter time"


@pytest.mark.parametrize("days", [1, 2, 3])
def test_the_reset_that_is_told_is_the_one_that_kept_the_flow_from_firing(days: int) -> None:
    flows = FlowMap.of(
        [
            declare("AFlow", durations=(36 * 60,)),
            declare("BFlow", durations=(96 * 60,)),
            declare("CFlow", on_finish=["AFlow", "BFlow"], reset_at=Clock("30 1 * * *")),
        ]
    )
    start = datetime(2026, 1, 5, tzinfo=timezone.utc)
    sim = simulate(flows, ["AFlow", "BFlow"], start=start, horizon=timedelta(days=days))
    assert sim.why["CFlow"] == "would have fired at 01:36, but AFlow at 00:36 was reset at 01:30"


def test_of_several_resets_the_last_that_lost_something_counts() -> None:
    flows = FlowMap.of([declare("PairFlow", on=["a", "b"], reset_at=Clock("0 * * * *"))])
    given = [Stimulus("a", at=timedelta(minutes=m)) for m in (10, 70)]
    given += [Stimulus("b", at=timedelta(minutes=m)) for m in (190, 250)]
    why = simulate(flows, given).why["PairFlow"]
    assert why == "would have fired at 15:10, but a at 13:10 was reset at 14:00"


def test_times_of_the_hour_that_comes_twice_carry_their_offset() -> None:
    flows = FlowMap.of([declare("ETLFlow"), declare("NextFlow", on_finish=["ETLFlow"])])
    start = datetime(2026, 10, 25, 2, 58, tzinfo=ZoneInfo("Europe/Berlin"))
    why = simulate(flows, "ETLFlow", start=start, durations=180).why
    assert why["ETLFlow"] == "runs at 02:58 +0200, because it was started"
    assert why["NextFlow"] == "fires at 02:01 +0100, because ETLFlow finished at 02:01 +0100"
    later = simulate(flows, "ETLFlow", start=start, durations=7200).why["NextFlow"]
    assert later == "fires at 03:58, because ETLFlow finished at 03:58"


@pytest.mark.parametrize(
    ("zone", "start", "says"),
    [
        ("America/New_York", "2026-11-01T05:30+00:00", "01:30 -0400"),
        ("America/New_York", "2026-11-01T06:30+00:00", "01:30 -0500"),
        ("Australia/Lord_Howe", "2026-04-04T15:10+00:00", "01:40 +1030"),  # only half an hour comes twice
        ("Australia/Lord_Howe", "2026-04-04T14:20+00:00", "01:20"),
        ("UTC", "2026-11-01T05:30+00:00", "05:30"),
    ],
)
def test_only_times_that_come_twice_carry_an_offset(zone: str, start: str, says: str) -> None:
    moment = datetime.fromisoformat(start).astimezone(ZoneInfo(zone))
    assert format_clock(moment, moment) == says


def test_a_time_without_a_zone_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        start = "2026-10-24T23:00"
        sim = simulate(FLOWS, "ETLFlow", start=start, durations=6 * 3600, horizon="2026-10-25T12:00")
        assert sim.runs[0].started == datetime(2026, 10, 24, 21, tzinfo=timezone.utc)
        assert "ETLFlow at 2026-10-25 04:00" in sim.why["TrainingFlow"]  # clocks went back
        assert sim.end == datetime(2026, 10, 25, 11, tzinfo=timezone.utc)
        assert simulate(FLOWS, "ETLFlow", start=datetime(2026, 7, 1)).start.utcoffset() == timedelta(hours=2)
        twice = simulate(FLOWS, Stimulus("ETLFlow", at="2026-10-25T02:30"), start=start, durations=3600)
        assert twice.why["ETLFlow"] == "runs at 2026-10-25 02:30 +0200, because it was started"
        assert twice.runs[0].finished is not None
        assert twice.runs[0].finished.isoformat() == "2026-10-25T02:30:00+01:00"
        with pytest.raises(InvalidArgument, match=r"is before the start, 2026-10-24T21:00:00\+00:00$"):
            simulate(FLOWS, Stimulus("ETLFlow", at="2026-10-24T22:59"), start=start)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_lineage_is_like_any_other() -> None:
    graph = SIM.lineage.graph
    assert set(graph.edges) == {
        ("ETLFlow/sim-1", "TrainingFlow/sim-1"),
        ("event:approved/sim-1", "TrainingFlow/sim-1"),
    }
    training = graph.nodes["TrainingFlow/sim-1"]
    assert (training["status"], training["outcome"]) == ("simulated", "completed")
    assert training["created_at"] == NOON + timedelta(minutes=20)
    assert graph.edges["ETLFlow/sim-1", "TrainingFlow/sim-1"] == {
        "kind": "trigger",
        "kinds": ["trigger"],
        "event": "metaflow.ETLFlow.end",
        "timestamp": NOON + timedelta(minutes=5),
    }
    assert SIM.lineage.focus == ("event:approved/sim-1", "ETLFlow/sim-1")
    json.dumps(scene(SIM.lineage))


def test_a_real_run_that_ends_keeps_its_name() -> None:
    sim = simulate(FLOWS, ["ETLFlow/34", "approved"])
    assert ("ETLFlow/34", "TrainingFlow/sim-1") in sim.lineage.graph.edges
    assert sim.lineage.graph.nodes["ETLFlow/34"]["status"] == "completed"
    assert sim.why["ETLFlow"] == "finishes at 12:00, as given"
    assert simulate(FLOWS, ["metaflow.ETLFlow.end"]).events[0].node == "ETLFlow/sim-1"


def test_the_state_at_any_time_shows_what_runs_and_how_full_each_group_is() -> None:
    assert SIM.state(NOON - timedelta(minutes=1)) == SIM.state(0) == SIM.state(-1) == State()
    early = SIM.state(NOON + timedelta(minutes=2))
    assert early.running == {"ETLFlow/sim-1": "ETLFlow"}
    waiting = SIM.state(NOON + timedelta(minutes=10))
    assert waiting.running == {}
    assert waiting.got == {"TrainingFlow": {"metaflow.ETLFlow.end": "ETLFlow/sim-1"}}
    assert waiting.missing == {"TrainingFlow": ("approved",)}
    done = SIM.state(NOON + timedelta(hours=1))
    assert done.done == {"ETLFlow/sim-1": "completed", "TrainingFlow/sim-1": "completed"}
    assert SIM.state("2026-01-01T12:10+00:00") == waiting
    with pytest.raises(InvalidArgument, match="the time must be a datetime or ISO 8601 text"):
        SIM.state("noon")


def test_stepping_through_the_events_gives_the_same_states() -> None:
    for number, (event, state) in enumerate(states(SIM.events), start=1):
        assert state == SIM.state(number)
        json.dumps(event.as_dict())


def test_a_run_started_from_outside_leaves_its_group_as_it_is() -> None:
    sim = simulate(FLOWS, ["ETLFlow", Stimulus("TrainingFlow", at=timedelta(minutes=10))], durations=60)
    state = sim.state(NOON + timedelta(minutes=10))
    assert state.got == {"TrainingFlow": {"metaflow.ETLFlow.end": "ETLFlow/sim-1"}}
    assert sim.why["TrainingFlow"].startswith(
        "runs at 12:10, because it was started; then waits for approved"
    )


def test_quantiles_are_over_the_samples() -> None:
    times = list(range(1, 101))
    sim = simulate(
        FLOWS, ["ETLFlow", "approved"], durations={"ETLFlow": times, "TrainingFlow": 0}, samples=2000
    )
    (finish,) = sim.finishes["TrainingFlow"]
    assert finish.share == 1
    assert finish.p50 == pytest.approx(50, abs=5)
    assert finish.p90 == pytest.approx(90, abs=3)
    half = simulate(FLOWS, "ETLFlow", outcomes={"ETLFlow": 0.5}, samples=2000)
    assert half.finishes["ETLFlow"][0].share == pytest.approx(0.5, abs=0.05)
    assert "ScoreFlow" not in half.finishes
    sure = simulate(FLOWS, "ETLFlow", durations=60)
    assert sure.samples == 1
    assert (sure.finishes["ETLFlow"][0].p50, sure.finishes["ETLFlow"][0].p90) == (60, 60)


def test_durations_and_outcomes_come_from_past_runs_as_the_map_knows_them() -> None:
    flows = FlowMap.of([declare("ETLFlow", durations=(10.0, 20.0, 90.0), failure_rate=1.0)])
    sim = simulate(flows, "ETLFlow")
    assert sim.runs[0].finished == NOON + timedelta(seconds=20)  # the median
    assert sim.assumptions == ()
    assert simulate(flows, "ETLFlow", outcomes="history").runs[0].outcome == "failed"
    assert "60 s is assumed" in simulate(FLOWS, "ETLFlow").assumptions[0]


def test_schedules_are_stimuli_for_those_who_ask() -> None:
    flows = FlowMap.of([declare("ETLFlow", schedule=Clock("0 */6 * * *"))])
    assert [f"{run.started:%H:%M}" for run in simulate(flows, scheduled(flows)).runs] == [
        "12:00",
        "18:00",
        "00:00",
        "06:00",
        "12:00",
    ]


def test_a_schedule_is_a_start_in_its_own_time_zone_and_an_interval_may_end_with_the_horizon() -> None:
    flows = FlowMap.of([declare("ETLFlow", schedule=Clock("0 6 * * *", "Asia/Tokyo"))])
    (given,) = scheduled(flows)
    assert given == Stimulus("ETLFlow", "run", cron="0 6 * * *", timezone="Asia/Tokyo")
    every = Stimulus("ETLFlow", cron="@every 2h")
    sim = simulate(flows, every, start="2026-01-01T12:00+02:00", horizon=timedelta(hours=4))
    assert [f"{run.started:%H:%M}" for run in sim.runs] == ["14:00", "16:00"]


def test_an_event_that_code_seems_to_publish_is_followed_and_is_an_assumption() -> None:
    flows = FlowMap.of([declare("ETLFlow", publishes=("ready",)), declare("NextFlow", on=["ready"])])
    sim = simulate(flows, "ETLFlow", durations=60)
    assert [run.flow for run in sim.runs] == ["ETLFlow", "NextFlow"]
    assert any("its code names the event" in text for text in sim.assumptions)


def test_the_timeline_has_a_lane_for_each_flow_that_runs_and_marks_for_the_quantiles() -> None:
    sim = simulate(FLOWS, ["ETLFlow", "approved"], durations={"ETLFlow": [60, 120, 600]})
    figure = sim.timeline(title="what if")
    assert figure.layout.title.text == "what if"
    assert list(figure.layout.yaxis.categoryarray) == ["ETLFlow", "TrainingFlow"]
    names = {trace.name for trace in figure.data}
    assert names == {"simulated", "P50 finish", "P90 finish"}
    bars = next(trace for trace in figure.data if trace.name == "simulated")
    assert list(bars.x) == [120_000, 60_000]  # milliseconds; the median of ETLFlow
    failed = simulate(FLOWS, "ETLFlow", outcomes={"ETLFlow": "failed"}).timeline()
    assert [trace.name for trace in failed.data] == ["failed (simulated)"]


def test_the_words_of_a_simulation() -> None:
    assert repr(SIM) == "Simulation of 4 flows: 2 runs from 2026-01-01 12:00 to 2026-01-02 12:00"
    assert "ScoreFlow: waits for DataFlow" in str(SIM)
    long = simulate(FlowMap.of([declare("A" * 500), declare("B" * 300)]), "A" * 500).why
    first, second = repr(long).splitlines()
    assert (len(first), first[-1], second) == (400, "…", f"{'B' * 300}: {long['B' * 300]}")


def test_a_flow_that_listens_to_nothing_says_what_else_it_declares() -> None:
    flows = FlowMap.of(
        [
            declare("ETLFlow"),
            declare("NightFlow", schedule=Clock("0 3 * * *")),
            declare("RefusedFlow", refused=("its event has a bad name",)),
        ]
    )
    why = simulate(flows, ["ETLFlow"]).why
    assert (
        why["NightFlow"] == "does not run: nothing here starts it, and no time of its schedule is simulated"
    )
    assert why["RefusedFlow"].endswith("and what it declares is refused at deployment")
