"""How the flows of a map look while a simulation is replayed, and after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from lineage.format import format_count, format_duration
from lineage.replaying import ReplayResult, RunState
from lineage.scene.flow_map_scene import EVENT, Look
from lineage.simulation import SimulationResult


def replay_looks(sim: SimulationResult, replay: ReplayResult) -> dict[str, Look]:
    """The looks of flows and events, by their keys on the map, as far as the replay has come.

    A flow that waits counts only runs that really completed.
    """
    flows = {run.key: run.flow for run in sim.runs}
    states: defaultdict[str, list[RunState]] = defaultdict(list)
    for key, state in replay.states.items():
        states[flows[key]].append(state)
    arrived = {stimulus.name for stimulus in sim.stimuli} | set(_sent(sim, replay))
    looks = dict(_waiting(sim, arrived))
    for flow, runs in states.items():
        if any(run.status not in ("waiting", "skipped") for run in runs):
            looks[flow] = _look(runs)
    for stimulus in sim.stimuli:
        if not stimulus.flow:
            looks[EVENT + stimulus.name] = ("arrived", "sent")
    return looks


def _sent(sim: SimulationResult, replay: ReplayResult) -> Iterator[str]:
    """Names of the events that the completed runs sent."""
    completed = {key for key, state in replay.states.items() if state.status == "completed"}
    for run in sim.runs:
        if run.key in completed:
            yield f"metaflow.{run.flow}.end"
        yield from (event for cause, event in run.causes if cause in completed)


def _waiting(sim: SimulationResult, arrived: set[str]) -> Iterator[tuple[str, Look]]:
    for key, declaration in sim.flows.declarations.items():
        count = sum(listening.event in arrived for listening in declaration.listens)
        if count:
            yield key, ("waiting", f"{count} of {len(declaration.listens)}")


def _look(runs: list[RunState]) -> Look:
    running = sum(run.status == "running" for run in runs)
    if running:
        return "running", format_count(running, "run") if running > 1 else "now"
    completed = [run for run in runs if run.status == "completed"]
    look = "failed" if any(run.status == "failed" for run in runs) else "completed"
    if len(runs) > 1:
        return look, f"{len(completed)} of {len(runs)}"
    return look, format_duration(runs[0].seconds) if runs[0].seconds is not None else ""
