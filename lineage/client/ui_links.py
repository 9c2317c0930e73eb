"""Links from runs to their pages in Metaflow's UI and in the UI of Argo Workflows."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from metaflow import metaflow_config

_ARGO = "argo-"  # a run of Argo Workflows has this before the name of its workflow, see plugins/argo
_NOT_SERVED = ("local store", "memory")  # labels of sources whose runs no UI shows


@dataclass(frozen=True)
class UserInterfaces:
    """Addresses of the web pages of runs; an empty address means that there are none.

    Attributes
    ----------
    metaflow
        Address of Metaflow's UI (`METAFLOW_UI_URL`).
    argo
        Address of the UI of Argo Workflows (`METAFLOW_ARGO_WORKFLOWS_UI_URL`).
    namespace
        The namespace of Kubernetes in which workflows run (`METAFLOW_KUBERNETES_NAMESPACE`).
    """

    metaflow: str = ""
    argo: str = ""
    namespace: str = "default"

    def links(self, pathspec: str) -> dict[str, str]:
        """The links of a run, by the name of the page; empty if no address is configured.

        Examples
        --------
        >>> pages = UserInterfaces("https://ui.example", "https://argo.example/", "jobs")
        >>> pages.links("ETLFlow/argo-etl-x7")["Argo UI"]
        'https://argo.example/workflows/jobs/etl-x7'
        >>> pages.links("ETLFlow/7")
        {'Metaflow UI': 'https://ui.example/ETLFlow/7'}
        """
        flow, _, run_id = pathspec.partition("/")
        links = {}
        if self.metaflow:
            links["Metaflow UI"] = _page(self.metaflow, flow, run_id)
        if self.argo and run_id.startswith(_ARGO):
            links["Argo UI"] = _page(self.argo, "workflows", self.namespace, run_id.removeprefix(_ARGO))
        return links


def configured_interfaces(source: str = "") -> UserInterfaces:
    """The addresses that Metaflow is configured for.

    Parameters
    ----------
    source
        Label of the source that the runs were read from (`Lineage.source`). Runs of a local store or of
        memory have no page in any UI, so they get no addresses.
    """
    if source.startswith(_NOT_SERVED):
        return UserInterfaces()
    return UserInterfaces(
        _address(metaflow_config.UI_URL),
        _address(metaflow_config.ARGO_WORKFLOWS_UI_URL),
        metaflow_config.KUBERNETES_NAMESPACE or "default",
    )


def _address(configured: object) -> str:
    """An address that a page may link to; anything but http and https is left out."""
    text = str(configured or "").strip()
    return text if urlsplit(text).scheme in ("http", "https") else ""


def _page(address: str, *parts: str) -> str:
    return "/".join([address.rstrip("/"), *(quote(part, safe="") for part in parts)])
