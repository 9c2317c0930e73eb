"""The rows: straight chains, parents in the middle of their effects, short edges."""

from __future__ import annotations

from math import floor

from lineage.layout.layers import Layers

LANE = 0.5  # rows that a long edge takes where it passes a column; a node takes one
LANE_PULL = 4.0  # how much more a lane insists on being straight than a node does
CHAIN_PULL = 50.0  # likewise a chain, in the last sweeps


def rows(layers: Layers) -> list[float]:
    """The row of each node and lane, the highest at 0.

    Column by column, each node wants to be where its neighbours are on average. The rows that are nearest
    to all wishes and keep order and distance are a weighted isotonic regression, which pooling adjacent
    violators solves in one pass [1]_. Sweeps go to and fro; the last ones put every chain on one row.

    References
    ----------
    .. [1] Barlow, R. E., Bartholomew, D. J., Bremner, J. M., Brunk, H. D. (1972). "Statistical Inference
       under Order Restrictions". Wiley.
    """
    columns, left, right = layers.columns, layers.left, layers.right
    y, offsets = _stacked(layers)
    if len(columns) > 1:
        pulls = [1.0] * layers.nodes + [LANE_PULL] * (len(left) - layers.nodes)
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
                _settle(column, offset, wishes, weights, y)
        _straighten(layers, offsets, y)
    top = min([y[column[0]] for column in columns])
    return [value - top for value in y]


def _stacked(layers: Layers) -> tuple[list[float], list[list[float]]]:
    """Rows without gaps, each column in the middle; and these rows counted from each column's first."""
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

    Sums of such rows, lanes and half nodes are exact, so that nothing overlaps by a rounding error and a
    straight chain is straight to the last bit.
    """
    return floor(row * 64 + 0.5) / 64


def _settle(
    column: list[int], offset: list[float], wishes: list[float], weights: list[float], y: list[float]
) -> None:
    """Put a column's nodes as near to their wishes as order and distances allow."""
    blocks: list[tuple[float, float, int]] = []  # wanted row of the first node, weight, number of nodes
    for wish, at, weight in zip(wishes, offset, weights, strict=True):
        start, size = wish - at, 1
        while blocks and blocks[-1][0] >= start:
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


def _only(near: list[int], nodes: int) -> int:
    """The one neighbour that a chain goes on to: the only node, or the only lane where there is no node."""
    if len(near) > 1:
        near = [v for v in near if v < nodes]
    return near[0] if len(near) == 1 else -1


def _straighten(layers: Layers, offsets: list[list[float]], y: list[float]) -> None:
    """Put each chain, a run of links that are the only ones on both their sides, on one row.

    Long edges do not count: where a run is caused by the one before it and by an earlier one, the two
    stand on one row, and the long edge goes round what is between.
    """
    left, right = layers.left, layers.right
    before, after = [-1] * len(left), [-1] * len(left)  # the neighbours in the same chain
    chain_of: dict[int, int] = {}
    chains: list[list[int]] = []
    for column in layers.columns:
        for v in column:
            u = _only(left[v], layers.nodes)
            if u >= 0 and _only(right[u], layers.nodes) == v:
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
    # Where a chain cannot be on its mean row, the rest of it follows: rightwards, then leftwards.
    for sweep, leader in ((forth, None), (forth, before), (forth[::-1], after)):
        for column, offset in sweep:
            if leader is None:
                wishes = [means[v] for v in column]
            else:
                wishes = [y[v] if leader[v] < 0 else y[leader[v]] for v in column]
            weights = [CHAIN_PULL if v in chain_of else 1.0 for v in column]
            _settle(column, offset, wishes, weights, y)
