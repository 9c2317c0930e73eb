"""Build a scenario in which real runs end, with the runs that they really triggered to compare."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from lineage.api.lineages import Lineage, trace
from lineage.errors import InvalidArgument
from lineage.flow_map import FlowMap, flow_graph
from lineage.flow_map.flow_files import Files
from lineage.notebook.simulator_state import SimulatorState
from lineage.replaying.past_plan import TRIGGERING
from lineage.scene.flow_map_scene import EVENT
from lineage.scene.playback import RealRun, flow_key, real_runs
from lineage.simulation import Stimulus
from lineage.sources import Source


def scenario_of_runs(
    runs: list[str], files: Files | None, source: Source
) -> tuple[SimulatorState, list[RealRun]]:
    """Return a state in which these runs end, and the runs that they really triggered.

    Other causes of the triggered runs are stimuli in the state too, as the comparison would otherwise fail.
    """
    lineage = trace(runs, upstream=0, downstream=None, source=source, kinds=TRIGGERING)
    flows = flow_graph(source, files=files)
    stimuli = _as_stimuli(flows, lineage, lineage.focus, None)
    if not stimuli:
        raise InvalidArgument(f"{', '.join(lineage.focus)}: the flow map does not contain this flow")
    times = (stimulus.at for stimulus in stimuli.values())
    start = min((at for at in times if isinstance(at, datetime)), default=None)
    effects = [key for key in lineage.runs if key not in lineage.focus]
    if effects:
        around = trace(effects, upstream=1, downstream=0, source=source)
        others = [key for key in around if key not in lineage.graph]
        stimuli = _as_stimuli(flows, around, others, start) | stimuli
    real = real_runs(flows, lineage.graph, lineage.focus)
    return SimulatorState(flows, stimuli, start=start), real


def _as_stimuli(
    flows: FlowMap, lineage: Lineage, nodes: Iterable[str], start: datetime | None
) -> dict[str, Stimulus]:
    """Events that arrived and runs that ended, by node of the map; earlier ones are moved to the start."""
    stimuli = {}
    for key in nodes:
        node = lineage.graph.nodes[key]
        at = node["timestamp"] if node["kind"] == "event" else node["finished_at"] or node["created_at"]
        at = max(at, start) if at and start else at
        if node["kind"] == "event":
            if node["name"] in flows.events:
                payload = node["payload"]
                stimuli[EVENT + node["name"]] = Stimulus(node["name"], "event", payload=payload, at=at)
        elif flow := flow_key(flows, node):
            stimuli[flow] = Stimulus(flow, "finish", at=at, run_id=node["run_id"])
    return stimuli
