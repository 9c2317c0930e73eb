"""The triggers of a planned run as Argo's event parameters record them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from metaflow import Step

from lineage.errors import ReplayError
from lineage.replaying.plan import EventTrigger, PlannedRun, PlannedTrigger, StepTrigger
from metaflow_extensions.lineage.plugins.metadata.causes import TriggerEntry
from metaflow_extensions.lineage.plugins.option.argo_submission import project_of
from metaflow_extensions.lineage.plugins.option.event_parameters import NotDeployed, event_values
from metaflow_extensions.lineage.plugins.option.refusal import TriggerRefused
from metaflow_extensions.lineage.plugins.option.resolver import run_entries


def trigger_values(
    run: PlannedRun, made: Mapping[str, str], template: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """The values of a template's event parameters for the causes of a run.

    Parameters
    ----------
    run
        The planned run.
    made
        Pathspecs of the new runs, by key.
    template
        The manifest of its template.

    Raises
    ------
    ReplayError
        If a cause did not succeed, or the template does not listen to it.
    """
    try:
        return event_values(template, _entries(run.causes, made), project_of)
    except (NotDeployed, TriggerRefused) as exc:
        raise ReplayError(f"{run.flow} was not submitted: {exc}") from exc


def _entries(causes: Iterable[PlannedTrigger], made: Mapping[str, str]) -> list[TriggerEntry]:
    entries: list[TriggerEntry] = []
    for cause in causes:
        if isinstance(cause, EventTrigger):
            entries.append(_event(cause))
        elif isinstance(cause, StepTrigger):
            entries.append(_step(cause, made))
        else:
            entries += run_entries(made.get(cause.run, cause.run))
    return entries


def _event(cause: EventTrigger) -> TriggerEntry:
    timestamp = int(time.time()) if cause.timestamp is None else cause.timestamp
    return TriggerEntry(cause.name, cause.event_id or str(uuid.uuid4()), timestamp, "event", cause.payload)


def _step(cause: StepTrigger, made: Mapping[str, str]) -> TriggerEntry:
    step = f"{made.get(cause.run, cause.run)}/{cause.step}"
    task = Step(step, _namespace_check=False).task
    if task is None or task.finished_at is None:
        raise ReplayError(f"the step {step} has not ended, so it sent no event")
    return TriggerEntry(cause.event, task.pathspec, int(task.finished_at.timestamp()), "event")
