"""Columns of nodes and lanes, the input of the ordering and the coordinates."""

from __future__ import annotations

from dataclasses import dataclass

from lineage.layout.ranking import Numbered

MOST_LANES = 8  # lanes for each node; lineages of 100 to 10,000 runs have less than one


@dataclass(frozen=True)
class Layers:
    """One component, with edges cut so that every link joins two neighbouring columns.

    Its nodes come first, ``0 … nodes - 1``, followed by the lanes: one for each column that a long edge
    passes.
    """

    nodes: int
    columns: list[list[int]]  # column -> nodes and lanes from top to bottom; the ordering permutes them
    left: list[list[int]]  # node or lane -> its neighbours in the column before
    right: list[list[int]]
    routes: dict[tuple[int, int], list[int]]  # long edge -> its lanes, left to right


def layers(dag: Numbered, part: list[int], rank: list[int]) -> Layers:
    """Cut the long edges of the component `part` into lanes. Keys of `routes` are numbers of `dag`.

    Each long edge has lanes of its own, so that the ordering can route it with few crossings. If that
    makes far more lanes than nodes, the edges of one cause share lanes from the start.
    """
    first = min([rank[u] for u in part])
    columns: list[list[int]] = [[] for _ in range(max([rank[u] for u in part]) - first + 1)]
    local = {u: i for i, u in enumerate(part)}
    left: list[list[int]] = [[] for _ in part]
    right: list[list[int]] = [[] for _ in part]
    for i, u in enumerate(part):
        columns[rank[u] - first].append(i)
    wanted = sum([rank[v] - rank[u] - 1 for u in part for v in dag.effects[u]])
    share = wanted > MOST_LANES * len(part)
    routes: dict[tuple[int, int], list[int]] = {}
    for i, u in enumerate(part):
        start = rank[u] - first
        trunk: list[int] = []  # the lanes that the edges of this cause share
        for v in dag.effects[u]:
            end = rank[v] - first
            last = i
            if end - start > 1:
                route = trunk[: end - start - 1] if share else []
                last = route[-1] if route else i
                for column in range(start + 1 + len(route), end):
                    lane = len(left)
                    left.append([last])
                    right.append([])
                    right[last].append(lane)
                    columns[column].append(lane)
                    route.append(lane)
                    last = lane
                routes[u, v] = route
                if share and len(route) > len(trunk):
                    trunk = route
            left[local[v]].append(last)
            right[last].append(local[v])
    return Layers(len(part), columns, left, right, routes)


def bundled(layers: Layers) -> Layers:
    """Merge adjacent lanes that come from the same node or lead to the same node.

    Keeps the order and adds no crossing: such lanes merge only if nothing lies between them.
    """
    nodes = layers.nodes
    shared = list(range(len(layers.left)))  # node or lane -> the one that it is merged into
    merged = set()
    for column in layers.columns:
        last = -1
        for v in column:
            if v >= nodes and last >= nodes and shared[layers.left[v][0]] == shared[layers.left[last][0]]:
                shared[v] = shared[last]
                merged.add(shared[last])
            last = v
    for column in reversed(layers.columns):
        last = -1
        for v in column:
            # A lane merged with others of its cause must not also be merged towards an effect: that would
            # seem to join unrelated causes and effects.
            if v >= nodes and (shared[v] != v or v in merged):
                last = -1
                continue
            if v >= nodes and last >= nodes and shared[layers.right[v][0]] == shared[layers.right[last][0]]:
                shared[v] = shared[last]
            last = v
    if all(v == w for v, w in enumerate(shared)):
        return layers
    names = {v: i for i, v in enumerate(v for v in range(len(shared)) if shared[v] == v)}
    to = [names[shared[v]] for v in range(len(shared))]
    left: list[dict[int, None]] = [{} for _ in names]
    right: list[dict[int, None]] = [{} for _ in names]
    for v, row in enumerate(layers.right):
        for w in row:
            right[to[v]][to[w]] = None
            left[to[w]][to[v]] = None
    return Layers(
        nodes,
        [list(dict.fromkeys(to[v] for v in column)) for column in layers.columns],
        [list(row) for row in left],
        [list(row) for row in right],
        {edge: [to[lane] for lane in lanes] for edge, lanes in layers.routes.items()},
    )
