"""The layout against graphviz: seconds and edge crossings on trigger lineages.

Both drawings are counted by one function: the height at which each edge leaves, passes and reaches the
columns, taken from our waypoints and from `dot`'s splines, and how many pairs of edges change sides
between two columns. Times are processor time, medians over lineages; ours are of the call, `dot`'s of the
whole process, taken in turns. `dot` needs a minute for 10,000 runs. One run with thousands of effects is
laid out at two sizes, to see how the time grows.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import networkx as nx

from benchmarks.table import Row, processor_time_in_turns, seconds
from lineage.layout import Placement, place
from tests.support.lineages import trigger_lineage

Path = list[tuple[int, float]]  # column and row of each point that an edge passes


def crossings(paths: Iterable[Path]) -> int:
    """How many pairs of edges change sides between two neighbouring columns."""
    between: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for path in paths:
        for (column, row), (_, next_row) in itertools.pairwise(path):
            between[column].append((row, next_row))
    count = 0
    for links in between.values():
        links.sort()
        ends: list[float] = []
        level: list[float] = []  # ends of links that start in one point: those do not cross
        start = None
        for row, end in links:
            if row != start:
                for other in level:
                    insort(ends, other)
                start, level = row, []
            count += len(ends) - bisect_right(ends, end)
            level.append(end)
    return count


def our_paths(graph: nx.DiGraph, placement: Placement) -> list[Path]:
    """The edges as they run in our drawing."""
    at = placement.positions
    return [
        [(int(x), y) for x, y in (at[u], *placement.routes.get((u, v), ()), at[v])] for u, v in graph.edges
    ]


def dot_source(graph: nx.DiGraph) -> str:
    """The graph in `dot`'s language, with numbers for names."""
    number = {node: i for i, node in enumerate(graph)}
    lines = ["digraph {", 'rankdir=LR; node [shape=box, width=0.5, height=0.3, label=""];']
    lines += [f"{i};" for i in range(len(number))]
    lines += [f"{number[u]} -> {number[v]};" for u, v in graph.edges]
    return "\n".join([*lines, "}"])


def dot_paths(plain: str) -> list[Path]:
    """The edges as they run in `dot`'s drawing (its ``plain`` output)."""
    at: dict[str, tuple[float, float]] = {}
    splines: list[tuple[str, str, list[tuple[float, float]]]] = []
    for line in plain.replace("\\\n", "").splitlines():
        word = line.split()
        if word[0] == "node":
            at[word[1]] = (float(word[2]), float(word[3]))
        elif word[0] == "edge":
            numbers = [float(value) for value in word[4 : 4 + 2 * int(word[3])]]
            splines.append((word[1], word[2], list(zip(numbers[::2], numbers[1::2], strict=True))))
    columns = sorted({x for x, _ in at.values()})
    paths = []
    for u, v, points in splines:
        first, last = bisect_left(columns, at[u][0]), bisect_left(columns, at[v][0])
        inner = [(column, _row(points, columns[column])) for column in range(first + 1, last)]
        paths.append([(first, at[u][1]), *inner, (last, at[v][1])])
    return paths


def _row(points: list[tuple[float, float]], x: float) -> float:
    """Where a piecewise cubic Bézier curve that runs from left to right is at `x`."""
    for i in range(0, len(points) - 1, 3):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points[i : i + 4]
        if x <= x3 or i + 4 >= len(points):
            low, high = 0.0, 1.0
            for _ in range(30):
                t = (low + high) / 2
                s = 1 - t
                if s**3 * x0 + 3 * s * s * t * x1 + 3 * s * t * t * x2 + t**3 * x3 < x:
                    low = t
                else:
                    high = t
            return s**3 * y0 + 3 * s * s * t * y1 + 3 * s * t * t * y2 + t**3 * y3
    raise ValueError("a spline has at least four points")


