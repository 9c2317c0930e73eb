"""The calls of Argo Workflows that a replay makes, through Metaflow's own client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lineage.errors import MissingExtra, ReplayError


class Gone(Exception):
    """The workflow no longer exists: Argo deletes finished ones after a while."""


class Unanswered(ReplayError):
    """The cluster did not answer, or refused."""


class ArgoCluster:
    """The cluster that Metaflow is configured for.

    Raises
    ------
    MissingExtra
        If the kubernetes package is not installed.
    Unanswered
        If there is no configuration to reach a cluster with. All methods raise it, too.
    """

    def __init__(self) -> None:
        from metaflow.metaflow_config import KUBERNETES_NAMESPACE
        from metaflow.plugins.argo.argo_client import ArgoClient

        try:
            import kubernetes  # noqa: F401 - to say how to get it
        except ImportError as exc:
            raise MissingExtra("Argo Workflows needs kubernetes: pip install kubernetes") from exc
        self.namespace = KUBERNETES_NAMESPACE or "default"
        try:
            self._client = ArgoClient(namespace=KUBERNETES_NAMESPACE)
        except Exception as exc:  # a missing or broken kubeconfig
            raise Unanswered(f"Argo Workflows cannot be reached: {_reason(exc)}") from exc

    def submit(self, template: str, parameters: Mapping[str, Any]) -> str:
        """Submit a workflow of a template; returns its name.

        Parameters
        ----------
        template
            Its name.
        parameters
            Text for the flow's parameters, dicts for the parameters of events.
        """
        from metaflow.plugins.argo.argo_workflows import ArgoWorkflows

        try:
            return str(ArgoWorkflows.trigger(template, dict(parameters))["metadata"]["name"])
        except Exception as exc:
            raise Unanswered(f"Argo Workflows did not start {template}: {_reason(exc)}") from exc

    def phase(self, workflow: str) -> str | None:
        """Its phase, such as `Running`; None until the controller has seen it.

        Raises
        ------
        Gone
            If it does not exist.
        """
        try:
            state = self._client.get_workflow(workflow)
        except Exception as exc:
            raise Unanswered(f"Argo Workflows did not tell the status of {workflow}: {_reason(exc)}") from exc
        if state is None:
            raise Gone(workflow)
        phase = state.get("status", {}).get("phase")
        return str(phase) if phase else None

    def terminate(self, workflow: str) -> None:
        """End a workflow.

        Metaflow's own `terminate` fails while a workflow has no status, so the same change is made here.
        """
        try:
            self._client._client.get().CustomObjectsApi().patch_namespaced_custom_object(
                group="argoproj.io",
                version="v1alpha1",
                namespace=self.namespace,
                plural="workflows",
                name=workflow,
                body={"spec": {"shutdown": "Terminate"}},
            )
        except Exception as exc:
            raise Unanswered(f"Argo Workflows did not end {workflow}: {_reason(exc)}") from exc


def _reason(exc: Exception) -> str:
    lines = str(exc).strip().splitlines()
    return lines[0] if lines else type(exc).__name__
