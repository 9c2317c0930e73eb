"""The flow map: which flow triggers which, as declared in past runs, in files, or on Argo Workflows.

The names are imported when first used: the process that reads flow files starts without them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineage.flow_map.cautions import Caution
    from lineage.flow_map.declarations import Clock, FlowDeclaration, Listening, declare
    from lineage.flow_map.deployments import Deployments
    from lineage.flow_map.flow_map import FlowMap
    from lineage.flow_map.read import flow_graph

_HOMES = {
    "Caution": "lineage.flow_map.cautions",
    "Clock": "lineage.flow_map.declarations",
    "Deployments": "lineage.flow_map.deployments",
    "FlowDeclaration": "lineage.flow_map.declarations",
    "FlowMap": "lineage.flow_map.flow_map",
    "Listening": "lineage.flow_map.declarations",
    "declare": "lineage.flow_map.declarations",
    "flow_graph": "lineage.flow_map.read",
}

__all__ = [
    "Caution",
    "Clock",
    "Deployments",
    "FlowDeclaration",
    "FlowMap",
    "Listening",
    "declare",
    "flow_graph",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'lineage.flow_map' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
