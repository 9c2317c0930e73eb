"""The layout against graphviz: seconds and edge crossings on trigger lineages.

Run with ``python -m benchmarks.bench_layout``; ``--sizes 100,1000`` leaves out the 10,000 runs for which
`dot` needs minutes. Without `dot` on the path only our own figures are measured.

Both drawings are counted by one function: the height at which each edge leaves, passes and reaches the
columns, taken from our waypoints and from `dot`'s splines, and how many pairs of edges change sides
between two columns. Times are the median over seeds; ours are of the call, `dot`'s of the whole process,
taken in turns so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import subprocess
import time
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable
from statistics import mean, median

import networkx as nx

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


def dot_paths(plain: str) -> tuple[list[Path], int]:
    """The edges as they run in `dot`'s drawing (its ``plain`` output), and how many columns it has."""
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
    return paths, len(columns)


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


def measure(runs: int, seeds: int, repeats: int, dot: str | None) -> str:
    """One line of the table."""
    ours, theirs = [], []  # (seconds, crossings, columns) for each seed
    for seed in range(seeds):
        graph = trigger_lineage(runs, seed)
        source = dot_source(graph)
        seconds, dot_seconds = [], []
        for _ in range(repeats):
            start = time.perf_counter()
            placement = place(graph)
            seconds.append(time.perf_counter() - start)
            if dot:
                start = time.perf_counter()
                plain = subprocess.run(
                    [dot, "-Tplain"], input=source, capture_output=True, text=True, check=True
                )
                dot_seconds.append(time.perf_counter() - start)
        columns = len({x for x, _ in placement.positions.values()})
        ours.append((median(seconds), crossings(our_paths(graph, placement)), columns))
        if dot:
            paths, columns = dot_paths(plain.stdout)
            theirs.append((median(dot_seconds), crossings(paths), columns))
    line = f"{runs:>6} {seeds:>5} " + _cells(ours)
    if theirs:
        faster = median(b[0] / a[0] for a, b in zip(ours, theirs, strict=True))
        ratio = sum(count for _, count, _ in ours) / sum(count for _, count, _ in theirs)
        line += f" | {_cells(theirs)} | {faster:>9.1f}x {ratio:>10.2f}"
    return line


def _cells(figures: list[tuple[float, int, int]]) -> str:
    seconds, counts, columns = zip(*figures, strict=True)
    return f"{median(seconds):>9.4f} {mean(counts):>10.1f} {median(columns):>8.0f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", default="100,1000,10000", help="runs, with commas between")
    parser.add_argument("--seeds", type=int, default=8, help="lineages of each size; one from 10,000 runs on")
    parser.add_argument(
        "--repeats", type=int, default=5, help="times each is drawn; once from 10,000 runs on"
    )
    options = parser.parse_args()
    dot = shutil.which("dot")
    if not dot:
        print("graphviz's `dot` is not on the path (apt-get install graphviz): only our own figures follow.")
    figures = f"{'seconds':>9} {'crossings':>10} {'columns':>8}"
    print(
        f"{'':>6} {'':>5} {'lineage':>29}"
        + (f" | {'dot':>29} | {'dot/ours':>10} {'ours/dot':>10}" if dot else "")
    )
    print(
        f"{'runs':>6} {'seeds':>5} {figures}"
        + (f" | {figures} | {'seconds':>10} {'crossings':>10}" if dot else "")
    )
    for runs in (int(size) for size in options.sizes.split(",")):
        large = runs >= 10_000
        print(measure(runs, 1 if large else options.seeds, 1 if large else options.repeats, dot), flush=True)


if __name__ == "__main__":
    main()
