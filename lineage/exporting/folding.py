"""A lineage folded by flow: one node a flow, and one an event's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from lineage.exporting.captions import kinds_of
from lineage.lazy import nx
from lineage.records.model import KINDS


def fold_by_flow(graph: nx.DiGraph[str]) -> nx.DiGraph[str]:
    """The flows and events of a lineage, and how often each led to the other.

    Returns
    -------
    networkx.DiGraph
        Nodes `"flow:<name>"` and `"event:<name>"` with `kind`, `name`, `count` (of runs or events) and
        `statuses` (a `Counter`, of runs); edges with `count` and `kinds`. A flow whose runs led to runs of
        its own has an edge to itself.

    Examples
    --------
    >>> graph = nx.DiGraph()
    >>> for key in ("AFlow/1", "BFlow/1", "BFlow/2"):
    ...     graph.add_node(key, kind="run", flow=key.split("/")[0], status="completed")
    >>> graph.add_edge("AFlow/1", "BFlow/1", kind="trigger")
    >>> graph.add_edge("AFlow/1", "BFlow/2", kind="trigger")
    >>> folded = fold_by_flow(graph)
    >>> folded.nodes["flow:BFlow"]["count"], folded.edges["flow:AFlow", "flow:BFlow"]["count"]
    (2, 2)
    """
    folded: nx.DiGraph[str] = nx.DiGraph()
    group_of = {key: _group(node) for key, node in graph.nodes(data=True)}
    for key, node in graph.nodes(data=True):
        group = group_of[key]
        if group not in folded:
            kind, name = group.split(":", 1)
            folded.add_node(group, kind=kind, name=name, count=0, statuses=Counter())
        folded.nodes[group]["count"] += 1
        if node["kind"] == "run":
            folded.nodes[group]["statuses"][node["status"]] += 1
    for cause, effect, edge in graph.edges(data=True):
        ends = group_of[cause], group_of[effect]
        if not folded.has_edge(*ends):
            folded.add_edge(*ends, count=0, kinds=())
        seen = {*folded.edges[ends]["kinds"], *kinds_of(edge)}
        folded.edges[ends].update(
            count=folded.edges[ends]["count"] + 1, kinds=tuple(kind for kind in KINDS if kind in seen)
        )
    return folded


def _group(node: Mapping[str, Any]) -> str:
    return f"event:{node['name']}" if node["kind"] == "event" else f"flow:{node['flow']}"
