"""Assign rows: straight chains, causes centred on their effects, short edges."""

from __future__ import annotations

from itertools import takewhile
from math import floor, inf

from lineage.layout.layers import Layers

Position = tuple[float, float]  # column, row

LANE = 0.5  # rows that a long edge takes in a column that it passes; a node takes one
LANE_PULL = 4.0  # weight of a lane, relative to that of a node, for staying straight
SHELF_PULL = 0.2  # the same of a shelf, which its node carries along
CHAIN_PULL = 50.0  # the same for a chain, in the last sweeps


def rows(layers: Layers) -> list[float]:
    """The row of each node and lane, with the topmost at 0.

    Column by column, each node is drawn towards the mean row of its neighbours. Finding the rows nearest to
    these targets that keep order and distance is a weighted isotonic regression, which pooling adjacent
    violators solves in one pass [1]_. Sweeps alternate in direction; the last ones straighten each chain.

    References
    ----------
    .. [1] Barlow, R. E., Bartholomew, D. J., Bremner, J. M., Brunk, H. D. (1972). "Statistical Inference
       under Order Restrictions". Wiley.
    """
    columns, left, right = layers.columns, layers.left, layers.right
    y, offsets = _stacked(layers)
    glued = layers.glued
    if len(columns) > 1:
        pulls = [1.0] * layers.nodes + [SHELF_PULL] * (layers.lanes - layers.nodes)
        pulls += [LANE_PULL] * (len(left) - layers.lanes)
        both = [a + b for a, b in zip(left, right, strict=True)]
        forth = list(zip(columns, offsets, strict=True))
        back = forth[::-1]
        for sweep, links in (
            (forth, left),
            (back, right),
            (forth, both),
            (back, both),
        ):
            for column, offset in sweep:
                wishes, weights = [], []
                for v in column:
                    near = links[v]
                    if len(near) == 1:
                        wishes.append(y[near[0]])
                        weights.append(pulls[v])
                    elif near:
                        wishes.append(sum([y[w] for w in near]) / len(near))
                        weights.append(pulls[v] * len(near))
                    else:
                        wishes.append(y[v])
                        weights.append(0.1)
                _settle(column, offset, wishes, weights, y, glued)
        _straighten(layers, offsets, y, glued)
        _level(layers, offsets, y)
    top = min([y[column[0]] for column in columns])
    return [value - top for value in y]


def _stacked(layers: Layers) -> tuple[list[float], list[list[float]]]:
    """Rows without gaps, each column centred; and the rows relative to each column's first."""
    y = [0.0] * len(layers.left)
    offsets = []
    for column in layers.columns:
        offset: list[float] = []
        at = before = 0.0
        for v in column:
            half = 0.5 if v < layers.nodes else LANE / 2
            if offset:
                at += before + half
            before = half
            offset.append(at)
        for v, row in zip(column, offset, strict=True):
            y[v] = row - at / 2
        offsets.append(offset)
    return y, offsets


def snapped(row: float) -> float:
    """The nearest multiple of a 64th.

    Sums of such rows, lanes and half nodes are exact, so that rounding errors cause no overlap and a
    straight chain is exactly straight.
    """
    return floor(row * 64 + 0.5) / 64


def _settle(
    column: list[int],
    offset: list[float],
    wishes: list[float],
    weights: list[float],
    y: list[float],
    glued: set[int],
) -> None:
    """Move a column's nodes as near to their target rows as order, distances and stacks allow."""
    blocks: list[tuple[float, float, int]] = []  # wanted row of the first node, weight, number of nodes
    for v, wish, at, weight in zip(column, wishes, offset, weights, strict=True):
        start, size = wish - at, 1
        held = v in glued
        while blocks and (held or blocks[-1][0] >= start):
            held = False
            other, more, others = blocks.pop()
            start = (start * weight + other * more) / (weight + more)
            weight += more
            size += others
        blocks.append((start, weight, size))
    i = 0
    for start, _, size in blocks:
        start = snapped(start)
        for j in range(i, i + size):
            y[column[j]] = start + offset[j]
        i += size


def _only(near: list[int], layers: Layers) -> int:
    """The neighbour that continues a chain: the only node, or the only lane if there is no node; else -1."""
    if len(near) > 1:
        near = [v for v in near if v < layers.nodes]
    return near[0] if len(near) == 1 and not layers.nodes <= near[0] < layers.lanes else -1


