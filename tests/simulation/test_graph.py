"""A simulation as a graph: every attribute of its nodes and edges, and its states one by one."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from lineage import simulate
from lineage.flow_map import FlowMap, declare
from lineage.simulation import State, Stimulus
from lineage.simulation.events import SimEvent, SimRun, SimStimulus
from lineage.simulation.graph import simulation_graph

NOON = datetime(2026, 1, 1, 13, tzinfo=ZoneInfo("Europe/Berlin"))
UTC_NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
FLOWS = FlowMap.of(
    [
        declare("ETLFlow", project="shop", branch="prod", end_step="last"),
        declare("TrainingFlow", on=["ready"]),
    ]
)


def minutes(number: float) -> datetime:
    return UTC_NOON + timedelta(minutes=number)


def test_runs_and_stimuli_have_the_attributes_of_real_ones() -> None:
    runs = [
        SimRun(
            "TrainingFlow/sim-1",
            "TrainingFlow",
            NOON + timedelta(minutes=5),
            None,
            "running",
            (
                ("event:ready/sim-1", "ready"),
                ("ETLFlow/34", "metaflow.ETLFlow.end"),
                ("ETLFlow/sim-1", "load"),
            ),
        ),
        SimRun(
            "ETLFlow/sim-1",
            "shop.prod.ETLFlow",
            NOON,
            NOON + timedelta(minutes=9),
            "failed",
            (),
            {"alpha": 1},
        ),
    ]
    stimuli = [
        SimStimulus("event:ready/sim-1", "ready", NOON + timedelta(minutes=2), None, {"week": 5}),
        SimStimulus("ETLFlow/34", "metaflow.ETLFlow.end", NOON + timedelta(minutes=3), "shop.prod.ETLFlow"),
        SimStimulus("ETLFlow/sim-2", "metaflow.ETLFlow.end", NOON, "shop.prod.ETLFlow"),
    ]
    lineage = simulation_graph(FLOWS, runs, stimuli)
    nodes = dict(lineage.graph.nodes(data=True))
    assert nodes["event:ready/sim-1"] == {
        "kind": "event",
        "name": "ready",
        "event_id": "sim-1",
        "timestamp": minutes(2),
        "payload": {"week": 5},
    }
    shop = {"project": "shop", "branch": "prod", "system_tags": ["project:shop", "project_branch:prod"]}
    run: dict[str, Any] = {
        "kind": "run",
        "flow": "ETLFlow",
        "user": None,
        "tags": [],
        "origin": None,
        "start_step": "start",
        "end_step": "last",
        "failed_step": None,
        **shop,
    }
    assert nodes["ETLFlow/34"] == run | {
        "run_id": "34",
        "status": "completed",
        "created_at": None,
        "finished_at": minutes(3),
        "outcome": "completed",
    }
    assert nodes["ETLFlow/sim-2"]["status"] == "simulated"
    assert nodes["ETLFlow/sim-1"] == run | {
        "run_id": "sim-1",
        "status": "simulated",
        "created_at": UTC_NOON,
        "finished_at": minutes(9),
        "outcome": "failed",
    }
    training = nodes["TrainingFlow/sim-1"]
    assert (training["outcome"], training["finished_at"]) == ("running", None)
    assert (training["project"], training["system_tags"], training["end_step"]) == (None, [], "end")
    assert training["created_at"].tzinfo is timezone.utc
    edges = {cause: edge for cause, _, edge in lineage.graph.edges(data=True)}
    assert edges["event:ready/sim-1"] == {
        "kind": "trigger",
        "kinds": ["trigger"],
        "event": "ready",
        "timestamp": minutes(2),
    }
    assert edges["ETLFlow/34"]["timestamp"] == minutes(3)
    assert edges["ETLFlow/sim-1"]["timestamp"] == minutes(5), "a step's event comes before its run's end"
    assert lineage.focus == ("event:ready/sim-1", "ETLFlow/34", "ETLFlow/sim-2", "ETLFlow/sim-1")
    assert (lineage.source, lineage.problems) == ("simulation", ())


def test_a_cause_that_has_not_ended_is_dated_by_its_effect_and_a_project_alone_gives_no_tags() -> None:
    flows = FlowMap.of(
        [
            declare("ETLFlow", steps=("start", "load", "end"), project="shop"),
            declare("LoadFlow", on=["metaflow.shop.ETLFlow.load"]),
            declare("SlashFlow", on=["a/b"]),
        ]
    )
    given = ["ETLFlow", Stimulus("a/b", "event")]
    graph = simulate(
        flows, given, start=UTC_NOON, durations=540, horizon=timedelta(minutes=7)
    ).run_graph.graph
    assert graph.edges["ETLFlow/sim-1", "LoadFlow/sim-1"]["timestamp"] == minutes(6)
    assert (graph.nodes["ETLFlow/sim-1"]["outcome"], graph.nodes["ETLFlow/sim-1"]["system_tags"]) == (
        "running",
        [],
    )
    assert graph.nodes["event:a/b/sim-1"]["event_id"] == "sim-1"


def event(kind: Any, node: str | None, flow: str | None = "F", **more: Any) -> SimEvent:
    return SimEvent(UTC_NOON, kind, node, flow, **more)


def test_a_state_follows_from_the_events_before_it() -> None:
    got = {"a": "event:a/1"}
    arrived = event("arrived", "event:a/1", event="a", got=got, missing=("b",))
    waiting = State().after(event("happened", "event:a/1", None), arrived)
    assert waiting == State({}, {}, {"F": got}, {"F": ("b",)})
    assert waiting.after(event("reset", None, got=got)) == State()
    assert waiting.after(event("discarded", "event:a/1")) == waiting
    by_hand = waiting.after(event("started", "F/1"))
    assert by_hand == State({"F/1": "F"}, {}, {"F": got}, {"F": ("b",)})
    fired = waiting.after(event("started", "F/1", got=got))
    assert fired == State({"F/1": "F"})
    assert fired.after(event("completed", "F/1")) == State({}, {"F/1": "completed"})
    assert fired.after(event("failed", "F/1")) == State({}, {"F/1": "failed"})
    assert fired.after(event("started", "F/2", got=got), event("reset", None)).running == {
        "F/1": "F",
        "F/2": "F",
    }
    assert arrived.as_dict() == {
        "at": "2026-01-01T12:00:00+00:00",
        "kind": "arrived",
        "node": "event:a/1",
        "flow": "F",
        "event": "a",
        "got": got,
        "missing": ["b"],
    }


def test_a_moment_includes_its_events_and_a_number_counts_them() -> None:
    sim = simulate(FLOWS, [Stimulus("ready", at=timedelta(minutes=3))], start=UTC_NOON, durations=60)
    assert sim.state(minutes(3)).running == {"TrainingFlow/sim-1": "TrainingFlow"}
    assert sim.state(minutes(4)).done == {"TrainingFlow/sim-1": "completed"}
    assert sim.state(0) == sim.state(-1) == State()
    assert sim.state(len(sim.events)) == sim.state(minutes(5))


def test_a_simulation_that_was_stopped_says_why() -> None:
    loop = FlowMap.of([declare("LoopFlow", on_finish=["LoopFlow"])])
    sim = simulate(loop, "LoopFlow", durations=60, max_runs=5)
    assert sim.stopped
    assert repr(sim).endswith(f"; {sim.stopped}")
    assert [str(problem) for problem in sim.lineage.problems] == [f"simulation: {sim.stopped}"]
    assert repr(sim.why) == f"LoopFlow: {sim.why['LoopFlow']}"
    two = simulate(FLOWS, "ready", start=UTC_NOON)
    assert repr(two.why).splitlines() == [f"{flow}: {why}" for flow, why in two.why.items()]
    assert len(two.why) == 2
