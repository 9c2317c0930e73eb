"""The rows: straight chains, parents in the middle of their effects, short edges."""

from __future__ import annotations

from lineage.layout.layers import Layers

LANE = 0.5  # rows that a long edge takes where it passes a column; a node takes one
SWEEPS = 6


def rows(layers: Layers) -> list[float]:
    """The row of each node and lane, the highest at 0.

    Column by column, each node wants to be where its neighbours are on average; the rows that are
    nearest to all wishes and keep order and distance are a weighted isotonic regression, which pooling
    adjacent violators solves in one pass [1]_. Sweeps go to and fro.

    References
    ----------
    .. [1] Barlow, R. E., Bartholomew, D. J., Bremner, J. M., Brunk, H. D. (1972). "Statistical Inference
       under Order Restrictions". Wiley.
    """
    nodes = layers.nodes
    y = [0.0] * len(layers.left)
    offsets = []
    for column in layers.columns:
        at = 0.0
        half = 0.0
        offset = []
        for v in column:
            size = 0.5 if v < nodes else LANE / 2
            at += half + size if offset else 0.0
            half = size
            offset.append(at)
            y[v] = at
        middle = at / 2
        for v in column:
            y[v] -= middle
        offsets.append(offset)
    both = [a + b for a, b in zip(layers.left, layers.right, strict=True)]
    count = len(layers.columns)
    turns = [(layers.left, range(count)), (layers.right, range(count - 1, -1, -1))]
    plan = [turns[i % 2] for i in range(SWEEPS)] + [(both, range(count)), (both, range(count - 1, -1, -1))]
    for links, numbers in plan:
        for number in numbers:
            _settle(layers.columns[number], offsets[number], links, y, nodes)
    top = min(y)
    return [value - top for value in y]


def _settle(
    column: list[int], offset: list[float], links: list[list[int]], y: list[float], nodes: int
) -> None:
    """Move a column's nodes as near to their neighbours' mean as order and distances allow."""
    totals: list[float] = []  # of each block: weight times wanted row of its first node
    weights: list[float] = []
    sizes: list[int] = []
    for v, at in zip(column, offset, strict=True):
        near = links[v]
        if near:
            weight = float(len(near))
            wish = sum([y[w] for w in near]) / weight
            if v >= nodes:
                weight *= 4.0
        else:
            weight, wish = 0.1, y[v]
        total = weight * (wish - at)
        size = 1
        while totals and totals[-1] * weight >= total * weights[-1]:
            total += totals.pop()
            weight += weights.pop()
            size += sizes.pop()
        totals.append(total)
        weights.append(weight)
        sizes.append(size)
    i = 0
    for total, weight, size in zip(totals, weights, sizes, strict=True):
        start = total / weight
        for j in range(i, i + size):
            y[column[j]] = start + offset[j]
        i += size
