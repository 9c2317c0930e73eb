"""The timeline of a playback: bars of simulated and real runs, and ticks on the axis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from lineage.flow_map import FlowMap
from lineage.lazy import nx
from lineage.scene.flow_map_scene import EVENT
from lineage.scene.playback.time_words import TimeWords
from lineage.simulation import SimulationResult

Bar = dict[str, Any]
BARS = 2000  # maximum on a page
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)  # s


@dataclass(frozen=True)
class RealRun:
    """A real run, drawn behind the simulated runs."""

    pathspec: str
    flow: str  # key in the flow map
    started: datetime
    finished: datetime | None
    status: str


def lanes_of(sim: SimulationResult, real: Iterable[RealRun]) -> dict[str, int]:
    """The lane of each flow and event in which anything happens, by key, in the order in which it begins."""
    arrived = [(stimulus.at, stimulus.flow or EVENT + stimulus.name) for stimulus in sim.stimuli]
    ran = [(run.started, run.flow) for run in sim.runs] + [(run.started, run.flow) for run in real]
    ordered = sorted([*arrived, *ran], key=lambda begin: begin[0].timestamp())
    return {key: lane for lane, key in enumerate(dict.fromkeys(key for _, key in ordered))}


def arrival_bars(sim: SimulationResult, lanes: Mapping[str, int]) -> Iterator[Bar]:
    """Bars without a length: events that arrive, and ends of runs that started before."""
    for stimulus in sim.stimuli[:BARS]:
        lane = lanes[stimulus.flow or EVENT + stimulus.name]
        look = "completed" if stimulus.flow else "arrived"
        yield _bar(sim, lane, stimulus.at, stimulus.at, look) | {"name": stimulus.key, "instant": True}


def simulated_bars(sim: SimulationResult, lanes: Mapping[str, int]) -> Iterator[Bar]:
    """Bars of the runs of the expected case: lane, start and end in seconds after the start."""
    for run in sim.runs[:BARS]:
        end = run.finished or sim.end
        yield _bar(sim, lanes[run.flow], run.started, end, run.outcome) | {"name": run.key}


def real_bars(sim: SimulationResult, lanes: Mapping[str, int], real: Iterable[RealRun]) -> Iterator[Bar]:
    """Bars of real runs."""
    for run in real:
        end = max(run.finished or run.started, run.started)
        yield _bar(sim, lanes[run.flow], run.started, end, run.status) | {"name": run.pathspec, "real": True}


def _bar(sim: SimulationResult, lane: int, start: datetime, end: datetime, look: str) -> Bar:
    zero = sim.start.timestamp()
    ends = (round(max(0.0, moment.timestamp() - zero), 3) for moment in (start, end))
    return {"lane": lane, **dict(zip(("from", "to"), ends, strict=True)), "look": look}


def ticks(sim: SimulationResult, length: float, clock: TimeWords) -> Iterator[Bar]:
    """About six round times on the axis."""
    steps = _STEPS if clock.seconds else [size for size in _STEPS if size >= 60]
    step = next((size for size in steps if length / size <= 7), _STEPS[-1] * ceil(length / _STEPS[-1] / 7))
    start = sim.start
    since_midnight = start.hour * 3600 + start.minute * 60 + start.second
    for at in range(-since_midnight % step, int(length) + 1, step):
        yield {"at": at, "clock": clock.tick(sim.after(at))}


def real_runs(flows: FlowMap, graph: nx.DiGraph[str], focus: Iterable[str]) -> list[RealRun]:
    """Find the runs of a lineage whose flows are on the map, to compare with a simulation.

    Parameters
    ----------
    flows
        The map.
    graph
        Of a `Lineage`.
    focus
        Runs to leave out, which triggered the others.
    """
    left_out, real = set(focus), []
    for pathspec, node in graph.nodes(data=True):
        if node["kind"] == "event" or pathspec in left_out or not node["created_at"]:
            continue
        if key := flow_key(flows, node):
            real.append(RealRun(pathspec, key, node["created_at"], node["finished_at"], node["status"]))
    return sorted(real, key=lambda run: run.started)


def flow_key(flows: FlowMap, node: Mapping[str, Any]) -> str | None:
    """The key of a run's flow on a map; None if the map does not contain it."""
    scope = ".".join(part for part in (node["project"], node["branch"], node["flow"]) if part)
    return next((key for key in (scope, node["flow"]) if key in flows.declarations), None)
