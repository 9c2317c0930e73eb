"""The event parameters of a workflow template on Argo Workflows, and the values that fill them.

A template has one parameter for each event that the flow listens to, "null" by default. A sensor puts the
payload of the event there, and the start task records its name, id and time (`_process_triggers` and
`_compile_sensor` in Metaflow's `plugins/argo/argo_workflows.py`, `plugins/argo/argo_workflows_decorator.py`).

Nothing of Metaflow is imported: `lineage` fills templates with this module, too.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha1
from typing import Any

from ..metadata.causes import TriggerEntry
from .specs import quote

# The value is an environment variable of every task, and Linux limits one to 128 KiB with its name.
VALUE_LIMIT = 120 * 1024
# What Metaflow's sensors and set_parameters.py pass through a shell or through Argo's own templates.
UNSAFE = ("$", "`", "\\", "\n", "\r", "{{")

ProjectOf = Callable[[str], str | None]  # "project.branch" of a run, by its pathspec


class NotDeployed(ValueError):
    """The deployed template cannot take a trigger; the message is one sentence."""


@dataclass(frozen=True)
class EventParameter:
    """One event that a deployed template listens to."""

    event: str  # in full, with project and branch
    type: str  # "run" or "event"
    name: str  # of the workflow parameter

    def ends(self, flow: str, project: str | None = None) -> bool:
        """Whether this is the event of the end of a flow, in any project or in the given one."""
        if self.type != "run":
            return False
        if project is not None:
            return self.event == f"metaflow.{project}.{flow}.end"
        return self.event == f"metaflow.{flow}.end" or self.event.endswith(f".{flow}.end")


def parameter_name(event: str) -> str:
    """The workflow parameter that Metaflow makes for an event.

    Examples
    --------
    >>> parameter_name("metaflow.ETLFlow.end")
    'metaflowETLFlowend_w4zq'
    """
    plain = event.translate(dict.fromkeys(map(ord, ".-@+")))
    digest = base64.b32encode(sha1(event.encode(), usedforsecurity=False).digest()).decode()
    return f"{plain}_{digest[:4].lower()}"


def event_parameters(template: Mapping[str, Any]) -> list[EventParameter]:
    """The event parameters of a deployed template, as the template itself declares them."""
    annotations = template.get("metadata", {}).get("annotations") or {}
    parameters = template.get("spec", {}).get("arguments", {}).get("parameters") or []
    there = {parameter.get("name") for parameter in parameters}
    declared = json.loads(annotations.get("metaflow/triggers") or "[]")
    listed = [
        EventParameter(trigger["name"], trigger["type"], parameter_name(trigger["name"]))
        for trigger in declared
    ]
    return [parameter for parameter in listed if parameter.name in there]


def event_values(
    template: Mapping[str, Any], entries: Iterable[TriggerEntry], project_of: ProjectOf
) -> dict[str, dict[str, Any]]:
    """The values of a template's event parameters for these triggers, by the parameters' names.

    Parameters
    ----------
    template
        The `WorkflowTemplate` as the Kubernetes API returns it.
    entries
        The triggers; a run whose end step has another name may be there twice, as it is recorded.
    project_of
        Called only if the template listens to flows of one name in several projects.

    Raises
    ------
    NotDeployed
        If the template does not listen to a trigger, or has no place for all of them.
    """
    name = template.get("metadata", {}).get("name", "")
    parameters = event_parameters(template)
    values: dict[str, dict[str, Any]] = {}
    for entry in _once(entries):
        parameter = _parameter(entry, parameters, name, project_of)
        if parameter.name in values:
            raise NotDeployed(
                f"the workflow template {name} takes one {parameter.event} for each run, and two are given"
            )
        values[parameter.name] = _value(entry, parameter)
    return values


def unsafe_values(values: Mapping[str, Any]) -> list[str]:
    """Names of the parameters whose values a shell or Argo's templates may change on the way."""
    return [name for name, value in values.items() if any(part in str(value) for part in UNSAFE)]


def _once(entries: Iterable[TriggerEntry]) -> list[TriggerEntry]:
    """Without the second event of a run whose end step has another name."""
    keyed = {(entry.type, entry.id if entry.type == "run" else entry.name): entry for entry in entries}
    return list(keyed.values())


def _parameter(
    entry: TriggerEntry, parameters: list[EventParameter], template: str, project_of: ProjectOf
) -> EventParameter:
    if entry.type != "run":
        fitting = [p for p in parameters if p.type == "event" and p.event == entry.name]
    else:
        flow, run_id = entry.id.split("/")[:2]
        fitting = [p for p in parameters if p.ends(flow)]
        if len(fitting) > 1:
            project = project_of(f"{flow}/{run_id}") or ""
            fitting = [p for p in fitting if p.ends(flow, project)]
    if len(fitting) == 1:
        return fitting[0]
    heard = ", ".join(p.event for p in parameters) or "no event"
    raise NotDeployed(
        f"the workflow template {template} listens to {heard}, not to {quote(_cause(entry))}; "
        "deploy the flow again if it has changed since"
    )


def _cause(entry: TriggerEntry) -> str:
    return str(entry.id).rsplit("/", 2)[0] if entry.type == "run" else entry.name


def _value(entry: TriggerEntry, parameter: EventParameter) -> dict[str, Any]:
    # as in `ArgoEvent.publish`, the payload's own fields win; the sensor filters by the name
    value = {
        "id": entry.id,
        "timestamp": entry.timestamp,
        **(entry.payload or {}),
        "name": parameter.event,
    }
    size = len(json.dumps(value))
    if size > VALUE_LIMIT:
        raise NotDeployed(
            f"the event {quote(entry.name)} takes {size:,} bytes, and an Argo task can be given "
            f"{VALUE_LIMIT:,}: send a path or an id and load the rest in the flow"
        )
    return value
