"""The flow map: which flow triggers which, as declared in past runs, in files, or on Argo Workflows."""

from __future__ import annotations

from lineage.flowgraph.cautions import Caution
from lineage.flowgraph.declarations import Clock, FlowDeclaration, Listening, declare
from lineage.flowgraph.flow_map import FlowMap

__all__ = ["Caution", "Clock", "FlowDeclaration", "FlowMap", "Listening", "declare"]