def _straighten(layers: Layers, offsets: list[list[float]], y: list[float], glued: set[int]) -> None:
    """Put each chain on one row: a sequence of links that are the only ones at both of their ends.

    Long edges do not count: if a node has the previous node and an earlier one as causes, it shares a row
    with the previous node, and the long edge goes around the nodes in between.
    """
    left = layers.left
    onward = [_only(near, layers) for near in layers.right]
    before, after = [-1] * len(left), [-1] * len(left)  # the neighbours in the same chain
    chain_of: dict[int, int] = {}
    chains: list[list[int]] = []
    for column in layers.columns:
        for v in column:
            u = _only(left[v], layers)
            if u >= 0 and onward[u] == v:
                if u not in chain_of:
                    chain_of[u] = len(chains)
                    chains.append([u])
                chain_of[v] = chain_of[u]
                chains[chain_of[u]].append(v)
                before[v], after[u] = u, v
    if not chains:
        return
    means = y[:]
    for chain in chains:
        mean = sum([y[v] for v in chain]) / len(chain)
        for v in chain:
            means[v] = mean
    forth = list(zip(layers.columns, offsets, strict=True))
    # If a node cannot be on its chain's mean row, the rest of the chain follows: rightwards, then leftwards.
    for sweep, leader in ((forth, None), (forth, before), (forth[::-1], after)):
        for column, offset in sweep:
            if leader is None:
                wishes = [means[v] for v in column]
            else:
                wishes = [y[v] if leader[v] < 0 else y[leader[v]] for v in column]
            weights = [CHAIN_PULL if v in chain_of else 1.0 for v in column]
            _settle(column, offset, wishes, weights, y, glued)


def _level(layers: Layers, offsets: list[list[float]], y: list[float]) -> None:
    """Make reads level, those at the top of their columns above all nodes there, the shorter ones lower.

    Of the others, lanes move to the row of the higher end, and shelves up to them, if there is room.
    """
    reads = [way for way in layers.routes.values() if layers.nodes <= way[0] < layers.lanes]
    if not reads:
        return
    raised = _raised(layers, reads, y)
    goal: dict[int, float] = {}
    for way in reads:
        top = min(y[way[0]], y[way[-1]])
        for v in way:
            if v not in raised:
                goal[v] = min(goal.get(v, top), top)
    for column, offset in zip(layers.columns, offsets, strict=True):
        column.sort(key=y.__getitem__)  # lanes among themselves: all are as high
        for i, v in enumerate(column):
            if v in goal:
                low = y[column[i - 1]] + offset[i] - offset[i - 1] if i else -inf
                high = y[column[i + 1]] + offset[i] - offset[i + 1] if i + 1 < len(column) else inf
                y[v] = max(low, min(goal[v], high))


def _raised(layers: Layers, reads: list[list[int]], y: list[float]) -> set[int]:
    """Put reads that lie above all nodes of their columns on one row each, those of one cause on the same."""
    parts = {v for way in reads for v in way}
    above: dict[int, int] = {}  # lane or shelf of a read with nothing else above it -> its column
    for x, column in enumerate(layers.columns):
        above.update(dict.fromkeys(takewhile(parts.__contains__, column), x))
    causes: dict[int, list[int]] = {}
    for way in reads:
        if all(v in above for v in way):
            causes.setdefault(way[0], []).extend(way)
    mine = {v for whole in causes.values() for v in whole}
    roofs = []  # the lowest row for one more lane above each column
    for column in layers.columns:
        others = [y[v] - ((1.0 if v < layers.nodes else LANE) + LANE) / 2 for v in column if v not in mine]
        roofs.append(min(others, default=y[column[-1]]))

    def columns(whole: list[int]) -> int:
        return max([abs(above[v] - above[whole[0]]) for v in whole])

    for whole in sorted(causes.values(), key=columns):
        lanes = mine.intersection(whole)  # an end that other reads share stays where they are
        mine -= lanes
        row = min([roofs[above[v]] for v in lanes], default=0.0)
        for v in lanes:
            y[v] = row
            roofs[above[v]] = row - LANE
    return {v for whole in causes.values() for v in whole}
