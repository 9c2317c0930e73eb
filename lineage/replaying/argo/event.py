"""Publish the event that began a cascade, and leave the rest to what is deployed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lineage.errors import ReplayError
from lineage.graph.run_graph import RunGraph
from lineage.records.model import RunRecord
from lineage.replaying.plan import Plan
from lineage.simulation import SimulationResult
from metaflow_extensions.lineage.plugins.option.refusal import TriggerRefused
from metaflow_extensions.lineage.plugins.option.resolver import run_entries


@dataclass(frozen=True)
class EventPlan(Plan):
    """One event to publish; the runs of the plan are those that may follow, none of which is started here."""

    name: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def script(self) -> str:
        """The event, as one line."""
        said = [f"# {remark}" for remark in self.remarks]
        return "\n".join([*said, f"publish {self.name} {json.dumps(self.payload)}"])


_REMARK = "every deployed flow that listens to {} starts, or waits for its other events; nothing is watched"


def event_of_simulation(sim: SimulationResult) -> EventPlan:
    """The first external event of a simulation.

    Raises
    ------
    ReplayError
        If the simulation does not begin with one.
    """
    first = min(sim.stimuli, key=lambda stimulus: stimulus.at, default=None)
    if first is None:
        flow = sim.runs[0].flow
        raise ReplayError(
            f"Nothing was published: the simulation begins with a run of {flow}, which no event starts; "
            'replay it on="argo-workflows"'
        )
    if first.flow:
        return event_of_run(sim.run_graph, first.key, None)
    return EventPlan({}, sim.run_graph, (_REMARK.format(first.name),), first.name, dict(first.payload or {}))


def event_of_run(graph: RunGraph, pathspec: str, record: RunRecord | None) -> EventPlan:
    """The event that Metaflow sends when a run has ended.

    Raises
    ------
    ReplayError
        If the run did not succeed.
    """
    try:
        entry = run_entries(pathspec)[-1]
    except TriggerRefused as exc:
        raise ReplayError(f"Nothing was published: {exc}") from exc
    flow, run_id, step, task = entry.id.split("/")
    project, branch = (record.project, record.branch) if record else (None, None)
    scope = f"{project}.{branch}.{flow}" if project and branch else flow
    fields = {
        "id": entry.id,
        "pathspec": entry.id,
        "flow_name": flow,
        "run_id": run_id,
        "step_name": step,
        "task_id": task,
        "project_name": project,
        "branch_name": branch,
        "project_flow_name": scope if project else None,
        "auto-generated-by-metaflow": "True",  # text, as sensors compare it
    }
    name = f"metaflow.{scope}.end"
    payload = {key: value for key, value in fields.items() if value}
    return EventPlan({}, graph, (_REMARK.format(name),), name, payload)


def publish(plan: EventPlan) -> str:
    """Publish the event; returns its id.

    Raises
    ------
    ReplayError
        If no address is configured, or the event source does not take it.
    """
    from metaflow.metaflow_config import ARGO_EVENTS_WEBHOOK_URL
    from metaflow.plugins.argo.argo_events import ArgoEvent

    if not ARGO_EVENTS_WEBHOOK_URL:
        raise ReplayError("Nothing was published: METAFLOW_ARGO_EVENTS_WEBHOOK_URL is not set")
    try:
        # a copy: `ArgoEvent` keeps what it is given
        event = ArgoEvent(plan.name, url=ARGO_EVENTS_WEBHOOK_URL, payload=dict(plan.payload))
        sent = event.publish(ignore_errors=False)
    except Exception as exc:
        raise ReplayError(f"{plan.name} was not published: {exc}") from exc
    return str(sent)
