"""Order the nodes within columns so that few links cross."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from lineage.layout.layers import Layers

Columns = list[list[int]]
Adjacency = list[list[int]]

# Tuned on lineages of 100 to 10,000 runs: larger values removed too few crossings for the extra time.
SWEEPS = 12
PATIENCE = 4  # sweeps without improvement before giving up …
HASTE = 2  # … and of a shaken order
HOPE = 1.2  # times the fewest crossings, up to which sifting may make a shaken order the best
ROUNDS = 2  # of sifting
REACH = 20  # places on either side that sifting tries
GIVE = 3  # additional crossings on the way at which sifting turns back
SHAKE = 0.6  # maximum distance that a shake moves a node, as a fraction of its column


def order(layers: Layers, shakes: int = 0) -> int:
    """Sort the columns in place so that few links cross.

    Sweeps in alternating directions sort each column by the mean place of its neighbours [1]_; nodes
    without neighbours on that side keep their slots [2]_. Then single nodes are sifted to better places
    [3]_. Small graphs can afford to repeat this from shaken orders; the best order is kept.

    Parameters
    ----------
    layers : Layers
        Its columns are in order of time, which is a good start: nodes created together are adjacent.
        A stack is one place in its column, and is taken apart at the end.
    shakes : int
        Number of times to shake and try again.

    Returns
    -------
    int
        The number of remaining crossings.

    References
    ----------
    .. [1] Sugiyama, K., Tagawa, S., Toda, M. (1981). "Methods for Visual Understanding of Hierarchical
       System Structures". IEEE Transactions on Systems, Man, and Cybernetics 11 (2), 109-125.
    .. [2] Gansner, E. R., Koutsofios, E., North, S. C., Vo, K.-P. (1993). "A Technique for Drawing
       Directed Graphs". IEEE Transactions on Software Engineering 19 (3), 214-230.
    .. [3] Matuszewski, C., Schönfeld, R., Molitor, P. (1999). "Using Sifting for k-Layer Straightline
       Crossing Minimization". Graph Drawing '99, LNCS 1731, 217-224.
    """
    links = _linked(layers)
    fewest, best = _improved([column[:] for column in layers.columns], links, PATIENCE)
    dice = random.Random(0)  # a fixed seed, so that the same lineage gives the same drawing
    for _ in range(shakes):
        if not fewest:
            break
        shaken = [_shaken(column, dice) for column in best]
        crossed, columns = _improved(shaken, links, HASTE, fewest * HOPE)
        if crossed <= fewest:
            fewest, best = crossed, columns
    layers.columns[:] = _expanded(best, layers.stacks)
    return fewest


@dataclass(frozen=True)
class _Links:
    """The links of a component, and those of its stacks: the first of a stack has the links of all."""

    left: Adjacency
    right: Adjacency
    all_left: Adjacency
    all_right: Adjacency
    stacks: Mapping[int, list[int]]


def _linked(layers: Layers) -> _Links:
    left, right, stacks = layers.left, layers.right, layers.stacks
    if not stacks:
        return _Links(left, right, left, right, stacks)
    all_left, all_right = left[:], right[:]
    for v, stack in stacks.items():
        all_left[v] = [w for member in stack for w in left[member]]
        all_right[v] = [w for member in stack for w in right[member]]
    return _Links(left, right, all_left, all_right, stacks)


def _expanded(columns: Columns, stacks: Mapping[int, list[int]]) -> Columns:
    """The columns with all of each stack in the place of its first."""
    return [[w for v in column for w in stacks.get(v, (v,))] for column in columns] if stacks else columns


def _shaken(column: list[int], dice: random.Random) -> list[int]:
    reach = SHAKE * len(column)
    key = {v: i + reach * (2 * dice.random() - 1) for i, v in enumerate(column)}
    return sorted(column, key=key.__getitem__)


def _improved(columns: Columns, links: _Links, patience: int, hope: float = inf) -> tuple[int, Columns]:
    """Sweep and sift; returns the remaining crossings and the order. Modifies `columns`.

    Does not sift an order with more than `hope` crossings.
    """
    left, right, stacks = links.all_left, links.all_right, links.stacks
    place = [0] * len(left)
    key = [0.0] * len(left)
    _number(columns, place, stacks)
    fewest = crossings(_expanded(columns, stacks), links.right, place)
    best = [column[:] for column in columns]
    since = 0
    for sweep in range(SWEEPS):
        if not fewest or since == patience:
            break
        # Every other sweep reverses ties; otherwise tied nodes would never move.
        for column in columns[1:]:
            _sort(column, left, place, key, sweep % 2 == 1, stacks)
        for column in columns[-2::-1]:
            _sort(column, right, place, key, sweep % 2 == 1, stacks)
        crossed = crossings(_expanded(columns, stacks), links.right, place)
        if crossed < fewest:
            fewest, best, since = crossed, [column[:] for column in columns], 0
        else:
            since += 1
    if 0 < fewest <= hope:
        _number(best, place, stacks)
        fewest -= _sift(best, left, right, place, stacks)
    return fewest, best


def _number(columns: Columns, place: list[int], stacks: Mapping[int, list[int]]) -> None:
    for column in _expanded(columns, stacks):
        for i, v in enumerate(column):
            place[v] = i


def crossings(columns: Columns, right: Adjacency, place: list[int]) -> int:
    """Count the pairs of links that cross.

    Reads the links from top to bottom and counts, for each, how many earlier links end further down. A
    sorted list with binary search replaces the accumulator tree of [1]_; in Python it is faster until a
    column has tens of thousands of links.

    References
    ----------
    .. [1] Barth, W., Jünger, M., Mutzel, P. (2002). "Simple and Efficient Bilayer Cross Counting". Graph
       Drawing 2002, LNCS 2528, 130-141.
    """
    count = 0
    for column in columns:
        ends: list[int] = []  # of the links read so far, sorted
        last = -1
        for v in column:
            links = right[v]
            if len(links) == 1:
                end = place[links[0]]
                if end >= last:
                    ends.append(end)
                    last = end
                else:
                    i = bisect_right(ends, end)
                    count += len(ends) - i
                    ends.insert(i, end)
            elif links:
                for end in sorted([place[w] for w in links]):
                    i = bisect_right(ends, end)
                    count += len(ends) - i
                    ends.insert(i, end)
                last = ends[-1]
    return count


def _sort(
    column: list[int],
    links: Adjacency,
    place: list[int],
    key: list[float],
    reverse: bool,
    stacks: Mapping[int, list[int]],
) -> None:
    """Sort by the mean place of the neighbours; nodes without neighbours keep their slots.

    `key` is working memory with a number for each node.
    """
    movers = [v for v in column if links[v]]
    if reverse:
        movers.reverse()
    for v in movers:
        near = links[v]
        key[v] = place[near[0]] if len(near) == 1 else sum([place[w] for w in near]) / len(near)
    movers.sort(key=key.__getitem__)
    if len(movers) == len(column):
        column[:] = movers
    else:
        rest = iter(movers)
        column[:] = [next(rest) if links[v] else v for v in column]
    if stacks:
        _number([column], place, stacks)
    else:
        for i, v in enumerate(column):
            place[v] = i


def _sift(
    columns: Columns, left: Adjacency, right: Adjacency, place: list[int], stacks: Mapping[int, list[int]]
) -> int:
    """Move single nodes to better places in their columns; returns the number of crossings removed."""
    won = 0
    waiting = list(range(len(columns)))
    for _ in range(ROUNDS):
        moved: set[int] = set()
        for i in waiting:
            undone = _sift_column(columns[i], left, right, place)
            if undone:
                _number([columns[i]], place, stacks)
                won += undone
                moved.update((i - 1, i, i + 1))
        # Alternate the direction, like the sweeps.
        waiting = sorted(moved & set(range(len(columns))), reverse=waiting[0] <= waiting[-1])
        if not waiting:
            break
    return won


def _sift_column(column: list[int], left: Adjacency, right: Adjacency, place: list[int]) -> int:
    before, after = _ends(column, left, place), _ends(column, right, place)
    won = 0
    slot = {v: i for i, v in enumerate(column)}
    settled: tuple[list[int], list[int]] | None = None  # neighbours of the previous node, which did not move
    for v in column[:]:
        start = slot[v]
        ours, theirs = before[start], after[start]
        if (ours, theirs) == settled:
            continue
        # Most nodes have one neighbour on a side; comparing those here, not in `_undone`, halves the time.
        our = ours[0] if len(ours) == 1 else -1
        their = theirs[0] if len(theirs) == 1 else -1
        best, goal = 0, start
        for sign, others in (
            (1, range(start - 1, max(-1, start - 1 - REACH), -1)),
            (-1, range(start + 1, min(len(column), start + 1 + REACH))),
        ):
            undone = 0
            for i in others:
                if ours and (near := before[i]):
                    if our >= 0 and len(near) == 1:
                        if near[0] != our:
                            undone += sign if near[0] > our else -sign
                    else:
                        undone += sign * _undone(near, ours)
                if theirs and (near := after[i]):
                    if their >= 0 and len(near) == 1:
                        if near[0] != their:
                            undone += sign if near[0] > their else -sign
                    else:
                        undone += sign * _undone(near, theirs)
                if undone > best:
                    best, goal = undone, i
                elif undone <= -GIVE:
                    break
        if best:
            won += best
            column.insert(goal, column.pop(start))
            before.insert(goal, before.pop(start))
            after.insert(goal, after.pop(start))
            for i in range(min(start, goal), max(start, goal) + 1):
                slot[column[i]] = i
        settled = None if best else (ours, theirs)
    return won


def _ends(column: list[int], links: Adjacency, place: list[int]) -> list[list[int]]:
    """The places of each node's neighbours, in ascending order."""
    return [
        [place[near[0]]] if len(near := links[v]) == 1 else sorted([place[w] for w in near]) for v in column
    ]


def _undone(a: list[int], b: list[int]) -> int:
    """Crossings removed by swapping two nodes: `a` has the neighbours of the upper one, `b` of the lower."""
    if len(a) > len(b):
        size = len(a)
        return sum([size - bisect_left(a, x) - bisect_right(a, x) for x in b])
    size = len(b)
    return sum([bisect_left(b, x) + bisect_right(b, x) - size for x in a])
