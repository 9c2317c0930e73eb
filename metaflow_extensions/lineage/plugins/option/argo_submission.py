"""`--trigger … argo-workflows trigger`: submit the triggers with the workflow.

Metaflow itself submits only the flow's parameters and drops `--trigger`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..metadata.causes import TriggerEntry
from .event_parameters import NotDeployed, event_values
from .refusal import TriggerRefused

COMMAND = "argo-workflows"


def argo_command(arguments: Sequence[str]) -> str:
    """The command after `argo-workflows`, past the options of that group; "" if there is none.

    Examples
    --------
    >>> argo_command(["--name", "trigger", "create", "--only-json"])
    'create'
    """
    words = iter(arguments)
    for word in words:
        if word == "--name":
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""


def submit_with(entries: Sequence[TriggerEntry]) -> None:
    """Let this process submit the triggers when it submits a workflow of a deployed template.

    The template is known only then: Metaflow falls back to the name that older versions gave it.
    """
    from metaflow.metaflow_config import KUBERNETES_NAMESPACE
    from metaflow.plugins.argo.argo_client import ArgoClient
    from metaflow.plugins.argo.argo_workflows import ArgoWorkflows, ArgoWorkflowsException

    submit: Callable[..., Any] = ArgoWorkflows.trigger

    def trigger(name: str, parameters: Mapping[str, Any] | None = None) -> Any:
        try:
            template = ArgoClient(namespace=KUBERNETES_NAMESPACE).get_workflow_template(name)
        except Exception as error:  # as in Metaflow's own `trigger`: whatever the client raises
            raise ArgoWorkflowsException(str(error)) from error
        if template is None:
            return submit(name, parameters)  # which says that it does not exist
        try:
            values = event_values(template, entries, project_of)
        except NotDeployed as error:
            raise TriggerRefused(str(error)) from error
        return submit(name, {**(parameters or {}), **values})  # it encodes each value once

    setattr(ArgoWorkflows, "trigger", staticmethod(trigger))  # noqa: B010 - mypy lets no method be assigned


def project_of(pathspec: str) -> str | None:
    """Project and branch of a run, from its tags: `shop.prod`; None if it has none."""
    from metaflow import Run

    tags = dict(tag.split(":", 1) for tag in Run(pathspec, _namespace_check=False).tags if ":" in tag)
    project, branch = tags.get("project"), tags.get("project_branch")
    return f"{project}.{branch}" if project and branch else None
