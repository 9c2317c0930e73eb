"""What is said of several events, fields and failures at once, and that chances do not hang together."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from lineage import simulate
from lineage.flow_map import Clock, FlowMap, declare
from lineage.flow_map.declarations import Listening
from lineage.simulation import Stimulus

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
TRIPLE = FlowMap.of([declare("TripleFlow", on=["a", "b", "c"], reset_at=Clock("0 13 * * *"))])


def after(name: str, minutes: int) -> Stimulus:
    return Stimulus(name, at=timedelta(minutes=minutes))


def why(*minutes: tuple[str, int], hours: float = 0.9) -> str:
    stimuli = [after(name, at) for name, at in minutes]
    return simulate(TRIPLE, stimuli, start=NOON, horizon=timedelta(hours=hours)).why["TripleFlow"]


def test_several_events_are_joined_in_a_sentence() -> None:
    assert why(("a", 0)) == "waits for b and c (got a at 12:00)"
    assert why(("a", 0), ("b", 5)) == "waits for c (got a at 12:00 and b at 12:05)"
    assert why(("a", 0), ("b", 5), hours=2) == "waits for c (got a at 12:00 and b at 12:05, reset at 13:00)"
    assert why(("a", 10), ("b", 20), ("c", 70), hours=2) == (
        "would have fired at 13:10, but a at 12:10 and b at 12:20 were reset at 13:00"
    )
    assert why(("a", 1), ("b", 2), ("c", 3), ("a", 4)) == (
        "fires at 12:03, because a arrived at 12:01 and b arrived at 12:02 and c arrived at 12:03; "
        "then waits for b and c (got a at 12:04)"
    )


def test_several_failures_and_fields_are_joined_in_a_sentence() -> None:
    flows = FlowMap.of(
        [
            declare("AFlow"),
            declare("BFlow"),
            declare("JoinFlow", on_finish=["AFlow", "BFlow"]),
            declare("FieldFlow", on=[Listening("ready", required=frozenset({"x", "y"}))]),
        ]
    )
    outcomes = {"AFlow": "failed", "BFlow": "failed"}
    sim = simulate(flows, ["AFlow", "BFlow", "ready"], start=NOON, outcomes=outcomes, durations=60)
    assert sim.why["JoinFlow"] == "does not fire: AFlow failed at 12:01 and BFlow failed at 12:01"
    assert sim.why["FieldFlow"] == (
        "does not fire: event ready at 12:00 has no x and y, which a parameter of it requires"
    )
    whole = simulate(flows, Stimulus("ready", payload={"x": 1, "y": 2}), start=NOON)
    assert whole.why["FieldFlow"] == "fires at 12:00, because ready arrived at 12:00"


def test_the_outcomes_of_flows_are_drawn_apart_and_by_the_seed() -> None:
    flows = FlowMap.of(
        [declare("AFlow"), declare("BFlow"), declare("JoinFlow", on_finish=["AFlow", "BFlow"])]
    )

    def share(flow: str, seed: int) -> float:
        outcomes = {"AFlow": 0.5, "BFlow": 0.5}
        sim = simulate(flows, ["AFlow", "BFlow"], outcomes=outcomes, samples=400, seed=seed)
        return sim.finishes[flow][0].share

    assert 0.15 < share("JoinFlow", 1) < 0.35
    assert len({share("AFlow", seed) for seed in range(1, 6)}) > 1


def test_an_outcome_may_be_certain_as_a_probability() -> None:
    flows = FlowMap.of([declare("AFlow", durations=(10.0, 20.0))])
    for failure, finishes in ((0, 1), (1, 0), (0.0, 1), (1.0, 0)):
        sim = simulate(flows, "AFlow", outcomes={"AFlow": failure}, samples=20)
        assert [finish.share for finish in sim.finishes.get("AFlow", ())] == [1.0] * finishes


def test_a_run_from_outside_keeps_its_parameters_and_one_that_fires_has_none() -> None:
    flows = FlowMap.of(
        [declare("AFlow", steps=("start", "last"), end_step="last"), declare("BFlow", on_finish=["AFlow"])]
    )
    sim = simulate(flows, {"name": "AFlow", "payload": {"alpha": 1}}, start=NOON, durations=60)
    assert [(run.key, run.parameters, run.outcome) for run in sim.runs] == [
        ("AFlow/sim-1", {"alpha": 1}, "completed"),
        ("BFlow/sim-1", None, "completed"),
    ]
    assert sim.runs[1].causes == (("AFlow/sim-1", "metaflow.AFlow.end"),)
    twice = simulate(flows, ["AFlow", after("AFlow", 5)], start=NOON, durations=60)
    assert [(finish.number, finish.p50) for finish in twice.finishes["BFlow"]] == [(1, 120.0), (2, 420.0)]


def test_two_events_of_one_end_are_one_cause_named_by_the_well_known_one() -> None:
    on = [Listening("metaflow.AFlow.end", "run"), Listening("metaflow.AFlow.last", "run")]
    flows = FlowMap.of(
        [declare("AFlow", steps=("start", "last"), end_step="last"), declare("BFlow", on=on[::-1])]
    )
    sim = simulate(flows, "AFlow", start=NOON)
    assert sim.runs[1].causes == (("AFlow/sim-1", "metaflow.AFlow.end"),)


def test_what_is_assumed_names_five_flows() -> None:
    def assumed(count: int) -> str:
        flows = FlowMap.of([declare(f"F{n}", on=["go"]) for n in range(count)] + [declare("IdleFlow")])
        (text,) = simulate(flows, "go", start=NOON).assumptions
        return text

    assert assumed(5) == "the duration of F0, F1, F2, F3, F4 is unknown: 60 s is assumed"
    assert "F0, F1, F2, F3, F4 and others" in assumed(6)
    assert "Idle" not in assumed(1)


def test_a_reset_and_a_discarded_event_say_what_is_missing() -> None:
    sim = simulate(TRIPLE, [after("a", 0)], start=NOON, horizon=timedelta(hours=2))
    reset = next(event for event in sim.events if event.kind == "reset")
    assert (reset.node, reset.flow, reset.got) == (None, "TripleFlow", {"a": "event:a/sim-1"})
    assert reset.missing == ("a", "b", "c")
    field = FlowMap.of([declare("FieldFlow", on=[Listening("ready", required=frozenset({"x", "y", "z"}))])])
    (_, thrown) = simulate(field, Stimulus("ready", payload={"y": 1}), start=NOON).events
    assert (thrown.kind, thrown.node, thrown.event) == ("discarded", "event:ready/sim-1", "ready")
    assert (thrown.flow, thrown.missing) == ("FieldFlow", ("x", "z"))


def test_the_end_of_a_real_run_and_an_event_are_stimuli_with_their_names() -> None:
    flows = FlowMap.of(
        [declare("AFlow"), declare("BFlow", on_finish=["AFlow"]), declare("CFlow", on=["ready"])]
    )
    sim = simulate(flows, ["AFlow/34", Stimulus("ready", payload={"x": 1})], start=NOON)
    assert [(s.key, s.name, s.flow, s.payload) for s in sim.stimuli] == [
        ("AFlow/34", "metaflow.AFlow.end", "AFlow", None),
        ("event:ready/sim-1", "ready", None, {"x": 1}),
    ]
    happened = [event for event in sim.events if event.kind == "happened"]
    assert [(event.flow, event.event) for event in happened] == [
        ("AFlow", "metaflow.AFlow.end"),
        (None, "ready"),
    ]
    assert (sim.seed, sim.samples, sim.steps) == (0, 1, 8)
