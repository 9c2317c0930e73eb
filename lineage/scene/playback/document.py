"""Build the document that plays a simulation or shows a map at rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lineage.flow_map import FlowMap
from lineage.flow_map.declarations import short_name
from lineage.layout import Placement
from lineage.scene.flow_map_scene import EVENT, Look, fitting_height, flow_scene, look_at
from lineage.scene.playback.bars import RealRun, arrival_bars, lanes_of, real_bars, simulated_bars, ticks
from lineage.scene.playback.ending import ending
from lineage.scene.playback.moments import Moment, moments
from lineage.scene.playback.time_words import TimeWords
from lineage.simulation import SimulationResult, State

Playback = dict[str, Any]
MOMENTS = 2000  # maximum in a page: a slider has no more pixels, and the document reaches about 300 kB


def playback(
    sim: SimulationResult,
    placement: Placement | None = None,
    *,
    name: str = "",
    real: Iterable[RealRun] = (),
) -> Playback:
    """Build the document of a simulation; the same simulation gives the same document.

    Parameters
    ----------
    sim
        The simulation to play.
    placement
        Positions of the nodes of its map; None lays them out.
    name
        Name of the playback; by default the names of the stimuli.
    real
        Real runs to compare with.
    """
    scene = flow_scene(sim.flows, placement, title="What would fire")
    index = {node["id"]: i for i, node in enumerate(scene["nodes"])}
    clock = TimeWords.of(sim)
    steps = list(moments(sim, index, clock))
    asked = [s.flow or EVENT + s.name for s in sim.stimuli] + [r.flow for r in sim.runs if not r.causes]
    scene["focus"] = sorted({index[key] for key in asked if key in index})
    for i, look in steps[0]["set"].items():
        scene["nodes"][int(i)].update(zip(("status", "label"), look, strict=True))
    steps[0]["set"] = {}
    real = list(real)
    lanes = lanes_of(sim, real)
    bars = [*real_bars(sim, lanes, real), *simulated_bars(sim, lanes), *arrival_bars(sim, lanes)]
    finishes = [
        {"lane": lanes[key], "p50": round(finish.p50, 3), "p90": round(finish.p90, 3)}
        for key, times in sim.finishes.items()
        for finish in times
        if key in lanes and sim.samples > 1
    ]
    lengths = [bar["to"] for bar in bars] + [mark["p90"] for mark in finishes] + [steps[-1]["at"]]
    length = max([*lengths, 1.0])
    return {
        "name": name or ", ".join(short_name(key).removeprefix(EVENT) for key in dict.fromkeys(asked)),
        "map": scene,
        "height": fitting_height(scene),
        "day": clock.day,
        "length": length,
        "ticks": list(ticks(sim, length, clock)),
        "moments": steps[:MOMENTS],
        "lanes": [{"name": scene["nodes"][index[key]]["flow"], "node": index[key]} for key in lanes],
        "bars": bars,
        "finishes": finishes,
        "why": list(_why(sim, scene["nodes"], clock)),
        "ending": ending(sim, clock),
        "notes": [*_notes(sim), *_cut(steps), *(["thin bars: what really happened"] if real else [])],
    }


def standing(
    flows: FlowMap,
    placement: Placement | None = None,
    *,
    said: str = "",
    looks: Mapping[str, Look] | None = None,
) -> Playback:
    """Build the document of a map at one moment, without a timeline: before a choice, or during a replay.

    Parameters
    ----------
    said
        Text that describes the moment.
    looks
        Looks of the flows that are not idle, by key.
    """
    scene = flow_scene(flows, placement, title="What would fire")
    for node in scene["nodes"]:
        idle = look_at(flows, node["id"], State(), {})
        node["status"], node["label"] = (looks or {}).get(node["id"], idle)
    return {
        "name": "",
        "map": scene,
        "height": fitting_height(scene),
        "day": "",
        "length": 1.0,
        "ticks": [],
        "moments": [{"at": 0.0, "clock": "", "said": [said], "set": {}}],
        "lanes": [],
        "bars": [],
        "finishes": [],
        "why": ["" for _ in scene["nodes"]],
        "ending": "",
        "notes": [],
    }


def _why(sim: SimulationResult, nodes: Iterable[Mapping[str, Any]], clock: TimeWords) -> Iterator[str]:
    """A sentence without a subject for each node of the map."""
    reasons = sim.reasons(clock.moment)
    for node in nodes:
        key = str(node["id"])
        if key in reasons:
            yield reasons[key]
        elif key.startswith(EVENT):
            came = [stimulus.at for stimulus in sim.stimuli if stimulus.name == node["flow"]]
            yield f"arrives at {clock.moment(came[0])}" if came else "does not arrive"
        else:
            yield "is not declared here; other flows listen to it"


def _notes(sim: SimulationResult) -> list[str]:
    return [*([sim.stopped] if sim.stopped else []), *sim.assumptions]


def _cut(steps: list[Moment]) -> list[str]:
    count = len(steps)
    return [f"the first {MOMENTS:,} of {count:,} moments are shown"] if count > MOMENTS else []
