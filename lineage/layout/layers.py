"""Columns of nodes and lanes: what the ordering and the coordinates work on."""

from __future__ import annotations

from dataclasses import dataclass

from lineage.layout.ranking import Numbered


@dataclass(frozen=True)
class Layers:
    """One component, cut so that every link joins two neighbouring columns.

    Its nodes come first, ``0 … nodes - 1``; after these the lanes, one for each column that a long edge
    passes.
    """

    nodes: int
    columns: list[list[int]]  # column -> nodes and lanes from top to bottom; the ordering permutes them
    left: list[list[int]]  # node or lane -> its neighbours in the column before
    right: list[list[int]]
    routes: dict[tuple[int, int], list[int]]  # long edge -> its lanes, left to right


def layers(dag: Numbered, part: list[int], rank: list[int]) -> Layers:
    """Cut the long edges of the component `part` into lanes. Keys of `routes` are numbers of `dag`."""
    first = min([rank[u] for u in part])
    columns: list[list[int]] = [[] for _ in range(max([rank[u] for u in part]) - first + 1)]
    local = {u: i for i, u in enumerate(part)}
    left: list[list[int]] = [[] for _ in part]
    right: list[list[int]] = [[] for _ in part]
    for i, u in enumerate(part):
        columns[rank[u] - first].append(i)
    routes: dict[tuple[int, int], list[int]] = {}
    for i, u in enumerate(part):
        start = rank[u] - first
        for v in dag.effects[u]:
            end = rank[v] - first
            last = i
            if end - start > 1:
                route = routes[u, v] = []
                for column in range(start + 1, end):
                    lane = len(left)
                    left.append([last])
                    right.append([])
                    right[last].append(lane)
                    columns[column].append(lane)
                    route.append(lane)
                    last = lane
            left[local[v]].append(last)
            right[last].append(local[v])
    return Layers(len(part), columns, left, right, routes)
