"""A simulation as one JSON document that a page plays without a kernel: the map, and how it changes.

```
{
  "name": "ETLFlow",                     what sets it going, in words
  "map": {…},                            a scene (docs/scene.md); one of the nodes for each flow and event
  "height": 240,                         pixels that the map needs
  "start": "2026-01-01 12:00 UTC",
  "length": 600.0,                       seconds that the timeline shows
  "moments": [                           the first is the start, at which nothing has happened yet
    {"at": 0.0, "clock": "12:00", "said": ["ETLFlow starts"],
     "set": {"0": ["running", "1 run"]}}    index of a node -> its style and label from now on
  ],
  "ticks": [{"at": 0.0, "clock": "12:00"}],
  "lanes": [{"name": "ETLFlow", "node": 0}],
  "bars": [{"lane": 0, "from": 0.0, "to": 300.0, "look": "completed", "real": true}],
  "finishes": [{"lane": 0, "p50": 300.0, "p90": 320.0}],   seconds after the start
  "why": ["runs at 12:00, because …", …],                  for each node of the map
  "notes": ["…"]                         what was assumed, or cut off
}
```
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from math import ceil
from typing import Any

import networkx as nx

from lineage.errors import InvalidArgument
from lineage.flow_scene import EVENT, Look, fitting_height, flow_scene, look_at
from lineage.flowgraph import FlowMap
from lineage.flowgraph.declarations import short_name
from lineage.layout import Placement, place
from lineage.simulation import SimEvent, Simulation, State, Stimulus, simulate
from lineage.simulation.reasons import clock_words
from lineage.style import count_words

Playback = dict[str, Any]
MOMENTS = 2000  # that a page keeps: a slider has no more pixels, and a document of some 300 kB
PLAYED = 40  # stimuli that a report plays; each takes some 10 kB
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)  # s
SAID = 4  # things at one moment that are said one by one


@dataclass(frozen=True)
class RealRun:
    """A run that really happened, drawn behind the simulated ones."""

    pathspec: str
    flow: str  # key in the flow map
    started: datetime
    finished: datetime | None
    status: str


def playback(
    sim: Simulation,
    placement: Placement | None = None,
    *,
    name: str = "",
    real: Iterable[RealRun] = (),
) -> Playback:
    """Write a simulation as the document above; the same simulation gives the same document.

    Parameters
    ----------
    sim
        What to play.
    placement
        Where the nodes of its map stand; None lays them out.
    name
        What sets it going; by default the names of the stimuli.
    real
        Runs that really happened, for comparison.
    """
    scene = flow_scene(sim.flows, placement, title="What would fire")
    index = {node["id"]: i for i, node in enumerate(scene["nodes"])}
    moments = list(_moments(sim, index))
    asked = [s.flow or EVENT + s.name for s in sim.stimuli] + [r.flow for r in sim.runs if not r.causes]
    scene["focus"] = sorted({index[key] for key in asked if key in index})
    for i, look in moments[0]["set"].items():
        scene["nodes"][int(i)].update(zip(("status", "label"), look, strict=True))
    moments[0]["set"] = {}
    real = list(real)
    ran = [run.flow for run in sim.runs] + [run.flow for run in real]
    lanes = {key: lane for lane, key in enumerate(dict.fromkeys(ran))}
    bars = [*_real_bars(sim, lanes, real), *_bars(sim, lanes)]
    finishes = [
        {"lane": lanes[key], "p50": round(one.p50, 3), "p90": round(one.p90, 3)}
        for key, found in sim.finishes.items()
        for one in found
        if key in lanes and sim.samples > 1
    ]
    lengths = [bar["to"] for bar in bars] + [mark["p90"] for mark in finishes] + [moments[-1]["at"]]
    length = max([*lengths, 1.0])
    return {
        "name": name or ", ".join(short_name(key).removeprefix(EVENT) for key in dict.fromkeys(asked)),
        "map": scene,
        "height": fitting_height(scene),
        "start": f"{sim.start:%Y-%m-%d %H:%M} {sim.start.tzname()}",
        "length": length,
        "ticks": list(_ticks(sim, length)),
        "moments": moments[:MOMENTS],
        "lanes": [{"name": short_name(key), "node": index[key]} for key in lanes],
        "bars": bars,
        "finishes": finishes,
        "why": [_why(sim, node) for node in scene["nodes"]],
        "notes": [*_notes(sim), *_cut(moments), *(["thin bars: what really happened"] if real else [])],
    }


def playbacks(flows: FlowMap, names: Collection[str]) -> list[Playback]:
    """A simulation for each flow and event that sets something off, of the part of a map around some flows.

    Parameters
    ----------
    flows
        The map.
    names
        Flow names; what they hang together with is on the part.

    Raises
    ------
    InvalidArgument
        If the map has none of these flows.
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
        playback(simulate(near, stimulus_at(key), start=start), placement, name=_asked(key))
        for key in causes[:PLAYED]
    ]


