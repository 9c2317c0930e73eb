"""The document that a page plays: its times, its lanes, what flows wait for, and how it ends."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from lineage import Simulation, simulate
from lineage.flow_map import FlowMap, declare
from lineage.scene.playback import RealRun, playback
from lineage.simulation import Stimulus

NINE = datetime(2026, 11, 30, 9, tzinfo=timezone.utc)

# IngestFlow > TrainingFlow ─┐
#     event new_data > DataFlow ─┴> ScoreFlow        event drift > RetrainFlow
FLOWS = FlowMap.of(
    [
        declare("IngestFlow", durations=(120,)),
        declare("TrainingFlow", on_finish=["IngestFlow"], durations=(900,)),
        declare("DataFlow", on=["new_data"], durations=(60,)),
        declare("ScoreFlow", on_finish=["TrainingFlow", "DataFlow"], durations=(60,)),
        declare("RetrainFlow", on=["drift"], durations=(60,)),
    ]
)


def simulated(*stimuli: str | Stimulus, start: datetime = NINE, **options: object) -> Simulation:
    return simulate(FLOWS, list(stimuli), start=start, **options)  # type: ignore[arg-type] # of several kinds


def test_all_times_have_one_precision_and_the_date_is_said_once() -> None:
    played = playback(simulated("IngestFlow"))
    assert played["day"] == "30 Nov 2026 · UTC"
    assert [tick["clock"] for tick in played["ticks"]] == ["09:00", "09:05", "09:10", "09:15"]
    assert {len(moment["clock"]) for moment in played["moments"]} == {5}


def test_times_have_seconds_as_soon_as_one_of_them_needs_them() -> None:
    played = playback(simulated("IngestFlow", durations=90))
    clocks = [moment["clock"] for moment in played["moments"]]
    assert clocks == ["09:00:00", "09:00:00", "09:01:30", "09:03:00"]
    assert {len(tick["clock"]) for tick in played["ticks"]} == {8}
    assert "fires at 09:01:30, because IngestFlow finished at 09:01:30" in played["why"]


def test_another_day_is_said_at_midnight_and_beside_its_times() -> None:
    played = playback(simulated("IngestFlow", start=NINE.replace(hour=22), durations=7200))
    assert [tick["clock"] for tick in played["ticks"]] == ["22:00", "23:00", "1 Dec", "01:00", "02:00"]
    assert [moment["clock"] for moment in played["moments"]][2:] == ["1 Dec 00:00", "1 Dec 02:00"]
    assert "fires at 1 Dec 00:00, because IngestFlow finished at 1 Dec 00:00" in played["why"]


def test_what_arrives_has_a_lane_and_lanes_are_in_the_order_in_which_they_begin() -> None:
    real = RealRun("ScoreFlow/4", "ScoreFlow", NINE + timedelta(minutes=1), NINE, "completed")
    played = playback(simulated("IngestFlow", "new_data"), real=[real])
    assert [lane["name"] for lane in played["lanes"]] == [
        "new_data",
        *("DataFlow", "IngestFlow", "ScoreFlow", "TrainingFlow"),
    ]
    (arrival,) = [bar for bar in played["bars"] if bar.get("instant")]
    assert (arrival["lane"], arrival["from"], arrival["to"], arrival["look"]) == (0, 0.0, 0.0, "arrived")


def test_a_moment_says_what_a_flow_waits_for_from_then_on() -> None:
    played = playback(simulated("IngestFlow", "new_data"))
    score = [node["id"] for node in played["map"]["nodes"]].index("ScoreFlow")
    waits = [(moment["clock"], moment["lacks"]) for moment in played["moments"] if "lacks" in moment]
    assert waits == [("09:01", {str(score): "TrainingFlow"})]


@pytest.mark.parametrize(
    ("stimuli", "options", "said"),
    [
        (
            ["IngestFlow", "new_data"],
            {},
            "At 09:18 all is done: 4 of 5 flows will have run, RetrainFlow not.",
        ),
        (["IngestFlow", "new_data", "drift"], {}, "At 09:18 all is done: all 5 flows will have run."),
        (["drift"], {}, "At 09:01 all is done: 1 of 5 flows will have run."),
        (
            ["IngestFlow", "new_data", "drift"],
            {"outcomes": {"TrainingFlow": "failed"}},
            "At 09:17 all is done: 4 of 5 flows will have run, TrainingFlow failed, ScoreFlow not.",
        ),
        (
            ["drift"],
            {"horizon": timedelta(seconds=30)},
            "At 09:00, when this ends, not all is done: 1 of 5 flows will have run.",
        ),
    ],
)
def test_it_ends_with_how_many_flows_will_have_run(
    stimuli: list[str], options: dict[str, object], said: str
) -> None:
    assert playback(simulated(*stimuli, **options))["ending"] == said


def test_a_simulation_that_is_stopped_says_so_at_its_end() -> None:
    loop = FlowMap.of([declare("AFlow", on_finish=["BFlow"]), declare("BFlow", on_finish=["AFlow"])])
    sim = simulate(loop, "AFlow", start=NINE, durations=60, max_runs=4)
    assert playback(sim)["ending"] == "At 09:04 the simulation stops: all 2 flows will have run."
