"""Build a graph of runs and events from a simulation, so that every view of a lineage works on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from lineage.flow_map import FlowMap
from lineage.graph.run_graph import RunGraph, event_attributes, run_attributes
from lineage.lazy import nx
from lineage.records.model import Problem, RunRecord, TriggerEvent, event_key
from lineage.simulation.events import SimRun, SimStimulus

SOURCE = "simulation"


def simulation_graph(
    flows: FlowMap,
    runs: Iterable[SimRun],
    stimuli: Iterable[SimStimulus],
    problems: Iterable[Problem] = (),
) -> RunGraph:
    """Build the graph of a simulation; its focus are the stimuli.

    Every run has the status `simulated`; how it ends is in its attribute `outcome`. A run that was
    given as finished is `completed`.
    """
    runs, stimuli = list(runs), list(stimuli)
    graph: nx.DiGraph[str] = nx.DiGraph()
    ends: dict[str, datetime] = {}
    for stimulus in stimuli:
        graph.add_node(stimulus.key, **_outside_attributes(flows, stimulus))
        ends[stimulus.key] = _utc(stimulus.at)
    for run in runs:
        graph.add_node(run.key, **_run_attributes(flows, run))
        if run.finished:
            ends[run.key] = _utc(run.finished)
    for run in runs:
        for cause, event in run.causes:
            # a step's event comes before its run's end
            sent = min(ends.get(cause, _utc(run.started)), _utc(run.started))
            graph.add_edge(cause, run.key, **_edge(event, sent))
    focus = [s.key for s in stimuli] + [run.key for run in runs if not run.causes]
    return RunGraph(graph, tuple(focus), tuple(problems), SOURCE)


def _edge(event: str, timestamp: datetime) -> dict[str, Any]:
    return {"kind": "trigger", "kinds": ["trigger"], "event": event, "timestamp": timestamp}


def _run_attributes(flows: FlowMap, run: SimRun) -> dict[str, Any]:
    declaration = flows.declarations[run.flow]
    flow, run_id = run.key.split("/")
    record = RunRecord(
        flow,
        run_id,
        status="simulated",
        created_at=_utc(run.started),
        finished_at=_utc(run.finished) if run.finished else None,
        end_step=declaration.end_step,
        system_tags=_tags(declaration.project, declaration.branch),
    )
    return run_attributes(record) | {"outcome": run.outcome}


def _outside_attributes(flows: FlowMap, stimulus: SimStimulus) -> dict[str, Any]:
    if stimulus.flow is None:
        payload: Mapping[str, Any] | None = stimulus.payload
        event_id = stimulus.key.removeprefix(event_key(stimulus.name, ""))
        return event_attributes(TriggerEvent(stimulus.name, event_id, _utc(stimulus.at), "event", payload))
    declaration = flows.declarations[stimulus.flow]
    flow, run_id = stimulus.key.split("/")
    record = RunRecord(
        flow,
        run_id,
        status="simulated" if run_id.startswith("sim-") else "completed",
        finished_at=_utc(stimulus.at),
        end_step=declaration.end_step,
        system_tags=_tags(declaration.project, declaration.branch),
    )
    return run_attributes(record) | {"outcome": "completed"}


def _tags(project: str | None, branch: str | None) -> tuple[str, ...]:
    return (f"project:{project}", f"project_branch:{branch}") if project and branch else ()


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(timezone.utc)
