"""Deployed flows without a compiler: the parts of a template and a sensor that a replay reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lineage.replaying.argo.templates import Template, deployed_templates
from metaflow_extensions.lineage.plugins.option.event_parameters import parameter_name
from tests.support.kubernetes_api import KubernetesApi


def manifest(
    flow: str,
    *events: str,
    project: str = "",
    branch: str = "",
    emits: bool = True,
    parameters: Mapping[str, Any] | None = None,
    name: str = "",
) -> dict[str, Any]:
    """A template that listens to these events, all of them; names with `metaflow.` are of runs."""
    triggers = [{"name": e, "type": "run" if e.startswith("metaflow.") else "event"} for e in events]
    described = {
        key: {"name": key, "python_var_name": key, "value": json.dumps(value), "type": type(value).__name__}
        for key, value in (parameters or {}).items()
    }
    annotations = {
        "metaflow/flow_name": flow,
        "metaflow/owner": "ann",
        "metaflow/triggers": json.dumps(triggers),
        "metaflow/parameters": json.dumps(described),
        "metaflow/project_name": project or None,
        "metaflow/branch_name": branch or None,
    }
    slots = [{"name": parameter_name(event), "value": "null"} for event in events]
    command = f"python flow.py --with=argo_workflows_internal:auto-emit-argo-events={int(emits)} step start"
    return {
        "metadata": {
            "name": name or ".".join(part for part in (project, branch, flow.lower()) if part),
            "annotations": {key: value for key, value in annotations.items() if value},
        },
        "spec": {
            "arguments": {"parameters": [*described.values(), *slots]},
            "templates": [{"container": {"command": ["bash", "-c", command]}}],
        },
    }


class Listed:
    """Deployments without a cluster; without sensors, fields set parameters of the same name."""

    def __init__(self, *manifests: dict[str, Any]) -> None:
        self._manifests = manifests

    def templates(self) -> list[dict[str, Any]]:
        return list(self._manifests)

    def sensors(self) -> list[dict[str, Any]]:
        return []


def templates(*manifests: dict[str, Any]) -> list[Template]:
    return deployed_templates(Listed(*manifests))


def deploy(api: KubernetesApi, *manifests: dict[str, Any]) -> None:
    """Put templates into a cluster."""
    for one in manifests:
        status, answer = api.answer(
            "POST",
            "/apis/argoproj.io/v1alpha1/namespaces/default/workflowtemplates",
            json.loads(json.dumps(one)),
        )
        assert status == 201, answer
