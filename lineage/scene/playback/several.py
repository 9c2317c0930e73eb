"""Build the simulations that a report plays."""

from __future__ import annotations

from collections.abc import Collection

from lineage.errors import InvalidArgument
from lineage.flow_map import FlowMap
from lineage.flow_map.declarations import short_name
from lineage.layout import place
from lineage.lazy import nx
from lineage.scene.flow_map_scene import EVENT
from lineage.scene.playback.document import Playback, playback
from lineage.simulation import Stimulus
from lineage.simulation.run import run_simulation

PLAYED = 40  # maximum number of stimuli in a report; each takes about 10 kB


def playbacks(flows: FlowMap, names: Collection[str]) -> list[Playback]:
    """Simulate each flow and event that triggers another flow, in the part of a map around some flows.

    Parameters
    ----------
    flows
        The map.
    names
        Flow names; the part consists of everything connected to them.

    Raises
    ------
    InvalidArgument
        If the map contains none of these flows.
    """
    graph = flows.graph
    parts = list(nx.weakly_connected_components(graph))
    kept = {key for part in parts for key in part if any(short_name(k) in names for k in part)}
    near = FlowMap.of((d for d in flows.declarations.values() if d.key in kept), read_at=flows.read_at)
    if not len(near):
        raise InvalidArgument(f"the flow map has none of the flows {', '.join(sorted(names))}")
    placement = place(near.graph)
    start = near.read_at.replace(second=0, microsecond=0) if near.read_at else None
    causes = [key for key in near.graph if near.graph.out_degree(key)] or near.flows
    causes = [key for key in causes if key in near.declarations or key.removeprefix(EVENT) in near.events]
    causes.sort(key=lambda key: (near.graph.in_degree(key) > 0, key.startswith(EVENT), key))
    return [
        playback(run_simulation(near, stimulus_at(key), start=start), placement, name=_asked(key))
        for key in causes[:PLAYED]
    ]


def stimulus_at(key: str) -> Stimulus:
    """The stimulus of a node of a map."""
    if key.startswith(EVENT):
        return Stimulus(key.removeprefix(EVENT), "event")
    return Stimulus(key, "run")


def _asked(key: str) -> str:
    return f"{key.removeprefix(EVENT)} arrives" if key.startswith(EVENT) else f"{key} runs"
