"""Where a replay can run."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Literal

Engine = Literal["local", "argo-workflows", "argo-events"]
NAMES: dict[Engine, str] = {
    "local": "this machine",
    "argo-workflows": "Argo Workflows",
    "argo-events": "Argo Events",
}


def configured_engines() -> list[Engine]:
    """The engines that Metaflow is configured for here, this machine first; no server is asked."""
    from metaflow.metaflow_config import ARGO_EVENTS_WEBHOOK_URL

    engines: list[Engine] = ["local"]
    if importlib.util.find_spec("kubernetes") and _has_cluster():
        engines.append("argo-workflows")
    if ARGO_EVENTS_WEBHOOK_URL:
        engines.append("argo-events")
    return engines


def _has_cluster() -> bool:
    """As the kubernetes client looks for its configuration."""
    files = [Path(file) for file in os.environ.get("KUBECONFIG", "").split(os.pathsep) if file]
    at_home = not files and (Path.home() / ".kube" / "config").is_file()
    return at_home or any(file.is_file() for file in files) or "KUBERNETES_SERVICE_HOST" in os.environ
