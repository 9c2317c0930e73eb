"""Lay out a lineage: columns are stages, causes on the left. Internal.

Directions mean something: a trigger goes right, a run that resumes another one or was spawned by it stands
beneath it, and a read goes over the top in a lane of its own.

A layered layout after Sugiyama [1]_, in pure Python: break cycles, put runs beneath others (`stacking`) and
give each stack a column (`ranking`), cut long edges into lanes (`layers`), order the columns so that few
edges cross (`ordering`), find rows that make edges straight and short (`coordinates`), and put the
components together (`packing`). If some positions are given, the rest grows around them (`growth`).

Deterministic, never recursive, and nothing is stored on the graph.

References
----------
.. [1] Sugiyama, K., Tagawa, S., Toda, M. (1981). "Methods for Visual Understanding of Hierarchical System
   Structures". IEEE Transactions on Systems, Man, and Cybernetics 11 (2), 109-125.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from lineage.layout.coordinates import Position, rows
from lineage.layout.growth import grow, lanes
from lineage.layout.layers import bundled, layers
from lineage.layout.ordering import order
from lineage.layout.packing import GAP, pack
from lineage.layout.ranking import Numbered, components, numbered, ranks, shorten
from lineage.layout.stacking import Stacked, stacked
from lineage.lazy import nx

__all__ = ["Placement", "Position", "place"]

EdgeKey = tuple[Hashable, Hashable]

# A small drawing deserves a few milliseconds more: the number of links to sort again from shaken orders.
# That is seven times for a hundred runs; from a thousand on, one pass must do.
SHAKES = 1_000


@dataclass(frozen=True)
class Placement:
    """The positions of nodes, and the routes of long edges between them."""

    positions: Mapping[Hashable, Position]  # x: column, a whole number; y: row, growing downwards
    routes: Mapping[EdgeKey, Sequence[Position]]  # waypoints of long edges and reads, from cause to effect


def place(
    graph: nx.DiGraph[Any],
    *,
    fixed: Mapping[Hashable, Position] | None = None,
    routes: Mapping[EdgeKey, Sequence[Position]] | None = None,
) -> Placement:
    """Place the nodes of a lineage: columns are stages, causes on the left.

    The number of columns is the number of nodes in the longest chain of causes, where a run and the runs
    beneath it count as one. Nodes in a column are at least one row apart, and edges that pass a column stay
    three quarters of a row away from its nodes. Components are stacked, the biggest first.

    Parameters
    ----------
    graph : networkx.DiGraph
        Edges run from cause to effect. Their ``kind`` says where they go: ``resume`` and ``spawn`` down,
        ``read`` over the top, all others right; if a run would have to stand beneath one run and right of
        another one, it stands right of both. Nodes may carry ``created_at`` or ``timestamp`` (aware
        datetimes): of two equally good drawings, the one in order of time is chosen. Self-loops are
        ignored; in a cycle, which only broken records contain, one edge runs backwards.
    fixed : mapping of node to (float, float), optional
        Positions that must not change. New nodes get free places beside their neighbours, and components
        without a fixed node are placed below. Nodes that are not in the graph are ignored.
    routes : mapping of (node, node) to sequence of (float, float), optional
        Routes of an earlier placement, kept if both ends are fixed.

    Returns
    -------
    Placement
        The position of each node, in columns and rows, and the waypoints of each edge that passes a
        column. Those of a read begin above its cause and end above its effect.

    Examples
    --------
    >>> graph = nx.DiGraph([("ETLFlow/1", "TrainingFlow/3"), ("TrainingFlow/3", "PredictionFlow/2")])
    >>> place(graph).positions["TrainingFlow/3"]
    (1.0, 0.0)
    >>> before = place(graph)
    >>> graph.add_edge("TrainingFlow/3", "PredictionFlow/3")
    >>> after = place(graph, fixed=before.positions, routes=before.routes)
    >>> after.positions["PredictionFlow/3"]
    (2.0, 1.0)
    """
    dag = numbered(graph)
    number = {node: u for u, node in enumerate(dag.keys)}
    positions = {number[node]: (x, y) for node, (x, y) in (fixed or {}).items() if node in number}
    kept = {
        (number[a], number[b]): list(route)
        for (a, b), route in (routes or {}).items()
        if graph.has_edge(a, b) and number[a] in positions and number[b] in positions
    }
    stages = stacked(dag)
    if positions:
        points = [point for route in kept.values() for point in route]
        grow(dag, stages.beneath, positions, points)
        edges = [edge for u in sorted(positions) for v in dag.effects[u] for edge in dag.given(u, v)]
        paths = lanes(positions, edges, dag.reads, kept)
        left = min(ceil(x) for x, _ in positions.values())
        lowest = max(y for _, y in (*positions.values(), *(p for route in paths.values() for p in route)))
        _draw(dag, stages, positions, paths, left, lowest + GAP)
    else:
        paths = {}
        _draw(dag, stages, positions, paths, 0, 0.0)
    return Placement(
        {node: positions[u] for u, node in enumerate(dag.keys)},
        {(dag.keys[u], dag.keys[v]): route for (u, v), route in paths.items()},
    )


def _draw(
    dag: Numbered,
    stages: Stacked,
    positions: dict[int, Position],
    paths: dict[tuple[int, int], list[Position]],
    left: int,
    top: float,
) -> None:
    """Add the nodes without a position, from column `left` and row `top` on."""
    rank = ranks(stages)
    parts = [part for part in components(dag) if part[0] not in positions]
    parts.sort(key=len, reverse=True)  # stable: components of equal size keep the earliest first
    cuts = []
    for part in parts:
        shorten(stages, part, rank)
        if stages.beneath:
            for u in part:
                rank[u] = rank[stages.heads[u]]
        cuts.append(layers(dag, part, rank, stages.stacks))
    links = sum([len(near) for cut in cuts for near in cut.right])
    shakes = SHAKES // max(1, links)
    drawn = []
    outlines = []
    for part, cut in zip(parts, cuts, strict=True):
        order(cut, shakes)
        cut = bundled(cut)
        y = rows(cut)
        drawn.append((part, cut, y))
        outlines.append([(y[column[0]], y[column[-1]]) for column in cut.columns])
    for (part, cut, y), (dx, dy) in zip(drawn, pack(outlines), strict=True):
        spot = [(0.0, 0.0)] * len(y)
        for x, column in enumerate(cut.columns):
            for v in column:
                spot[v] = (float(x + dx + left), y[v] + dy + top)
        positions.update(zip(part, spot, strict=False))
        for (u, v), way in cut.routes.items():
            for edge in dag.given(u, v):
                paths[edge] = [spot[lane] for lane in (way if edge == (u, v) else reversed(way))]
