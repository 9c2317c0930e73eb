"""The order within the columns: few crossings."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from lineage.layout.layers import Layers

Columns = list[list[int]]
Links = list[list[int]]

PATIENCE = 8  # turns without a better order before a start is given up
REACH = 40  # places that a node is moved at most, up or down, to find a better one


def order(layers: Layers, *, starts: int = 1, turns: int = 24, thorough: bool = False) -> int:
    """Sort the columns in place so that few links cross.

    Each start is refined by turns to and fro that sort a column by the mean place of its neighbours [1]_;
    nodes without neighbours on that side keep their slots [2]_. The best order of all starts is kept, and
    neighbours in a column are switched, and single nodes moved further, as long as that helps [3]_.

    Parameters
    ----------
    layers : Layers
        Its columns come ordered by time, which is a good start: what was made in one round lies together.
    starts : int
        How many first orders to try: by time, then walks depth first and breadth first from either side.
    turns : int
        Most turns for each start.
    thorough : bool
        Whether neighbours are switched after each turn and not just at the end, and nodes moved further.

    Returns
    -------
    int
        The number of crossings that are left.

    References
    ----------
    .. [1] Sugiyama, K., Tagawa, S., Toda, M. (1981). "Methods for Visual Understanding of Hierarchical
       System Structures". IEEE Transactions on Systems, Man, and Cybernetics 11 (2), 109-125.
    .. [2] Gansner, E. R., Koutsofios, E., North, S. C., Vo, K.-P. (1993). "A Technique for Drawing
       Directed Graphs". IEEE Transactions on Software Engineering 19 (3), 214-230.
    .. [3] Matuszewski, C., Schönfeld, R., Molitor, P. (1999). "Using Sifting for k-Layer Straightline
       Crossing Minimization". Graph Drawing '99, LNCS 1731, 217-224.
    """
    left, right = layers.left, layers.right
    place = [0] * len(left)
    best: Columns = []
    fewest = -1
    for columns in _starts(layers, starts):
        _number(columns, place)
        found, columns = _turn(columns, left, right, place, turns, thorough)
        if fewest < 0 or found < fewest:
            fewest, best = found, columns
        if not fewest:
            break
    if fewest:
        _number(best, place)
        fewest -= _switch(best, left, right, place, level=False)
        if thorough:
            while won := _sift(best, left, right, place):
                fewest -= won
    layers.columns[:] = best
    return fewest


def _number(columns: Columns, place: list[int]) -> None:
    for column in columns:
        for i, v in enumerate(column):
            place[v] = i


def crossings(columns: Columns, right: Links, place: list[int]) -> int:
    """How many pairs of links cross.

    Reads the links from top to bottom and counts those before that end further down: a sorted list with
    a binary search is the accumulator tree of [1]_ in the form that is fastest in Python.

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


def _turn(
    columns: Columns, left: Links, right: Links, place: list[int], turns: int, thorough: bool
) -> tuple[int, Columns]:
    """Sort to and fro; the fewest crossings on the way and their order."""
    fewest = crossings(columns, right, place)
    best = [column[:] for column in columns]
    since = 0
    for turn in range(turns):
        if not fewest or since >= PATIENCE:
            break
        # Every other pair of turns reverses what is level, or it would never move.
        level = turn % 4 >= 2
        if turn % 2:
            for column in columns[-2::-1]:
                _sort(column, right, place, level)
        else:
            for column in columns[1:]:
                _sort(column, left, place, level)
        if thorough:
            _switch(columns, left, right, place, level)
        found = crossings(columns, right, place)
        if found < fewest:
            fewest, best, since = found, [column[:] for column in columns], 0
        else:
            since += 1
    return fewest, best


def _sort(column: list[int], links: Links, place: list[int], level: bool) -> None:
    movers = [v for v in column if links[v]]
    if level:
        movers.reverse()
    key = {
        v: place[near[0]] if len(near := links[v]) == 1 else sum([place[w] for w in near]) / len(near)
        for v in movers
    }
    movers.sort(key=key.__getitem__)
    if len(movers) == len(column):
        column[:] = movers
    else:
        rest = iter(movers)
        column[:] = [next(rest) if links[v] else v for v in column]
    for i, v in enumerate(column):
        place[v] = i


def _switch(columns: Columns, left: Links, right: Links, place: list[int], level: bool) -> int:
    """Switch neighbours while that undoes crossings; the number undone."""
    won = 0
    dirty = set(range(len(columns)))
    while dirty:
        again: set[int] = set()
        for i in sorted(dirty):
            undone = _switch_column(columns[i], left, right, place, level)
            if undone:
                won += undone
                again.update((i - 1, i + 1))
        level = False
        dirty = {i for i in again if 0 <= i < len(columns)}
    return won


