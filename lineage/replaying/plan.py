"""The plan of a replay: its runs, their order and their triggers, as frozen dataclasses."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lineage.errors import ReplayError
from lineage.flow_map.declarations import short_name
from lineage.flow_map.flow_files import Files
from lineage.graph.run_graph import RunGraph
from lineage.replaying.flow_files import locate
from lineage.simulation import SimRun, SimulationResult


@dataclass(frozen=True)
class RunTrigger:
    """Triggered by the end of a run, planned or existing."""

    run: str  # pathspec, or the key of a planned run


@dataclass(frozen=True)
class StepTrigger:
    """Triggered by the event of a step of a planned run: `@trigger(event="metaflow.Flow.step")`."""

    run: str
    event: str
    step: str


@dataclass(frozen=True)
class EventTrigger:
    """Triggered by an external event."""

    name: str
    event_id: str | None  # None if the event had none; Metaflow then generates one
    payload: Mapping[str, Any] | None = field(default=None, hash=False)
    timestamp: int | None = None  # seconds since 1970; None for the time of the replay


PlannedTrigger = RunTrigger | StepTrigger | EventTrigger


@dataclass(frozen=True)
class PlannedRun:
    """One planned run."""

    key: str  # of the simulated or past run that it repeats
    flow: str
    file: Path | None  # None on Argo Workflows, which has its own copy of the code
    causes: tuple[PlannedTrigger, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    tags: tuple[str, ...] = ()

    def needs(self, planned: Container[str]) -> list[str]:
        """Keys of the planned runs that must succeed before it can start."""
        runs = (cause.run for cause in self.causes if not isinstance(cause, EventTrigger))
        return [run for run in dict.fromkeys(runs) if run in planned]


@dataclass(frozen=True)
class Plan:
    """All planned runs, causes before effects, and the graph that they repeat."""

    runs: Mapping[str, PlannedRun]
    run_graph: RunGraph
    remarks: tuple[str, ...] = ()  # what to know before it runs, one sentence each

    def script(self) -> str:
        """The commands, one per line, with placeholders in angle brackets for ids of future runs.

        The remarks come first, as comments.
        """
        unmade = {key: f"{run.flow}/<id of {key}>" for key, run in self.runs.items()}
        commands = (shlex.join(command(run, unmade)) for run in self.runs.values())
        return "\n".join([*(f"# {remark}" for remark in self.remarks), *commands])


def command(
    run: PlannedRun,
    made: Mapping[str, str],
    run_id_file: Path | None = None,
    tasks: Mapping[str, str] | None = None,
) -> list[str]:
    """The command line that starts a run.

    Parameters
    ----------
    run
        What to run.
    made
        Pathspecs of the planned runs that it needs, by key.
    run_id_file
        Where Metaflow is to write the id of the new run.
    tasks
        Pathspecs of the tasks whose events are its causes, by the event's name.
    """
    words = [sys.executable, str(run.file)]
    for cause in run.causes:
        words += ["--trigger", _trigger(cause, made, tasks or {})]
    words.append("run")
    words += parameter_words(run)
    for tag in run.tags:
        words += ["--tag", tag]
    return words + (["--run-id-file", str(run_id_file)] if run_id_file else [])


def parameter_words(run: PlannedRun) -> list[str]:
    """The part of a run's command line that gives its parameters."""
    words = []
    for name, value in run.parameters.items():
        word = value if isinstance(value, str) else json.dumps(value)
        words += [f"--{name}={word}"] if word.startswith("-") else [f"--{name}", word]
    return words


def _trigger(cause: PlannedTrigger, made: Mapping[str, str], tasks: Mapping[str, str]) -> str:
    if isinstance(cause, RunTrigger):
        return made.get(cause.run, cause.run)
    spec: dict[str, Any]
    if isinstance(cause, StepTrigger):
        run = made.get(cause.run, cause.run)
        spec = {"name": cause.event, "id": tasks.get(cause.event, f"{run}/{cause.step}/<task>")}
    else:
        spec = {"name": cause.name}
        if cause.event_id is not None:
            spec["id"] = cause.event_id
        if cause.payload is not None:
            spec["fields"] = dict(cause.payload)
        if cause.timestamp is not None:
            spec["timestamp"] = cause.timestamp
    return json.dumps(spec)


def plan_of_simulation(
    sim: SimulationResult, files: Files | Mapping[str, Any] | None, token: str, *, local: bool = True
) -> Plan:
    """Plan the runs of a simulation, each with its simulated causes.

    Parameters
    ----------
    token
        Makes the ids of this replay's external events unique.
    local
        Whether the flows run on this machine, and so need files.

    Raises
    ------
    ReplayError
        If a flow's file was not found, or a run that started before has no id.
    """
    unnamed = [s.key.split("/")[0] for s in sim.stimuli if s.flow and s.key.split("/")[1].startswith("sim-")]
    if unnamed:
        raise ReplayError(
            f"Nothing was started: the simulation does not say which run of {unnamed[0]} ended; simulate "
            f'"{unnamed[0]}/<run id>" instead, or let it run'
        )
    recorded = {run.flow: sim.flows.declarations[run.flow].file for run in sim.runs}
    located = locate(recorded, files) if local else {}
    runs = {run.key: _simulated(run, sim, located.get(run.flow), token) for run in sim.runs}
    return Plan(runs, sim.run_graph, tuple(_remarks(sim)))


def _remarks(sim: SimulationResult) -> Iterator[str]:
    """The runs that the simulation did not let complete, which a replay runs all the same."""
    ways = {
        "failed": "failed in the simulation: it will really run, and what its success would trigger will not",
        "running": "had not ended when the simulated time was over: it will really run to its end, "
        "and what follows will not",
    }
    for outcome, way in ways.items():
        flows = dict.fromkeys(short_name(run.flow) for run in sim.runs if run.outcome == outcome)
        yield from (f"{flow} {way}" for flow in flows)


def _simulated(run: SimRun, sim: SimulationResult, file: Path | None, token: str) -> PlannedRun:
    listens = {w.event: w for w in sim.flows.declarations[run.flow].listens}
    causes: list[PlannedTrigger] = []
    for node, event in run.causes:
        if node.startswith("event:"):
            stimulus = next(s for s in sim.stimuli if s.key == node)
            causes.append(EventTrigger(event, f"{token}-{node.rsplit('-', 1)[-1]}", stimulus.payload))
        elif listens[event].kind == "run":
            causes.append(RunTrigger(node))
        elif (sender := listens[event].sender) is not None:
            step = sender[1]
            owner = next((r for r in sim.runs if r.key == node), None)
            if owner and step == "end":
                step = sim.flows.declarations[owner.flow].end_step
            causes.append(StepTrigger(node, event, step))
        else:  # an event that the cause's own code seems to publish
            causes.append(EventTrigger(event, f"{token}-{node.replace('/', '-')}"))
    return PlannedRun(run.key, short_name(run.flow), file, tuple(causes), run.parameters or {})