def stimulus_at(key: str) -> Stimulus:
    """What happens when somebody chooses this node of a map."""
    if key.startswith(EVENT):
        return Stimulus(key.removeprefix(EVENT), "event")
    return Stimulus(key, "run")


def _asked(key: str) -> str:
    return f"{key.removeprefix(EVENT)} arrives" if key.startswith(EVENT) else f"{key} runs"


def standing(
    flows: FlowMap,
    placement: Placement | None = None,
    *,
    said: str = "",
    looks: Mapping[str, Look] | None = None,
) -> Playback:
    """A map at one moment, as a document with nothing to play: before anything is chosen, or in a replay.

    Parameters
    ----------
    said
        What there is to say.
    looks
        How flows look that are not idle, by key.
    """
    scene = flow_scene(flows, placement, title="What would fire")
    for node in scene["nodes"]:
        idle = look_at(flows, node["id"], State(), {})
        node["status"], node["label"] = (looks or {}).get(node["id"], idle)
    return {
        "name": "",
        "map": scene,
        "height": fitting_height(scene),
        "start": "",
        "length": 1.0,
        "ticks": [],
        "moments": [{"at": 0.0, "clock": "", "said": [said], "set": {}}],
        "lanes": [],
        "bars": [],
        "finishes": [],
        "why": ["" for _ in scene["nodes"]],
        "notes": [],
    }


def _moments(sim: Simulation, index: Mapping[str, int]) -> Iterator[Playback]:
    """What changes from one moment to the next; the first tells how everything looks before."""
    state, last = State(), dict[str, Look]()
    before = {key: look_at(sim.flows, key, state, last) for key in index}
    yield _moment(sim, sim.start, ["nothing has happened yet"], {index[key]: before[key] for key in index})
    for at, happening in groupby(sim.events, key=lambda event: event.at):
        events = list(happening)
        state = state.after(*events)
        touched = set()
        for event in events:
            key = event.flow or f"{EVENT}{event.event}"
            touched.add(key)
            if event.kind in ("started", "completed", "failed"):
                last[key] = ("running" if event.kind == "started" else event.kind, clock_words(at, sim.start))
            elif event.kind == "happened":
                last[key] = ("completed" if event.flow else "arrived", clock_words(at, sim.start))
        looks = {key: look_at(sim.flows, key, state, last) for key in sorted(touched) if key in index}
        changed = {index[key]: look for key, look in looks.items() if before[key] != look}
        before |= looks
        yield _moment(sim, at, list(_said(sim, events)), changed)


def _moment(sim: Simulation, at: datetime, said: list[str], looks: Mapping[int, Look]) -> Playback:
    more = [f"and {count_words(len(said) - SAID, 'more thing')}"] if len(said) > SAID + 1 else []
    return {
        "at": round(at.timestamp() - sim.start.timestamp(), 3),
        "clock": clock_words(at, sim.start),
        "said": said if not more else said[:SAID] + more,
        "set": {str(i): list(look) for i, look in looks.items()},
    }


_VERBS = {"started": "starts", "completed": "finishes", "failed": "fails"}


