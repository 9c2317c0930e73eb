"""What holds for every flow map and every scenario."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lineage import Simulation, simulate
from lineage.flow_map import Clock, FlowDeclaration, FlowMap, declare
from lineage.simulation import Stimulus

EVENTS = ("a", "b", "c")
NAMES = tuple(f"Flow{letter}" for letter in "UVWXYZ")
FEW = settings(max_examples=60, deadline=None)
LIMIT = 200  # runs; random maps have loops


@st.composite
def flow_maps(draw: st.DrawFn) -> FlowMap:
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    return FlowMap.of(draw(_declaration(name, names)) for name in names)


@st.composite
def _declaration(draw: st.DrawFn, name: str, names: tuple[str, ...]) -> FlowDeclaration:
    return declare(
        name,
        on_finish=draw(st.lists(st.sampled_from(names), max_size=2, unique=True)),
        on=draw(st.lists(st.sampled_from(EVENTS), max_size=2, unique=True)),
        reset_at=draw(st.sampled_from([None, None, Clock("*/30 * * * *"), Clock("0 13 * * *")])),
        steps=("start", "end"),
        durations=tuple(draw(st.lists(st.integers(0, 3000).map(float), min_size=1, max_size=3))),
    )


@st.composite
def scenarios(draw: st.DrawFn) -> tuple[FlowMap, list[Stimulus]]:
    flows = draw(flow_maps())
    known = [*flows.flows, *flows.events]
    stimuli = st.builds(
        Stimulus,
        st.sampled_from(known),
        at=st.integers(0, 7000).map(lambda seconds: timedelta(seconds=seconds)),
    )
    return flows, draw(st.lists(stimuli, min_size=1, max_size=8))


def run(scenario: tuple[FlowMap, list[Stimulus]], hours: float = 6, samples: int = 1) -> Simulation:
    flows, stimuli = scenario
    return simulate(flows, stimuli, horizon=timedelta(hours=hours), max_runs=LIMIT, samples=samples)


@FEW
@given(scenarios())
def test_nothing_fires_unless_its_whole_group_arrived_since_its_last_firing(scenario) -> None:
    """Told again from the journal alone, with the plainest bookkeeping: a dictionary for each flow."""
    sim = run(scenario)
    held: dict[str, dict[str, str]] = {flow: {} for flow in sim.flows}
    for event in sim.events:
        group = {w.event for w in sim.flows[event.flow].listens} if event.flow else set()
        if event.kind == "arrived":
            held[event.flow][event.event] = event.node
            assert event.got == held[event.flow]
            assert set(event.missing) == group - set(held[event.flow])
        elif event.kind == "started" and event.got:
            assert set(event.got) == group
            assert event.got == held[event.flow]  # the latest of each
            held[event.flow] = {}
        elif event.kind == "reset":
            assert event.got == held[event.flow] != {}
            held[event.flow] = {}
    for flow, got in held.items():  # and whoever had all of it has fired
        assert sim.stopped or set(got) != {w.event for w in sim.flows[flow].listens} or not got


@FEW
@given(scenarios())
def test_each_firing_consumes_exactly_one_set(scenario) -> None:
    sim = run(scenario)
    for flow in sim.flows:
        fired = [r for r in sim.runs if r.flow == flow and r.causes]
        used = [(event, cause) for r in fired for cause, event in r.causes]
        assert len(used) == len(set(used))
        for listening in sim.flows[flow].listens:
            arrived = sum(
                e.kind == "arrived" and e.flow == flow and e.event == listening.event for e in sim.events
            )
            assert len(fired) <= arrived


@FEW
@given(scenarios(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_given_does_not_matter(scenario, dice) -> None:
    flows, stimuli = scenario
    shuffled = list(stimuli)
    dice.shuffle(shuffled)
    backwards = FlowMap.of(reversed(list(flows.declarations.values())))
    one, other = run((flows, stimuli), samples=3), run((backwards, shuffled), samples=3)
    assert one.events == other.events
    assert one.finishes == other.finishes
    assert dict(one.why) == dict(other.why)


@FEW
@given(scenarios(), st.floats(0.1, 3), st.floats(0.1, 3))
def test_a_longer_horizon_only_adds(scenario, hours, more) -> None:
    short, long = run(scenario, hours), run(scenario, hours + more)
    assert long.events[: len(short.events)] == short.events
    assert [r.key for r in long.runs[: len(short.runs)]] == [r.key for r in short.runs]
    for before, after in zip(short.runs, long.runs, strict=False):
        assert before.finished in (None, after.finished)
    assert set(short.lineage.graph.edges) <= set(long.lineage.graph.edges)


@FEW
@given(scenarios(), st.integers(0, 5))
def test_the_same_seed_gives_the_same_result(scenario, seed) -> None:
    flows, stimuli = scenario
    one, other = (
        simulate(flows, stimuli, outcomes=dict.fromkeys(flows, 0.3), samples=5, seed=seed, max_runs=LIMIT)
        for _ in range(2)
    )
    assert (one.events, one.finishes) == (other.events, other.finishes)


@FEW
@given(scenarios())
def test_a_sample_follows_the_same_rules_as_the_expected_case(scenario) -> None:
    """Samples are played without a journal. A flow apart, whose durations vary, makes sure they are."""
    flows, stimuli = scenario
    apart = FlowMap.of([*flows.declarations.values(), declare("ApartFlow")])
    fixed = {key: one.durations[0] for key, one in flows.declarations.items()}
    sim = simulate(
        apart,
        [*stimuli, "ApartFlow"],
        durations={**fixed, "ApartFlow": [1, 2]},
        samples=3,
        max_runs=LIMIT,
    )
    assert sim.samples == 3
    if sim.stopped:
        return  # with one more run the limit falls elsewhere
    for key in flows:
        ended = sorted(r.finished for r in sim.runs if r.flow == key and r.outcome == "completed")
        told = [sim.after(finish.p90) for finish in sim.finishes.get(key, ())]
        assert told == ended
        assert all(finish.p50 == finish.p90 and finish.share == 1 for finish in sim.finishes.get(key, ()))


@FEW
@given(scenarios())
def test_every_flow_has_a_sentence_and_every_run_a_node(scenario) -> None:
    sim = run(scenario)
    assert set(sim.why) == set(sim.flows)
    assert all(sentence and not sentence.endswith(" ") for sentence in sim.why.values())
    assert {r.key for r in sim.runs} <= set(sim.lineage.graph)
    sim.lineage.runs  # noqa: B018 - it is acyclic, or this raises
