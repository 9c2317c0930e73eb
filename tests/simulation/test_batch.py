"""All samples at once give what the engine gives sample by sample."""

from __future__ import annotations

import random
from datetime import timedelta
from unittest import mock

import pytest

from benchmarks.bench_simulation import company
from lineage import Simulation, simulate
from lineage.flow_map import Clock, FlowDeclaration, FlowMap, Listening, declare
from lineage.simulation import Stimulus, scenario

EVENTS, PUBLISHED = ("a", "b", "c"), "c"
NAMES = tuple(f"Flow{letter}" for letter in "TUVWXYZ")
TIMES = (60.0, 120.0, 300.0)  # few, so that much happens at the same instant


def layered_map(dice: random.Random) -> FlowMap:
    """A map in which flows listen to any events, and to flows named before them in a shuffled order."""
    names = dice.sample(NAMES, len(NAMES))
    return FlowMap.of([_declaration(dice, name, names[:number]) for number, name in enumerate(names)])


def _declaration(dice: random.Random, name: str, before: list[str]) -> FlowDeclaration:
    return declare(
        name,
        on_finish=dice.sample(before, min(len(before), dice.randint(0, 3))),
        on=dice.sample(EVENTS, dice.randint(0, 2)),
        reset_at=dice.choice([None, Clock("*/5 * * * *"), Clock("0 13 * * *")]),
        steps=("start", "end"),
        publishes=(PUBLISHED,) if dice.random() < 0.2 else (),
        durations=tuple(dice.choices(TIMES, k=dice.randint(1, 3))),
    )


def random_stimuli(dice: random.Random, flows: FlowMap) -> list[Stimulus]:
    known = [(name, "event") for name in flows.events] + [
        (flow, k) for flow in flows for k in ("run", "finish")
    ]
    return [
        Stimulus(*dice.choice(known), at=timedelta(minutes=dice.randint(0, 30)))  # type: ignore[arg-type]  # a kind
        for _ in range(dice.randint(1, 40))
    ]


def both(flows: FlowMap, given: list[Stimulus], **arguments: object) -> tuple[Simulation, Simulation, bool]:
    """The result of the batch, that of the engine, and whether the batch could play the map."""
    with mock.patch.object(scenario, "play_batch", wraps=scenario.play_batch) as spy:
        results = []
        spy.side_effect = lambda *args: results.append(_REAL(*args)) or results[-1]
        ours = simulate(flows, given, **arguments)  # type: ignore[arg-type]  # any arguments of simulate
    with mock.patch.object(scenario, "play_batch", return_value=None):
        theirs = simulate(flows, given, **arguments)  # type: ignore[arg-type]  # any arguments of simulate
    return ours, theirs, any(result is not None for result in results)


_REAL = scenario.play_batch


def same(ours: Simulation, theirs: Simulation) -> bool:
    return (ours.finishes, ours.steps, ours.samples) == (theirs.finishes, theirs.steps, theirs.samples)


@pytest.mark.slow
def test_both_engines_give_equal_results_on_random_maps() -> None:
    played = 0
    for seed in range(120):
        dice = random.Random(seed)
        flows = layered_map(dice)
        given = random_stimuli(dice, flows)
        ours, theirs, at_once = both(flows, given, samples=5, seed=seed, horizon=timedelta(minutes=45))
        assert same(ours, theirs), seed
        played += at_once
    assert played > 30


def test_a_company_is_played_at_once_with_equal_results() -> None:
    flows, crons = company(60)
    ours, theirs, at_once = both(flows, crons, samples=30, max_runs=10**6)
    assert at_once
    assert same(ours, theirs)
    assert len(ours.finishes) == 60


def loop() -> FlowMap:
    return FlowMap.of([declare("AFlow", on_finish=["AFlow"], durations=(50, 60))])


def steps() -> FlowMap:
    steps = declare("AFlow", steps=("start", "work", "end"), durations=(50, 60))
    return FlowMap.of([steps, declare("BFlow", on=["metaflow.AFlow.work"])])


def no_time() -> FlowMap:
    return FlowMap.of([declare("AFlow", durations=(0, 60)), declare("BFlow", on_finish=["AFlow"])])


def two_slots() -> FlowMap:
    ends = [Listening("metaflow.AFlow.end"), Listening("metaflow.AFlow.last")]
    first = declare("AFlow", steps=("start", "last"), end_step="last", durations=(50, 60))
    return FlowMap.of([first, declare("BFlow", on=ends)])


@pytest.mark.parametrize("flows", [loop(), steps(), no_time(), two_slots()], ids=["loop", "steps", "0", "2"])
def test_whatever_does_not_fit_is_left_to_the_engine(flows: FlowMap) -> None:
    ours, theirs, at_once = both(flows, [Stimulus("AFlow")], samples=5, max_runs=50)
    assert not at_once
    assert same(ours, theirs)


def test_the_limit_on_runs_is_left_to_the_engine() -> None:
    flows, crons = company(20)
    ours, theirs, at_once = both(flows, crons, samples=5, max_runs=40)
    assert not at_once
    assert same(ours, theirs)
    assert ours.stopped
    flows, given = FlowMap.of([declare("AFlow", durations=(50, 60))]), [Stimulus("AFlow")] * 3
    for most, fits in ((3, True), (2, False)):
        ours, theirs, at_once = both(flows, given, samples=5, max_runs=most)
        assert (at_once, same(ours, theirs)) == (fits, True)


@pytest.mark.parametrize(("count", "fits"), [(62, True), (63, False)])
def test_a_group_of_62_events_is_played_at_once(count: int, fits: bool) -> None:
    events = [f"e{number}" for number in range(count)]
    flows = FlowMap.of([declare("ManyFlow", on=events, durations=(50, 60))])
    ours, theirs, at_once = both(flows, [Stimulus(event) for event in events], samples=5)
    assert (at_once, same(ours, theirs)) == (fits, True)
    assert ours.finishes["ManyFlow"][0].share == 1


def test_an_end_at_the_horizon_counts() -> None:
    flows = FlowMap.of([declare("AFlow", durations=(60, 120, 180)), declare("BFlow", on_finish=["AFlow"])])
    ours, theirs, at_once = both(flows, [Stimulus("AFlow")], samples=50, horizon=timedelta(minutes=2))
    assert at_once
    assert same(ours, theirs)
    assert ours.finishes["AFlow"][0].p90 == 120
    assert 0 < ours.finishes["BFlow"][0].share < ours.finishes["AFlow"][0].share < 1


def test_a_group_that_nothing_reaches_does_not_fire() -> None:
    flows = FlowMap.of([declare("AFlow", durations=(50, 60)), declare("PairFlow", on=["a", "b"])])
    ours, theirs, at_once = both(flows, [Stimulus("AFlow")], samples=5)
    assert at_once
    assert same(ours, theirs)
    assert set(ours.finishes) == {"AFlow"}


def test_ends_of_runs_come_before_the_events_of_the_same_instant() -> None:
    """So ten ends and ten events of a minute complete their pair once or twice, whatever is left over."""
    flows = FlowMap.of(
        [declare("AFlow", durations=(60, 120)), declare("PairFlow", on_finish=["AFlow"], on=["a"])]
    )
    given = [Stimulus(name, at=timedelta(minutes=m)) for m in range(4) for name in ["AFlow", "a"] * 10]
    ours, theirs, at_once = both(flows, given, samples=5)
    assert at_once
    assert same(ours, theirs)
    assert len(ours.finishes["PairFlow"]) == 7  # two of each minute from 12:01 to 12:03, one of 12:04