def _said(sim: Simulation, events: Iterable[SimEvent]) -> Iterator[str]:
    for event in events:
        flow = short_name(event.flow or "")
        if event.kind in _VERBS:
            yield f"{flow} {_VERBS[event.kind]}"
        elif event.kind == "happened":
            yield f"{flow} finishes" if flow else f"{event.event} arrives"
        elif event.kind == "arrived" and event.missing:
            listens = sim.flows.declarations[event.flow or ""].listens
            lacking = [w.label for w in listens if w.event in event.missing]
            yield f"{flow} waits for {' and '.join(lacking)}"
        elif event.kind == "reset":
            yield f"{flow} is reset"
        elif event.kind == "discarded":
            yield f"{flow} takes no {event.event} without {', '.join(event.missing)}"


def _bars(sim: Simulation, lanes: Mapping[str, int]) -> Iterator[Playback]:
    for run in sim.runs[:MOMENTS]:
        end = run.finished or sim.end
        yield _bar(sim, lanes[run.flow], run.started, end, run.outcome) | {"name": run.key}


def _real_bars(sim: Simulation, lanes: Mapping[str, int], real: Iterable[RealRun]) -> Iterator[Playback]:
    for run in real:
        end = max(run.finished or run.started, run.started)
        yield _bar(sim, lanes[run.flow], run.started, end, run.status) | {"name": run.pathspec, "real": True}


def _bar(sim: Simulation, lane: int, start: datetime, end: datetime, look: str) -> Playback:
    zero = sim.start.timestamp()
    ends = (round(max(0.0, moment.timestamp() - zero), 3) for moment in (start, end))
    return {"lane": lane, **dict(zip(("from", "to"), ends, strict=True)), "look": look}


def _ticks(sim: Simulation, length: float) -> Iterator[Playback]:
    """Some six round times on the axis."""
    step = next((size for size in _STEPS if length / size <= 7), _STEPS[-1] * ceil(length / _STEPS[-1] / 7))
    start = sim.start
    since_midnight = start.hour * 3600 + start.minute * 60 + start.second
    for at in range(-since_midnight % step, int(length) + 1, step):
        yield {"at": at, "clock": clock_words(sim.after(at), start)}


def _why(sim: Simulation, node: Mapping[str, Any]) -> str:
    key = str(node["id"])
    if key in sim.flows.declarations:
        return sim.why[key]
    if key.startswith(EVENT):
        came = [stimulus.at for stimulus in sim.stimuli if stimulus.name == node["flow"]]
        return f"arrives at {clock_words(came[0], sim.start)}" if came else "does not arrive"
    return "is only listened to: nothing here declares it"


def _notes(sim: Simulation) -> list[str]:
    return [*([sim.stopped] if sim.stopped else []), *sim.assumptions]


def _cut(moments: list[Playback]) -> list[str]:
    count = len(moments)
    return [f"the first {MOMENTS:,} of {count:,} moments are shown"] if count > MOMENTS else []


def real_runs(flows: FlowMap, graph: nx.DiGraph[str], focus: Iterable[str]) -> list[RealRun]:
    """The runs of a lineage that a simulation can be compared with: those of flows on its map.

    Parameters
    ----------
    flows
        The map.
    graph
        Of a `Lineage`.
    focus
        Runs to leave out: what set the rest off.
    """
    left_out, found = set(focus), []
    for pathspec, node in graph.nodes(data=True):
        if node["kind"] == "event" or pathspec in left_out or not node["created_at"]:
            continue
        if key := flow_key(flows, node):
            found.append(RealRun(pathspec, key, node["created_at"], node["finished_at"], node["status"]))
    return sorted(found, key=lambda run: run.started)


def flow_key(flows: FlowMap, node: Mapping[str, Any]) -> str | None:
    """The key on a map of the flow of a run; None if it is not there."""
    scope = ".".join(part for part in (node["project"], node["branch"], node["flow"]) if part)
    return next((key for key in (scope, node["flow"]) if key in flows.declarations), None)
