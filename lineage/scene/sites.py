"""Where else a run can be seen: Metaflow's UI and Argo's, at the addresses in Metaflow's configuration."""

from __future__ import annotations

from collections.abc import Callable

from metaflow.metaflow_config_funcs import from_conf

_ARGO = "argo-"  # begins the id of a run on Argo Workflows; its workflow's name follows
Site = dict[str, str]  # `name` and `url`


def sites_finder() -> Callable[[str, str], list[Site]]:
    """Read the configuration once; return what gives the sites of a run by its flow and id.

    Metaflow names the addresses `METAFLOW_UI_URL` and `METAFLOW_ARGO_WORKFLOWS_UI_URL`, in the environment or
    in its configuration file. Without them a run has no sites.

    Examples
    --------
    >>> import os
    >>> os.environ["METAFLOW_UI_URL"] = "https://metaflow.example.com/"
    >>> sites_finder()("TrainingFlow", "34")
    [{'name': 'Metaflow UI', 'url': 'https://metaflow.example.com/TrainingFlow/34'}]
    >>> del os.environ["METAFLOW_UI_URL"]
    """
    metaflow_ui, argo_ui = (
        str(from_conf(name) or "").rstrip("/") for name in ("UI_URL", "ARGO_WORKFLOWS_UI_URL")
    )
    namespace = from_conf("KUBERNETES_NAMESPACE", "default")

    def sites(flow: str, run_id: str) -> list[Site]:
        workflow = run_id.removeprefix(_ARGO) if run_id.startswith(_ARGO) else ""
        paths = (
            ("Metaflow UI", metaflow_ui, f"{flow}/{run_id}"),
            ("Argo UI", argo_ui if workflow else "", f"workflows/{namespace}/{workflow}"),
        )
        return [{"name": name, "url": f"{address}/{path}"} for name, address, path in paths if address]

    return sites