def _switch_column(column: list[int], left: Links, right: Links, place: list[int], level: bool) -> int:
    before, after = _ends(column, left, place), _ends(column, right, place)
    won = 0
    again = True
    while again:
        again = False
        a, c = before[0], after[0]
        for i in range(1, len(column)):
            b, d = before[i], after[i]
            if level or (a and b and a[-1] > b[0]) or (c and d and c[-1] > d[0]):
                undone = _undone(a, b) + _undone(c, d)
                if undone > 0 or (level and not undone):
                    before[i - 1 : i + 1] = b, a
                    after[i - 1 : i + 1] = d, c
                    column[i - 1 : i + 1] = column[i], column[i - 1]
                    won += undone
                    again = again or undone > 0
                    continue
            a, c = b, d
        level = False
    for i, v in enumerate(column):
        place[v] = i
    return won


def _ends(column: list[int], links: Links, place: list[int]) -> list[list[int]]:
    return [
        [place[near[0]]] if len(near := links[v]) == 1 else sorted([place[w] for w in near]) for v in column
    ]


def _undone(a: list[int], b: list[int]) -> int:
    """The crossings between links to `a`, above, and to `b`, below, less those after a switch."""
    if len(a) == 1 and len(b) == 1:
        return (a[0] > b[0]) - (a[0] < b[0])
    if len(a) > len(b):
        return -_undone(b, a)
    size = len(b)
    return sum([bisect_left(b, x) + bisect_right(b, x) - size for x in a])


def _sift(columns: Columns, left: Links, right: Links, place: list[int]) -> int:
    """Move each node to the place in its column where its links cross least; the crossings undone."""
    won = 0
    for column in columns:
        before, after = _ends(column, left, place), _ends(column, right, place)
        for v in column[:]:
            start = place[v]
            a, c = before[start], after[start]
            best, goal = 0, start
            undone = 0
            for i in range(start - 1, max(-1, start - 1 - REACH), -1):
                undone += _undone(before[i], a) + _undone(after[i], c)
                if undone > best:
                    best, goal = undone, i
            undone = 0
            for i in range(start + 1, min(len(column), start + 1 + REACH)):
                undone += _undone(a, before[i]) + _undone(c, after[i])
                if undone > best:
                    best, goal = undone, i
            if best:
                won += best
                column.insert(goal, column.pop(start))
                before.insert(goal, before.pop(start))
                after.insert(goal, after.pop(start))
                for i in range(min(start, goal), max(start, goal) + 1):
                    place[column[i]] = i
    return won


def _starts(layers: Layers, count: int) -> Iterator[Columns]:
    """First orders: by time, then walks from the left and from the right."""
    yield [column[:] for column in layers.columns]
    for walk, back in ((_breadth, True), (_depth, True), (_breadth, False), (_depth, False))[: count - 1]:
        yield walk(layers, back)


def _breadth(layers: Layers, back: bool) -> Columns:
    """Each column in the order in which its nodes are reached from the columns before it."""
    ahead = layers.left if back else layers.right
    reached = dict.fromkeys(range(len(ahead)), -1)
    found: Columns = []
    for column in reversed(layers.columns) if back else layers.columns:
        # What nothing leads to comes after what it follows by time.
        last = -1
        for v in column:
            if reached[v] < 0:
                reached[v] = last
            last = reached[v]
        now = sorted(column, key=reached.__getitem__)
        for i, v in enumerate(now):
            for w in ahead[v]:
                if reached[w] < 0:
                    reached[w] = i
        found.append(now)
    return found[::-1] if back else found


def _depth(layers: Layers, back: bool) -> Columns:
    """Each column in the order in which a walk reaches it that follows links in both directions."""
    ahead, behind = (layers.left, layers.right) if back else (layers.right, layers.left)
    column_of = {v: i for i, column in enumerate(layers.columns) for v in column}
    found: Columns = [[] for _ in layers.columns]
    seen = bytearray(len(ahead))
    for column in reversed(layers.columns) if back else layers.columns:
        for root in column:
            stack = [root]
            while stack:
                v = stack.pop()
                if not seen[v]:
                    seen[v] = 1
                    found[column_of[v]].append(v)
                    stack.extend(w for w in reversed(ahead[v] + behind[v]) if not seen[w])
    return found