@dataclass(frozen=True)
class Size:
    """One line of the table, and what it has to reach."""

    runs: int
    lineages: int
    repeats: int  # times that each lineage is drawn
    crossings: float  # at most this many times dot's
    share: float | None = None  # at most this share of dot's time
    limit: float | None = None  # seconds
    target: str = ""


QUICK = (
    Size(30, 4, 1, crossings=1.0, limit=0.005, target="crossings at most dot's, 5 ms"),
    Size(100, 4, 1, crossings=1.0, share=1.0, target="time and crossings at most dot's"),
    Size(1_000, 1, 1, crossings=1.2, share=0.2, target="crossings 1.2×, a fifth of dot's time"),
)
FULL = (
    Size(30, 16, 5, crossings=1.0, limit=0.005, target="crossings at most dot's, 5 ms"),
    Size(100, 8, 5, crossings=1.0, share=1.0, target="time and crossings at most dot's"),
    Size(1_000, 8, 5, crossings=1.2, share=0.2, target="crossings 1.2×, a fifth of dot's time"),
    # "about a second"
    Size(10_000, 1, 1, crossings=1.1, limit=1.5, target="crossings 1.1×, about 1 s"),
)


def rows(quick: bool) -> Iterator[Row]:
    """The layout beside `dot`, at each size, and of one run with many effects."""
    yield _fan(2_000 if quick else 20_000, 1 if quick else 5)
    dot = shutil.which("dot")
    if not dot:
        yield Row("layout", "–", "dot is not on the path: apt-get install graphviz")
        return
    for size in QUICK if quick else FULL:
        yield _line(size, dot)


FAN = 2.3  # times as long for twice as many effects, at most


def _fan(effects: int, repeats: int) -> Row:
    """One run with many effects, and with half as many."""
    wide, half = (nx.DiGraph([("cause", i) for i in range(count)]) for count in (effects, effects // 2))
    taken = processor_time_in_turns(repeats, lambda: place(wide), lambda: place(half))
    return Row(
        f"lay out one run with {effects:,} effects",
        seconds(taken[0]),
        f"{seconds(taken[1])}, {effects // 2:,} effects",
        f"{taken[0] / taken[1]:.2f}x the time",
        f"1 s, {FAN}x the time",
        taken[0] <= 1 and taken[0] / taken[1] <= FAN,
        "Python's interpreter: a few passes over the column",
    )


def _line(size: Size, dot: str) -> Row:
    drawn = [_drawn(trigger_lineage(size.runs, seed), size.repeats, dot) for seed in range(size.lineages)]
    ours, theirs = (median(pair[side] for pair, _ in drawn) for side in (0, 1))
    our_crossings, dot_crossings = (sum(pair[side] for _, pair in drawn) for side in (0, 1))
    faster = median(theirs / ours for (ours, theirs), _ in drawn)
    more = our_crossings / dot_crossings
    return Row(
        f"lay out {size.runs:,} runs, {size.lineages} lineage{'s' * (size.lineages > 1)}",
        f"{seconds(ours)}, {our_crossings:,} crossings",
        f"{seconds(theirs)}, {dot_crossings:,} crossings (dot)",
        f"{faster:.1f}× as fast, {more:.2f}× the crossings",
        size.target,
        more <= size.crossings
        and (size.share is None or faster >= 1 / size.share)
        and (size.limit is None or ours <= size.limit),
        "Python's interpreter: sweeps over the columns",
    )


def _drawn(graph: nx.DiGraph, repeats: int, dot: str) -> tuple[tuple[float, float], tuple[int, int]]:
    """Seconds and crossings of one lineage, ours and `dot`'s."""
    source = dot_source(graph)

    def theirs() -> str:
        command = [dot, "-Tplain"]
        return subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout

    drawings: dict[str, Any] = {}
    ours_taken, dot_taken = processor_time_in_turns(
        repeats,
        lambda: drawings.update(ours=place(graph)),
        lambda: drawings.update(theirs=theirs()),
    )
    counts = crossings(our_paths(graph, drawings["ours"])), crossings(dot_paths(drawings["theirs"]))
    return (ours_taken, dot_taken), counts
