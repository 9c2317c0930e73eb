"""A drawing that grows: what was there stays where it was.

New nodes get the nearest free places beside their neighbours, wave by wave from what was there; long
edges get the nearest free lanes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import floor

from lineage.layout.coordinates import LANE, snapped
from lineage.layout.ranking import Numbered

Position = tuple[float, float]
Edge = tuple[int, int]

DETOUR = 2.0  # rows that siblings move further to stand together
_SLACK = 1e-9  # rows: two places that touch do not overlap


def grow(dag: Numbered, positions: dict[int, Position], taken: Iterable[Position]) -> None:
    """Add to `positions` all nodes that hang together with those that are in it.

    Parameters
    ----------
    dag : Numbered
        The graph.
    positions : dict
        Where nodes are; those of new nodes are added.
    taken : iterable of (float, float)
        Waypoints of edges that are there already and stay.
    """
    x = _columns(dag, {u: place[0] for u, place in positions.items()})
    space = Space(positions.values(), taken)
    near = [a + b for a, b in zip(dag.causes, dag.effects, strict=True)]
    wave = sorted(positions)
    while wave:
        found: dict[tuple[float, float], list[int]] = defaultdict(list)  # (x, wanted y) -> nodes
        for v in sorted({v for u in wave for v in near[u]} - positions.keys()):
            wishes = [positions[w][1] for w in near[v] if w in positions]
            found[x[v], snapped(sum(wishes) / len(wishes))].append(v)
        wave = []
        for (column, wish), nodes in sorted(found.items()):
            for v, y in zip(nodes, space.seats(column, wish, len(nodes)), strict=True):
                positions[v] = (column, y)
                wave.append(v)


def _columns(dag: Numbered, x: dict[int, float]) -> dict[int, float]:
    """The column of each new node: right of its causes, or else left of its effects."""
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
                x[u] = floor(max(known)) + 1.0
        for u in reversed(rest):
            if u not in x:
                known = [x[v] for v in dag.effects[u] if v in x]
                if known:
                    x[u] = -floor(-min(known)) - 1.0
        rest = [u for u in rest if u not in x]
    return x


def lanes(
    positions: Mapping[int, Position], edges: Iterable[Edge], kept: Mapping[Edge, list[Position]]
) -> dict[Edge, list[Position]]:
    """Lead each long edge around nodes, near the straight line; edges of one cause share lanes.

    Parameters
    ----------
    positions : mapping
        Where nodes are.
    edges : iterable of (int, int)
        All edges, short ones too.
    kept : mapping
        Routes that stay as they are.

    Returns
    -------
    dict
        Waypoints of each edge that passes a column, `kept` included.
    """
    routes = dict(kept)
    space = Space(positions.values(), (point for route in kept.values() for point in route))
    shared: dict[tuple[int, int], list[float]] = defaultdict(list)  # (cause, column) -> rows of its lanes
    for u, v in edges:
        (x, y), (end, goal) = positions[u], positions[v]
        if (u, v) in routes or abs(end - x) <= 1:
            continue
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
        if route:
            routes[u, v] = route
    return routes


class Space:
    """What is taken in each column, as blocks that do not touch."""

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

    def seats(self, x: float, wish: float, count: int) -> list[float]:
        """Take rows for `count` nodes, together if that is not far off, from top to bottom."""
        column = round(x)
        middle = self._nearest(column, wish, float(count))
        if abs(middle - wish) <= count / 2 + DETOUR:
            self._take(column, middle, float(count))
            return [middle + i - (count - 1) / 2 for i in range(count)]
        return sorted(self.seat(column, wish, 1.0) for _ in range(count))

    def seat(self, column: int, wish: float, size: float) -> float:
        """Take the free row that is nearest to `wish` and leaves `size` rows around it."""
        row = self._nearest(column, wish, size)
        self._take(column, row, size)
        return row

    def _nearest(self, column: int, wish: float, size: float) -> float:
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
