"""Durations, outcomes and paths: read from arguments and history, and drawn apart for each flow."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from lineage import Simulation, simulate
from lineage.errors import InvalidArgument
from lineage.flow_map import FlowDeclaration, FlowMap, declare
from lineage.format import LONGEST
from lineage.simulation.chances import read_chances

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def forked(name: str) -> FlowDeclaration:
    """A flow that takes either step a or step b."""
    return declare(
        name,
        steps=("start", "a", "b", "end"),
        optional_steps=frozenset("ab"),
        possible_paths=({"a": 1}, {"b": 1}),
        durations=(60,),
    )


@pytest.mark.parametrize(
    ("outcome", "failure", "step"),
    [("completed", 0, None), ("failed", 1, None), ("failed:a", 1, "a"), (0.25, 0.25, None), (1, 1, None)],
)
def test_an_outcome_is_a_probability_from_0_to_1(outcome: Any, failure: float, step: str | None) -> None:
    chances = read_chances(FlowMap.of([forked("AFlow")]), None, {"AFlow": outcome})["AFlow"]
    assert (chances.failure, chances.failing_step) == (failure, step)


@pytest.mark.parametrize("rate", [None, 0.0])
def test_a_flow_that_never_failed_completes_as_in_history(rate: float | None) -> None:
    flows = FlowMap.of([declare("AFlow", failure_rate=rate)])
    assert [run.outcome for run in simulate(flows, "AFlow", outcomes="history").runs] == ["completed"]


def test_steps_that_no_flow_hears_of_are_not_drawn() -> None:
    flows = FlowMap.of([forked("AFlow"), declare("EndFlow", on_finish=["AFlow"]), declare("BFlow")])
    assert simulate(flows, "AFlow").samples == 1  # nothing is random
    heard = FlowMap.of([forked("AFlow"), declare("BFlow", on=["metaflow.AFlow.b"])])
    assert simulate(heard, "AFlow", samples=7).samples == 7


def test_a_duration_is_at_most_a_hundred_years() -> None:
    flows = FlowMap.of([declare("AFlow")])
    assert simulate(flows, "AFlow", durations=LONGEST).runs[0].outcome == "running"
    with pytest.raises(InvalidArgument) as caught:
        simulate(flows, "AFlow", durations=LONGEST + 1)
    assert str(caught.value) == (
        "the duration of every flow must be a number of seconds from 0 to 3155760000 (a hundred years), or a "
        "list of them, not 3155760001"
    )
    with pytest.raises(InvalidArgument, match=r" not x{100}$"):  # long values are cut
        simulate(flows, "AFlow", durations="x" * 101)  # type: ignore[arg-type]  # on purpose


def test_what_follows_the_first_colon_is_the_path() -> None:
    flows = FlowMap.of([forked("AFlow"), declare("BFlow", on=["metaflow.AFlow.b"])])
    for outcome in ("completed:a:b", "failed:a:b"):
        with pytest.raises(InvalidArgument, match="AFlow has no step 'a:b'"):
            simulate(flows, "AFlow", outcomes={"AFlow": outcome})


def spread(flows: list[FlowDeclaration], seed: int, **arguments: Any) -> Simulation:
    return simulate(FlowMap.of(flows), ["AFlow", "BFlow"], samples=400, seed=seed, **arguments)


def test_the_durations_of_flows_are_drawn_apart_and_by_the_seed() -> None:
    """Two of 1 to 100 seconds: half of the time the longer one takes at least 71, and not 50."""
    seconds = tuple(range(1, 101))
    flows = [declare("AFlow", durations=seconds), declare("BFlow", durations=seconds)]
    flows += [declare("JoinFlow", on_finish=["AFlow", "BFlow"], durations=(0,))]
    sims = [spread(flows, seed) for seed in (1, 2)]
    for sim in sims:
        assert 65 < sim.finishes["JoinFlow"][0].p50 < 77
    assert sims[0].finishes["AFlow"] != sims[1].finishes["AFlow"]


def test_the_paths_of_flows_are_drawn_apart_and_by_the_seed() -> None:
    flows = [forked("AFlow"), forked("BFlow"), declare("OneFlow", on=["metaflow.AFlow.a"])]
    flows += [declare("BothFlow", on=["metaflow.AFlow.a", "metaflow.BFlow.a"])]
    sims = [spread(flows, seed) for seed in (1, 2)]
    for sim in sims:
        assert 0.18 < sim.finishes["BothFlow"][0].share < 0.32
    assert sims[0].finishes["OneFlow"] != sims[1].finishes["OneFlow"]


def test_two_durations_are_both_drawn_where_runs_may_fail() -> None:
    flows = [declare("AFlow", durations=(60, 120)), declare("BFlow")]
    (finish,) = spread(flows, 0, outcomes={"BFlow": 0.5}).finishes["AFlow"]
    assert (finish.share, finish.p90) == (1, 120)


def test_the_limit_on_runs_may_be_reached() -> None:
    flows = FlowMap.of([declare("LoopFlow", on_finish=["LoopFlow"])])
    span = {"durations": 3600, "horizon": timedelta(hours=2, minutes=30)}
    exact = simulate(flows, "LoopFlow", max_runs=3, **span)  # type: ignore[arg-type]  # as named
    assert (len(exact.runs), exact.stopped) == (3, None)
    fewer = simulate(flows, "LoopFlow", max_runs=2, **span)  # type: ignore[arg-type]  # as named
    assert (len(fewer.runs), bool(fewer.stopped)) == (2, True)
