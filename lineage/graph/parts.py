"""A part of a graph, the same in every process."""

from __future__ import annotations

from collections.abc import Collection

from lineage.lazy import nx


def part_of(graph: nx.DiGraph[str], keys: Collection[str]) -> nx.DiGraph[str]:
    """Return a copy of the subgraph of these nodes, in the order of the graph.

    networkx's `subgraph` goes through a set of the nodes where they are less than half of all. Python orders
    a set of texts differently in each process, and a layout, or the search for a cycle, depends on the order.
    """
    wanted = set(keys)
    part: nx.DiGraph[str] = nx.DiGraph()
    part.graph.update(graph.graph)
    part.add_nodes_from((key, dict(graph.nodes[key])) for key in graph if key in wanted)
    part.add_edges_from(
        (key, effect, dict(edge))
        for key in part
        for effect, edge in graph.adj[key].items()
        if effect in wanted
    )
    return part
