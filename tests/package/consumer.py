"""A script as a user of lineage writes it."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from metaflow import FlowSpec, Run, current, step, trigger_on_finish

import lineage
from lineage import Explorer, FlowMap, Lineage, MetaflowTrigger, Simulation, show_lineage


@trigger_on_finish(flow="TrainingFlow")
class PredictionFlow(FlowSpec):
    @step
    def start(self) -> None:
        # Metaflow's stubs do not know that `data` is there; what `current.trigger` returns is this class
        trigger = cast("MetaflowTrigger | None", current.trigger)
        if trigger is not None and trigger.run is not None and trigger.data is not None:
            print(trigger.run.pathspec, trigger.data.model)
        self.next(self.end)

    @step
    def end(self) -> None:
        pass


def reached(run: str | Run) -> list[str]:
    lin: Lineage = lineage.trace(run, upstream=0, downstream=None)
    failed = lin.select("status:failed")
    for key in failed.runs:
        attributes = lin.graph.nodes[key]
        print(attributes["status"])
    report: Path = failed.to_html("report.html")
    print(report.name, lin["ETLFlow"].pathspec, lin.to_frame().shape)
    return failed.runs


def triggered_by(flow: str) -> object:
    trigger = lineage.trigger(flow)
    if trigger is None or trigger.run is None:
        return None
    print(trigger.event.payload if trigger.event else None, trigger.run.pathspec)
    return trigger.data.rows if trigger.data else None


def predicted() -> str:
    flows: FlowMap = lineage.flow_graph(files="flows/*.py")
    sim: Simulation = lineage.simulate(flows, ["ETLFlow"], durations=300)
    return sim.why["PredictionFlow"]


def look() -> Explorer:
    explorer = show_lineage("PredictionFlow")
    print(explorer.selected)
    return explorer


for cascade in lineage.recent(since="7d").failed:
    print(cascade.root, cascade.status)
