"""Declarations from what is deployed on Argo Workflows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol, runtime_checkable

from lineage.errors import SourceDenied, SourceError, SourceUnreachable
from lineage.flow_map.clocks import reset_clock, schedule_clock
from lineage.flow_map.declarations import FlowDeclaration, Listening
from lineage.records.model import Problem

Manifest = Mapping[str, Any]
_FLOW = "metaflow/flow_name"


@runtime_checkable
class Deployments(Protocol):
    """A place that lists deployed flows: two methods, so that a test can implement it with a file."""

    def templates(self) -> Iterable[Manifest]:
        """The WorkflowTemplates, as Kubernetes answers."""

    def sensors(self) -> Iterable[Manifest]:
        """The Argo Events sensors; empty where they cannot be read."""


class ArgoDeployments:
    """The cluster that Metaflow is configured for.

    Metaflow's deployer (`DeployedFlow.list_deployed_flows`) lists the same templates, and keeps neither
    their triggers nor their schedule; so its client is asked directly.
    """

    def templates(self) -> Iterator[Manifest]:
        """All WorkflowTemplates in Metaflow's namespace.

        Raises
        ------
        SourceError
            If the cluster cannot be reached, or refuses.
        """
        from metaflow.metaflow_config import KUBERNETES_NAMESPACE

        try:
            from metaflow.plugins.argo.argo_client import ArgoClient

            yield from ArgoClient(namespace=KUBERNETES_NAMESPACE).get_workflow_templates()
        except Exception as exc:  # of the kubernetes package, which may be missing
            raise _source_error(exc) from exc

    def sensors(self) -> list[Manifest]:
        """All sensors in Metaflow's namespace for them; none if they must not be read."""
        from metaflow.metaflow_config import ARGO_EVENTS_SENSOR_NAMESPACE

        try:
            from metaflow.plugins.kubernetes.kubernetes_client import KubernetesClient

            api = KubernetesClient().get().CustomObjectsApi()
            answer = api.list_namespaced_custom_object(
                group="argoproj.io",
                version="v1alpha1",
                namespace=ARGO_EVENTS_SENSOR_NAMESPACE,
                plural="sensors",
            )
            return list(answer.get("items") or ())
        except Exception as exc:
            error = _source_error(exc)
            if isinstance(error, SourceDenied):
                return []
            raise error from exc


def _source_error(exc: Exception) -> SourceError:
    reason = str(exc).strip().splitlines()[0] if str(exc).strip() else type(exc).__name__
    if getattr(exc, "status", None) in (401, 403) or type(exc).__name__ == "ArgoNotPermitted":
        return SourceDenied(f"Argo Workflows refused to list what is deployed: {reason}")
    return SourceUnreachable(f"Argo Workflows could not be asked what is deployed: {reason}")


def from_deployments(deployments: Deployments) -> tuple[list[FlowDeclaration], list[Problem]]:
    """Read the declarations of deployed flows.

    A template's annotation has the names of its events only. Which payload fields are mapped and when
    it is reset is read from its sensor; where there is none, that is assumed and said so.
    """
    templates = list(deployments.templates())
    sensors = {sensor["metadata"]["name"]: sensor for sensor in deployments.sensors()}
    declarations, problems = [], []
    for template in templates:
        annotations = template["metadata"].get("annotations") or {}
        if _FLOW not in annotations:
            continue  # not Metaflow's
        name = str(template["metadata"].get("name"))
        try:
            sensor = sensors.get(str(annotations.get("metaflow/sensor_name")))
            declarations.append(_declaration(name, annotations, sensor))
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            problems.append(Problem(name, f"its annotations cannot be read ({type(exc).__name__}: {exc})"))
    return declarations, problems


def _declaration(name: str, annotations: Manifest, sensor: Manifest | None) -> FlowDeclaration:
    triggers = json.loads(annotations.get("metaflow/triggers") or "[]")
    parameters = json.loads(annotations.get("metaflow/parameters") or "{}")
    required = {key.lower() for key, described in parameters.items() if described.get("is_required")}
    mappings, reset_at = _sensor_facts(sensor)
    notes: list[str] = []
    refused: list[str] = []
    reset = reset_clock({"reset_at": reset_at}, notes, refused)
    unsure = None if sensor else "its sensor was not read: payload fields and resets are not known"
    listens = []
    for trigger in triggers:
        mapping = mappings.get(trigger["name"], {})
        if sensor is None and trigger["type"] == "event" and len(triggers) == 1:
            mapping = {key.lower(): key.lower() for key in parameters}
        needed = frozenset(field for parameter, field in mapping.items() if parameter in required)
        listens.append(Listening(trigger["name"], trigger["type"], mapping, needed, unsure))
    return FlowDeclaration(
        annotations[_FLOW],
        tuple(listens),
        project=annotations.get("metaflow/project_name"),
        branch=annotations.get("metaflow/branch_name"),
        reset_at=reset,
        options={"reset_at": {"cron": reset.cron, "timezone": reset.timezone}} if reset else {},
        declared_by=f"Argo workflow template {name}",
        schedule=schedule_clock(_schedule(annotations.get("metaflow/cron")), notes, refused),
        notes=tuple(notes),
        refused=tuple(refused),
    )


def _schedule(annotation: str | None) -> dict[str, Any] | None:
    """The annotation in the form of the attributes of `@schedule`."""
    given = json.loads(annotation) if annotation else None
    return {"cron": given["schedule"], "timezone": given.get("tz")} if given else None


def _sensor_facts(sensor: Manifest | None) -> tuple[dict[str, dict[str, str]], dict[str, Any] | None]:
    """Event name -> parameter -> payload field, and the options of the reset.

    The form is the one that metaflow/plugins/argo/argo_workflows.py, `_compile_sensor`, writes.
    """
    if sensor is None:
        return {}, None
    template = sensor["spec"]["triggers"][0]["template"]
    names = {d["name"]: _event_name(d) for d in sensor["spec"]["dependencies"]}
    mappings: dict[str, dict[str, str]] = {}
    workflow = template.get("argoWorkflow") or template.get("k8s") or {}
    for argument in workflow.get("parameters") or ():
        parameter = re.search(r"#\(name=(.+?)\)", argument["dest"])
        field = re.search(
            r'hasKey \$\.Input\.body\.payload "(.+?)"', argument["src"].get("dataTemplate") or ""
        )
        if parameter and field:
            event = names[argument["src"]["dependencyName"]]
            mappings.setdefault(event, {})[parameter[1].lower()] = field[1]
    resets = [
        condition["byTime"] for condition in template.get("conditionsReset") or () if condition.get("byTime")
    ]
    return mappings, resets[0] if resets else None


def _event_name(dependency: Manifest) -> str:
    """The name that the dependency filters on: `name == 'first'`."""
    expressions = (condition["expr"] for condition in dependency["filters"]["exprs"])
    matches = (re.fullmatch(r"name == '(.+)'", expression) for expression in expressions)
    return next(match[1] for match in matches if match)
