"""Extend a drawing without moving existing nodes.

New nodes get the nearest free places beside their neighbours, wave by wave from the existing nodes; long
edges get the nearest free lanes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from math import floor

from lineage.layout.coordinates import LANE, Position, snapped
from lineage.layout.ranking import Edge, Numbered

SHELF = (1 + LANE) / 2  # rows from a node up to the shelf on which a read begins or ends
GAP = 0.5  # the same where the shelf must share the gap below another node
DETOUR = 2.0  # rows that siblings may move further to stay together
_SLACK = 1e-9  # rows; places that only touch do not overlap


def grow(
    dag: Numbered, beneath: Mapping[int, int], positions: dict[int, Position], taken: Iterable[Position]
) -> None:
    """Add to `positions` all nodes connected to those in it.

    Parameters
    ----------
    dag : Numbered
        The graph.
    beneath : mapping of int to int
        Node -> the node beneath which it stands.
    positions : dict
        The positions of nodes; those of new nodes are added.
    taken : iterable of (float, float)
        Waypoints of existing edges, which stay.
    """
    x = _columns(dag, beneath, {u: place[0] for u, place in positions.items()})
    space = Space(positions.values(), taken)
    near = [a + b for a, b in zip(dag.causes, dag.effects, strict=True)]
    wave = sorted(positions)
    while wave:
        wished: dict[float, dict[float, list[int]]] = defaultdict(lambda: defaultdict(list))
        hung = []
        for v in sorted({v for u in wave for v in near[u]} - positions.keys()):
            if beneath.get(v) in positions:
                column, y = positions[beneath[v]]
                hung.append((v, (column, space.seat(round(column), y + 1, 1.0, 1))))
                continue
            wishes = [positions[w][1] for w in near[v] if w in positions]
            wished[x[v]][snapped(sum(wishes) / len(wishes))].append(v)
        positions.update(hung)
        wave = [v for v, _ in hung]
        for column, groups in sorted(wished.items()):
            for v, y in _seated(space, round(column), sorted(groups.items())):
                positions[v] = (column, y)
                wave.append(v)


def _seated(space: Space, column: int, groups: list[tuple[float, list[int]]]) -> list[tuple[int, float]]:
    """Give each group of nodes rows near its target row; the groups keep their order.

    The middle group is placed first; later groups only move down, earlier ones only up.
    """
    middle = len(groups) // 2
    rows = space.seats(column, groups[middle][0], len(groups[middle][1]))
    placed = list(zip(groups[middle][1], rows, strict=True))
    for side, rest in ((1, groups[middle + 1 :]), (-1, groups[:middle][::-1])):
        last = rows[-1] if side > 0 else rows[0]
        for wish, nodes in rest:
            clear = last + side * (len(nodes) + 1) / 2
            taken = space.seats(column, side * max(side * wish, side * clear), len(nodes), side)
            placed += zip(nodes, taken, strict=True)
            last = taken[-1] if side > 0 else taken[0]
    return placed


def _columns(dag: Numbered, beneath: Mapping[int, int], x: dict[int, float]) -> dict[int, float]:
    """The column of each new node: that of the node above it, or right of its causes, or left of effects."""
    missing = [len(row) for row in dag.causes]
    order = [u for u, count in enumerate(missing) if not count]
    for u in order:  # grows while it is read
        for v in dag.effects[u]:
            missing[v] -= 1
            if not missing[v]:
                order.append(v)
    rest = [u for u in order if u not in x]
    before = -1
    while rest and len(rest) != before:
        before = len(rest)
        for u in rest:
            known = [x[v] for v in dag.causes[u] if v in x]
            if known:
                x[u] = x[beneath[u]] if beneath.get(u) in x else floor(max(known)) + 1.0
        for u in reversed(rest):
            if u not in x:
                known = [x[v] for v in dag.effects[u] if v in x]
                if known:
                    x[u] = -floor(-min(known)) - 1.0
        rest = [u for u in rest if u not in x]
    return x


def lanes(
    positions: Mapping[int, Position],
    edges: Iterable[Edge],
    reads: Container[Edge],
    kept: Mapping[Edge, list[Position]],
) -> dict[Edge, list[Position]]:
    """Route each long edge around nodes, near the straight line; edges of one cause share lanes.

    A read begins above its cause and ends above its effect.

    Parameters
    ----------
    positions : mapping
        The positions of nodes.
    edges : iterable of (int, int)
        All edges, short ones too.
    reads : container of (int, int)
        Those of them that go over the top.
    kept : mapping
        Routes that must not change.

    Returns
    -------
    dict
        Waypoints of each edge that passes a column, `kept` included.
    """
    routes = dict(kept)
    space = Space(positions.values(), (point for route in kept.values() for point in route))
    shelves: dict[int, float] = {}

    def shelf(u: int) -> Position:
        """The row above a node on which its reads begin and end."""
        x, y = positions[u]
        if u not in shelves:
            free = space.seat(round(x), y - SHELF, LANE, -1)
            shelves[u] = free if y - free < SHELF + DETOUR / 2 else y - GAP
        return x, shelves[u]

    shared: dict[tuple[int, int], list[float]] = defaultdict(list)  # (cause, column) -> rows of its lanes
    for u, v in edges:
        (x, y), (end, goal) = positions[u], positions[v]
        over = (u, v) in reads
        if (u, v) in routes or (abs(end - x) <= 1 and not over):
            continue
        if over:
            (x, y), (end, goal) = shelf(u), shelf(v)
        step = 1 if end > x else -1
        route: list[Position] = []
        for column in (
            range(floor(x) + 1, -floor(-end)) if step > 0 else range(-floor(-x) - 1, floor(end), -1)
        ):
            wish = snapped(y + (goal - y) * (column - x) / (end - x))
            ours = shared[u, column]
            near = min(ours, key=lambda row: abs(row - wish), default=None)
            if near is None or abs(near - wish) > DETOUR:
                near = space.seat(column, wish, LANE)
                ours.append(near)
            route.append((float(column), near))
            x, y = float(column), near
        if over:
            route = [shelf(u), *route, shelf(v)]
        if route:
            routes[u, v] = route
    return routes


class Space:
    """The occupied rows of each column, as blocks that do not touch."""

    def __init__(self, nodes: Iterable[Position], lanes: Iterable[Position]) -> None:
        self._lows: dict[int, list[float]] = defaultdict(list)
        self._highs: dict[int, list[float]] = defaultdict(list)
        blocks: dict[int, list[Position]] = defaultdict(list)
        for size, places in ((1.0, nodes), (LANE, lanes)):
            for x, y in places:
                blocks[round(x)].append((y - size / 2, y + size / 2))
        for column, rows in blocks.items():
            lows, highs = self._lows[column], self._highs[column]
            for low, high in sorted(rows):
                if highs and low - highs[-1] < LANE - _SLACK:
                    highs[-1] = max(highs[-1], high)
                else:
                    lows.append(low)
                    highs.append(high)

    def seats(self, column: int, wish: float, count: int, side: int = 0) -> list[float]:
        """Take rows for `count` nodes, adjacent if that is near enough, from top to bottom.

        Only above `wish` if `side` is -1, only below it if `side` is 1.
        """
        middle = self._nearest(column, wish, float(count), side)
        if abs(middle - wish) <= count / 2 + DETOUR:
            self._take(column, middle, float(count))
            return [middle + i - (count - 1) / 2 for i in range(count)]
        start = wish - side * (count - 1) / 2
        rows: list[float] = []
        for _ in range(count):
            if side and rows:
                start = rows[-1] + side
            rows.append(self.seat(column, start, 1.0, side))
        return sorted(rows)

    def seat(self, column: int, wish: float, size: float, side: int = 0) -> float:
        """Take the free row nearest to `wish` with `size` rows of space around it."""
        row = self._nearest(column, wish, size, side)
        self._take(column, row, size)
        return row

    def _nearest(self, column: int, wish: float, size: float, side: int) -> float:
        lows, highs = self._lows[column], self._highs[column]
        half = size / 2
        i = bisect_right(highs, wish - half + _SLACK)  # the first block that reaches further
        if i == len(lows) or lows[i] >= wish + half - _SLACK:
            return wish
        up = down = i
        while up > 0 and lows[up] - highs[up - 1] < size - _SLACK:
            up -= 1
        while down + 1 < len(lows) and lows[down + 1] - highs[down] < size - _SLACK:
            down += 1
        above, below = lows[up] - half, highs[down] + half
        if side:
            return above if side < 0 else below
        return above if wish - above < below - wish else below

    def _take(self, column: int, row: float, size: float) -> None:
        lows, highs = self._lows[column], self._highs[column]
        low, high = row - size / 2, row + size / 2
        i = bisect_right(highs, low)
        if i > 0 and low - highs[i - 1] < LANE - _SLACK:
            i -= 1
            low = lows[i]
        j = i
        while j < len(lows) and lows[j] - high < LANE - _SLACK:
            high = max(high, highs[j])
            j += 1
        lows[i:j] = [low]
        highs[i:j] = [high]
