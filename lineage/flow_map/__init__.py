"""The flow map: which flow triggers which, as declared in past runs, in files, or on Argo Workflows."""

from __future__ import annotations

from lineage.flow_map.cautions import Caution
from lineage.flow_map.declarations import Clock, FlowDeclaration, Listening, declare
from lineage.flow_map.deployments import Deployments
from lineage.flow_map.flow_map import FlowMap
from lineage.flow_map.read import flow_graph

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
