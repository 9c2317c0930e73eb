"""Where the nodes of a lineage go: columns are stages, causes to the left.

A layered layout in Sugiyama's manner [1]_, in pure Python: break cycles, give each node a column
(`ranking`), cut long edges into lanes (`layers`), order the columns so that few edges cross
(`ordering`), find rows that make edges straight and short (`coordinates`), and put the components
together (`packing`). Deterministic, never recursive, and nothing is stored on the graph.

References
----------
.. [1] Sugiyama, K., Tagawa, S., Toda, M. (1981). "Methods for Visual Understanding of Hierarchical System
   Structures". IEEE Transactions on Systems, Man, and Cybernetics 11 (2), 109-125.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import networkx as nx

from lineage.layout.coordinates import rows
from lineage.layout.layers import layers
from lineage.layout.ordering import order
from lineage.layout.packing import pack
from lineage.layout.ranking import components, numbered, ranks, shorten

__all__ = ["Placement", "place"]

Position = tuple[float, float]


@dataclass(frozen=True)
class Placement:
    """Where nodes are and how long edges run between them."""

    positions: Mapping[Hashable, Position]  # x: column, a whole number; y: row, growing downwards
    routes: Mapping[tuple[Hashable, Hashable], list[Position]]  # between the ends, exclusive


def place(
    graph: nx.DiGraph,
    *,
    fixed: Mapping[Hashable, Position] | None = None,
    routes: Mapping[tuple[Hashable, Hashable], list[Position]] | None = None,
) -> Placement:
    """Place the nodes of a lineage."""
    dag = numbered(graph)
    rank = ranks(dag)
    size = len(dag.keys)
    positions: dict[Hashable, Position] = {}
    paths: dict[tuple[Hashable, Hashable], list[Position]] = {}
    parts = components(dag)
    parts.sort(key=len, reverse=True)  # stable: of one size, the earliest first
    drawn = []
    outlines = []
    for part in parts:
        shorten(dag, part, rank)
        cut = layers(dag, part, rank)
        order(
            cut,
            starts=max(1, min(5, 600 // size)),
            turns=max(8, min(24, 240_000 // size)),
            thorough=size <= 400,
        )
        y = rows(cut)
        drawn.append((part, cut, y))
        outlines.append([(y[column[0]], y[column[-1]]) for column in cut.columns])
    for (part, cut, y), (dx, dy) in zip(drawn, pack(outlines), strict=True):
        column_of = {v: float(x + dx) for x, column in enumerate(cut.columns) for v in column}
        for i, u in enumerate(part):
            positions[dag.keys[u]] = (column_of[i], y[i] + dy)
        for (u, v), lanes in cut.routes.items():
            path = [(column_of[lane], y[lane] + dy) for lane in lanes]
            if (v, u) in dag.reversed:
                paths[dag.keys[v], dag.keys[u]] = path[::-1]
            else:
                paths[dag.keys[u], dag.keys[v]] = path
    return Placement(positions, paths)
