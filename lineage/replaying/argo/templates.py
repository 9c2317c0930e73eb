"""Flows as they are deployed on Argo Workflows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lineage.errors import ReplayError
from lineage.flow_map.declarations import FlowDeclaration
from lineage.flow_map.deployments import Deployments, Manifest, from_deployments
from metaflow_extensions.lineage.plugins.option.event_parameters import EventParameter, event_parameters

_EMITS = "auto-emit-argo-events=1"  # in the commands of its steps; `create` has an option to leave it out


@dataclass(frozen=True)
class Template:
    """A deployed workflow template of a flow."""

    name: str
    manifest: Manifest
    declaration: FlowDeclaration

    @cached_property
    def events(self) -> list[EventParameter]:
        """The events that its sensor waits for, all of them."""
        return event_parameters(self.manifest)

    @cached_property
    def emits(self) -> bool:
        """Whether its runs send the events of their steps."""
        return _EMITS in json.dumps(self.manifest.get("spec"))

    @cached_property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """Its parameters by name, as Metaflow's annotation describes them."""
        annotations = self.manifest["metadata"].get("annotations") or {}
        return dict(json.loads(annotations.get("metaflow/parameters") or "{}"))

    def described(self) -> dict[str, Any]:
        """The flow in the form of the inspector of flow files, as far as a template tells."""
        return {
            "flow": self.declaration.flow,
            "info": {"parameters": [_described(parameter) for parameter in self.parameters.values()]},
        }


def _described(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """A separator is not in the annotation, so a list cannot be joined."""
    known = {"name": parameter["name"], "variable": parameter["python_var_name"], "separator": None}
    if parameter["type"] == "FilePath":
        return known | {"json": False}
    default = json.loads(parameter["value"])
    is_json = parameter["type"] == "JSON"
    return known | {"json": is_json, "default": json.loads(default) if is_json and default else default}


@dataclass(frozen=True)
class _One:
    """A deployment of one template, for the reader of flow maps."""

    template: Manifest
    listed: list[Manifest]

    def templates(self) -> list[Manifest]:
        return [self.template]

    def sensors(self) -> list[Manifest]:
        return self.listed


def deployed_templates(deployments: Deployments) -> list[Template]:
    """All deployed flows; templates that are not Metaflow's, or cannot be read, are left out."""
    sensors = list(deployments.sensors())
    templates = []
    for manifest in deployments.templates():
        for declaration in from_deployments(_One(manifest, sensors))[0]:
            templates.append(Template(str(manifest["metadata"]["name"]), manifest, declaration))
    return templates


def template_of(node: Mapping[str, Any], templates: Iterable[Template]) -> Template:
    """The template of a run's flow, on the run's own project and branch.

    Parameters
    ----------
    node
        The run's node in a graph.
    templates
        What is deployed.

    Raises
    ------
    ReplayError
        If there is none, or several.
    """
    flow, project, branch = node["flow"], node["project"], node["branch"]
    of_flow = [template for template in templates if template.declaration.flow == flow]
    fitting = [
        template
        for template in of_flow
        if (template.declaration.project, template.declaration.branch) == (project, branch)
    ]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(template.name for template in fitting or of_flow)
    place = f" on the branch {branch} of {project}" if project else ""
    if fitting:
        raise ReplayError(f"Nothing was submitted: {flow} is deployed several times{place} ({names})")
    other = f"; its templates are {names}" if names else "; deploy it with argo-workflows create"
    raise ReplayError(f"Nothing was submitted: {flow} is not deployed on Argo Workflows{place}{other}")
