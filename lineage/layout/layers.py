"""Columns of nodes and lanes, the input of the ordering and the coordinates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lineage.layout.ranking import Numbered

MOST_LANES = 8  # lanes for each node; lineages of 100 to 10,000 runs have less than one


@dataclass(frozen=True)
class Layers:
    """One component, with edges cut so that every link joins two neighbouring columns.

    Its nodes come first, ``0 … nodes - 1``, followed by the shelves, on which reads begin and end above a
    node, and by the lanes: one for each column that a long edge passes.
    """

    nodes: int
    columns: list[list[int]]  # column -> nodes and lanes from top to bottom; the ordering permutes them
    left: list[list[int]]  # node, shelf or lane -> its neighbours in the column before
    right: list[list[int]]
    routes: dict[tuple[int, int], list[int]]  # long edge -> its lanes, left to right
    lanes: int  # number of the first lane
    stacks: dict[int, list[int]] = field(default_factory=dict)  # first of a stack -> all of it, top to bottom

    @property
    def glued(self) -> set[int]:
        """Nodes and shelves that stay right below another one."""
        return {v for stack in self.stacks.values() for v in stack[1:]}


def layers(dag: Numbered, part: list[int], rank: list[int], stacks: Mapping[int, list[int]]) -> Layers:
    """Cut the long edges of the component `part` into lanes. Keys of `routes` are numbers of `dag`.

    Each long edge has lanes of its own, so that the ordering can route it with few crossings. If that
    makes far more lanes than nodes, the edges of one cause share lanes from the start. A read runs from a
    shelf above its cause to a shelf above its effect; runs beneath another one have no link to it.

    Parameters
    ----------
    dag : Numbered
        The graph.
    part : list of int
        The nodes of the component.
    rank : list of int
        The column of each node.
    stacks : mapping of int to list of int
        The topmost node of each stack -> all its nodes, from top to bottom.
    """
    first = min([rank[u] for u in part])
    columns: list[list[int]] = [[] for _ in range(max([rank[u] for u in part]) - first + 1)]
    local = {u: i for i, u in enumerate(part)}
    for i, u in enumerate(part):
        columns[rank[u] - first].append(i)
    cut = Layers(len(part), columns, [[] for _ in part], [[] for _ in part], {}, len(part))
    shelves: dict[int, int] = {}
    if dag.kinds:
        cut, shelves = _stacked(dag, part, local, cut, stacks)
    wanted = sum([rank[v] - rank[u] - 1 for u in part for v in dag.effects[u]])
    share = wanted > MOST_LANES * len(part)
    kinds, left, right = dag.kinds, cut.left, cut.right
    for i, u in enumerate(part):
        start = rank[u] - first
        trunk: list[int] = []  # the lanes that the edges of this cause share
        for v in dag.effects[u]:
            end = rank[v] - first
            kind = kinds.get((u, v)) if kinds else None
            if kind == "read":
                cut.routes[u, v] = _read(cut, (start, shelves[i]), (end, shelves[local[v]]))
                continue
            if end == start:
                continue
            last = i
            if end - start > 1:
                route = trunk[: end - start - 1] if share else []
                last = route[-1] if route else i
                for column in range(start + 1 + len(route), end):
                    last = _lane(cut, last, column)
                    route.append(last)
                cut.routes[u, v] = route
                if share and len(route) > len(trunk):
                    trunk = route
            left[local[v]].append(last)
            right[last].append(local[v])
    return cut


def _lane(cut: Layers, last: int, column: int, at: int | None = None) -> int:
    """Add a lane in a column, at its end or at a place, linked to `last` in the column before."""
    lane = len(cut.left)
    cut.left.append([last])
    cut.right.append([])
    cut.right[last].append(lane)
    cut.columns[column].insert(len(cut.columns[column]) if at is None else at, lane)
    return lane


def _read(cut: Layers, start: tuple[int, int], end: tuple[int, int]) -> list[int]:
    """Link two shelves, each with its column; returns the route from the first to the second."""
    (column, last), (until, goal) = sorted((start, end))
    route = [last]
    for between in range(column + 1, until):
        last = _lane(cut, last, between, at=0)  # above all others, where the order does not care
        route.append(last)
    if until > column:
        cut.left[goal].append(last)
        cut.right[last].append(goal)
    route.append(goal)
    return route if start <= end else route[::-1]


def _stacked(
    dag: Numbered, part: list[int], local: dict[int, int], cut: Layers, stacks: Mapping[int, list[int]]
) -> tuple[Layers, dict[int, int]]:
    """Put shelves on top of nodes, and one of each stack into its column; also returns node -> shelf."""
    shelves: dict[int, int] = {}
    for i, u in enumerate(part):
        for v in dag.effects[u]:
            if dag.kinds.get((u, v)) == "read":
                for end in (i, local[v]):
                    if end not in shelves:
                        shelves[end] = len(cut.left)
                        cut.left.append([])
                        cut.right.append([])
    whole: dict[int, list[int]] = {}
    firsts: dict[int, int] = {}
    stacked = {v for u in part for v in stacks.get(u, ())[1:]}
    for u in part:
        if u in stacked:
            continue
        stack = [i for v in stacks.get(u, (u,)) for i in (shelves.get(local[v], -1), local[v]) if i >= 0]
        if len(stack) > 1:
            whole[stack[0]] = stack
            firsts.update(dict.fromkeys(stack, stack[0]))
    columns = [list(dict.fromkeys(firsts.get(v, v) for v in column)) for column in cut.columns]
    return replace(cut, columns=columns, lanes=len(cut.left), stacks=whole), shelves


def bundled(layers: Layers) -> Layers:
    """Merge adjacent lanes that come from the same node or lead to the same node.

    Keeps the order and adds no crossing: such lanes merge only if nothing lies between them.
    """
    nodes = layers.lanes
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
        layers.nodes,
        [list(dict.fromkeys(to[v] for v in column)) for column in layers.columns],
        [list(row) for row in left],
        [list(row) for row in right],
        {edge: [to[lane] for lane in lanes] for edge, lanes in layers.routes.items()},
        nodes,
        layers.stacks,
    )
