"""Made-up lineages that look like what Metaflow's triggers leave behind.

A handful of projects, each with flows that declare which flows or events trigger them, run for a
while under Argo's rules (the listed triggers are ANDed, the latest of a name wins, after firing all must
arrive again), plus what people add by hand: backfills that fan out, and reruns against an older run.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import networkx as nx

EPOCH = datetime(2026, 1, 5, 6, 0, tzinfo=timezone.utc)

# Stages of a pipeline, in order; a flow's name tells its stage.
STAGES = (
    ("Ingest", "Import", "Sync"),
    ("Clean", "Dedupe", "Validate"),
    ("ETL", "Enrich", "Data"),
    ("Feature", "Embedding", "Label"),
    ("Split", "Sample", "Balance"),
    ("Training", "Tuning", "Distill"),
    ("Evaluation", "Calibration", "Fairness"),
    ("Prediction", "Score", "Ranking"),
    ("Deploy", "Publish", "Export"),
    ("Report", "Monitor", "Alert"),
)
PROJECTS = (
    "",
    "Ads",
    "Search",
    "Fraud",
    "Churn",
    "Growth",
    "Price",
    "Stock",
    "Music",
    "Maps",
    "Care",
    "Risk",
)
USERS = ("ann", "ben", "chloe", "argo-workflows")


@dataclass
class _Flow:
    name: str
    stage: int
    upstream: list[str] = field(default_factory=list)
    arrived: dict[str, str] = field(default_factory=dict)  # what came since it fired last
    past: list[str] = field(default_factory=list)  # pathspecs of its completed runs, oldest first
    made: int = 0


def trigger_lineage(runs: int, seed: int = 0) -> nx.DiGraph:
    """Make a lineage of `runs` runs with about 1.3 edges a run.

    Parameters
    ----------
    runs : int
        Number of run nodes; the events that triggered some of them are nodes beside these.
    seed : int
        The same seed gives the same lineage.

    Returns
    -------
    networkx.DiGraph
        Nodes ``"TrainingFlow/34"`` and ``"event:<name>/<id>"`` with the attributes of a lineage's graph,
        edges from cause to effect. Acyclic, in several components.
    """
    dice = random.Random(f"trigger-lineage/{seed}")
    graph = nx.DiGraph()
    left = runs
    number = 0
    while left > 0:
        # The first project holds most of it, as in a real company; the last ones are single runs.
        share = (
            left
            if left <= 2 or number == len(PROJECTS) - 1
            else max(1, round(left * dice.uniform(0.45, 0.8)))
        )
        _Project(graph, PROJECTS[number], share, dice).run()
        left -= share
        number += 1
    return graph


class _Project:
    """The flows of one project and the runs that they make."""

    def __init__(self, graph: nx.DiGraph, name: str, runs: int, dice: random.Random) -> None:
        self.graph = graph
        self.name = name
        self.left = runs
        self.dice = dice
        self.due: list[tuple[float, int, str, tuple[str, ...]]] = []  # minutes, serial, flow, causes
        self.serial = 0
        self.flows: dict[str, _Flow] = {}
        self.listeners: dict[str, list[_Flow]] = {}
        self._declare()

    def _declare(self) -> None:
        dice = self.dice
        stages = [list(names) for names in STAGES]
        for stage, names in enumerate(stages):
            wanted = names if self.left > 60 else names[: 1 if self.left < 20 else 2]
            for short in wanted:
                flow = _Flow(f"{self.name}{short}Flow", stage)
                near = [f.name for f in self.flows.values() if stage - 3 <= f.stage < stage]
                if near:
                    count = dice.choices((1, 2, 3), (38, 47, 15))[0]
                    # Most triggers come from the stage before, some from further back.
                    near.sort(key=lambda other: (self.flows[other].stage, other), reverse=True)
                    while len(flow.upstream) < min(count, len(near)):
                        pick = near[min(len(near) - 1, int(dice.expovariate(0.35)))]
                        if pick not in flow.upstream:
                            flow.upstream.append(pick)
                self.flows[flow.name] = flow
                for cause in flow.upstream:
                    self.listeners.setdefault(cause, []).append(flow)

    def run(self) -> None:
        """Let time pass until all runs are made."""
        clock = 0.0
        while self.left > 0:
            if not self.due:
                clock += self.dice.uniform(60, 600)
                self._start(clock)
            clock, _, flow, causes = heapq.heappop(self.due)
            self._finish(self.flows[flow], causes, clock)

    def _plan(self, minutes: float, flow: str, causes: tuple[str, ...]) -> None:
        self.serial += 1
        heapq.heappush(self.due, (minutes, self.serial, flow, causes))

    def _start(self, clock: float) -> None:
        """Begin a round: roots by schedule or by an event, sometimes a rerun against an older run."""
        dice = self.dice
        roots = [flow.name for flow in self.flows.values() if not flow.upstream]
        for name in roots:
            if dice.random() < 0.6:
                causes = (self._event(clock),) if dice.random() < 0.4 else ()
                self._plan(clock + dice.uniform(0, 30), name, causes)
        if dice.random() < 0.3:  # one event that several flows listen to, deep in the pipeline
            event = self._event(clock)
            for name in dice.sample(sorted(self.flows), min(len(self.flows), dice.randint(1, 3))):
                self._plan(clock + dice.uniform(0, 20), name, (event,))
        if not self.due:
            self._plan(clock, roots[0], ())

    def _event(self, clock: float) -> str:
        name = self.dice.choice(("data.arrived", "table.updated", "model.approved", "drift.detected"))
        identity = f"{self.dice.getrandbits(48):012x}"
        key = f"event:{name}/{identity}"
        self.graph.add_node(
            key,
            kind="event",
            name=name,
            event_id=identity,
            timestamp=EPOCH + timedelta(minutes=round(clock)),
            payload={"table": "orders", "rows": self.dice.randint(100, 9_999)},
        )
        return key

    def _finish(self, flow: _Flow, causes: tuple[str, ...], clock: float) -> None:
        """Make one run, and plan what it sets off."""
        dice = self.dice
        if self.left <= 0:
            return
        self.left -= 1
        flow.made += 1
        key = f"{flow.name}/{flow.made}"
        status = dice.choices(("completed", "failed", "running"), (90, 8, 2))[0]
        created = EPOCH + timedelta(minutes=round(clock, 2))
        took = timedelta(minutes=round(dice.lognormvariate(2.0, 0.8), 2))
        self.graph.add_node(
            key,
            kind="run",
            flow=flow.name,
            run_id=str(flow.made),
            status=status,
            created_at=created,
            finished_at=None if status == "running" else created + took,
            user=dice.choice(USERS),
            tags=["prod"] if dice.random() < 0.5 else [],
            system_tags=[],
            project=self.name.lower() or None,
            branch="prod",
            origin=None,
            start_step="start",
            end_step="end",
        )
        for cause in causes:
            attributes = self.graph.nodes[cause]
            event = (
                attributes["name"] if attributes["kind"] == "event" else f"metaflow.{attributes['flow']}.end"
            )
            self.graph.add_edge(cause, key, kind="trigger", event=event, timestamp=created)
        if status == "completed":
            flow.past.append(key)
            self._publish(flow, key, clock + took / timedelta(minutes=1))

    def _publish(self, flow: _Flow, key: str, clock: float) -> None:
        """Tell the flows that listen; those for which everything has arrived are due."""
        dice = self.dice
        for listener in self.listeners.get(flow.name, ()):
            if dice.random() < 0.1:  # somebody switched the trigger off for a while
                continue
            listener.arrived[flow.name] = key
            if len(listener.arrived) < len(listener.upstream):
                continue
            causes = tuple(listener.arrived[name] for name in listener.upstream)
            listener.arrived = {}
            # A sweep or a backfill starts many runs from the same causes.
            times = dice.randint(4, 20) if dice.random() < 0.04 else 1
            for _ in range(times):
                self._plan(clock + dice.uniform(0, 10), listener.name, causes)
        if dice.random() < 0.08 and self.listeners.get(flow.name):
            # `--trigger`: a rerun by hand against an older run of the same flow.
            older = flow.past[-1 - min(len(flow.past) - 1, int(dice.expovariate(0.1)))]
            self._plan(clock + dice.uniform(30, 600), dice.choice(self.listeners[flow.name]).name, (older,))
