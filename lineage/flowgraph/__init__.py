"""The flow map: which flow triggers which, as declared in past runs, in files, or on Argo Workflows."""

from __future__ import annotations

from lineage.flowgraph.cautions import Caution
from lineage.flowgraph.declarations import Clock, FlowDeclaration, Listening, declare
from lineage.flowgraph.deployments import Deployments
from lineage.flowgraph.flow_map import FlowMap
from lineage.flowgraph.mapping import flow_graph

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
