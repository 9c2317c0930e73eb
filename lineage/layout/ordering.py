"""The order within the columns: few crossings."""

from __future__ import annotations

from bisect import bisect_right

from lineage.layout.layers import Layers


def crossings(layers: Layers) -> int:
    """How many pairs of links cross, in the order that `layers` has."""
    place = [0] * len(layers.left)
    for column in layers.columns:
        for i, v in enumerate(column):
            place[v] = i
    return sum(_crossings(column, layers.right, place) for column in layers.columns)


def _crossings(column: list[int], right: list[list[int]], place: list[int]) -> int:
    ends: list[int] = []  # of the links read so far, sorted
    count = 0
    for v in column:
        links = right[v]
        if links:
            new = sorted([place[w] for w in links])
            for end in new:
                count += len(ends) - bisect_right(ends, end)
            for end in new:
                ends.insert(bisect_right(ends, end), end)
    return count


def order(layers: Layers) -> None:
    """Sort the columns in place so that few links cross."""
    columns, left, right = layers.columns, layers.left, layers.right
    place = [0] * len(left)
    for column in columns:
        for i, v in enumerate(column):
            place[v] = i
    best = crossings(layers)
    kept = [column[:] for column in columns]
    for turn in range(8):
        forth = turn % 2 == 0
        links = left if forth else right
        for column in columns[1:] if forth else columns[-2::-1]:
            _sort(column, links, place)
        found = crossings(layers)
        if found < best:
            best, kept = found, [column[:] for column in columns]
        if not best:
            break
    for column, good in zip(columns, kept, strict=True):
        column[:] = good


def _sort(column: list[int], links: list[list[int]], place: list[int]) -> None:
    key = {}
    last = -1.0
    for v in column:
        near = links[v]
        if near:
            last = place[near[0]] if len(near) == 1 else sum([place[w] for w in near]) / len(near)
        key[v] = last
    column.sort(key=key.__getitem__)
    for i, v in enumerate(column):
        place[v] = i
