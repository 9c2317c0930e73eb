"""The ways of edges in a still picture: the same as in the viewer (viewer/src/drawing/ways.js)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lineage.scene.lineage_scene import Scene

Point = tuple[float, float]

CARD = (140.0, 66.0)  # pixels
STEP = (185.0, 106.0)  # pixels from one column or row to the next
TURN = 8.0  # pixels: radius of a corner, and length of an arrow's head
WIDE = 6  # columns; a graph of few rows that has more is folded like text


@dataclass(frozen=True)
class Grid:
    """Where columns and rows are on the picture; a chain that is too long for a line goes on below."""

    columns: Mapping[float, float]  # x of the scene -> column on the picture, from 0
    rows: Mapping[float, float]
    length: float  # columns of a line
    height: float  # rows of a line

    def line(self, x: float) -> int:
        """The line that a column is in."""
        return int(self.columns[x] // self.length)

    def spot(self, x: float, y: float) -> Point:
        """The corner of the place of a card, in pixels."""
        line = self.line(x)
        column = self.columns[x] - line * self.length
        return column * STEP[0], (self.rows[y] + line * self.height) * STEP[1]


@dataclass(frozen=True)
class Way:
    """A path, where it begins and ends, and whether it ends from above."""

    d: str
    start: Point
    end: Point
    upright: bool

    @property
    def head(self) -> str:
        """The outline of the arrow's head."""
        corners = "l-4.2 -8h8.4z" if self.upright else "l-8 -4.2v8.4z"
        return f"M{_text(self.end)}{corners}"


def grid(nodes: Sequence[Scene], edges: Sequence[Scene]) -> Grid:
    """Columns and rows without gaps where nothing is."""
    points = [point for edge in edges for point in edge.get("route", ())]
    columns = _closed([*(node["x"] for node in nodes), *(x for x, _ in points)])
    rows = _closed([*(node["y"] for node in nodes), *(y for _, y in points)])
    wide = max(columns.values(), default=0.0) + 1
    high = max(rows.values(), default=0.0) + 1
    lines = -(-wide // WIDE) if high <= 3 and len(edges) <= len(nodes) else 1
    return Grid(columns, rows, -(-wide // lines), high)


def _closed(values: Sequence[float]) -> dict[float, float]:
    closed: dict[float, float] = {}
    at, before = 0.0, None
    for value in sorted(set(values)):
        at += 0.0 if before is None else min(value - before, 1.0)
        closed[value], before = at, value
    return closed


def way(edge: Scene, source: Scene, target: Scene, places: Grid) -> Way:
    """A trigger goes right, a resume or a spawn down, a read over the top, a line's end to the next line."""
    a, b = places.spot(source["x"], source["y"]), places.spot(target["x"], target["y"])
    stops = [places.spot(x, y) for x, y in edge.get("route", ())]
    if places.line(source["x"]) != places.line(target["x"]):
        return _feed(a, b, places.line(target["x"]) * places.height * STEP[1])
    if edge["kind"] == "read" and stops:
        return _curve(a, b, stops, over=True)
    if a[0] == b[0] and b[1] > a[1]:
        return _down(a, b)
    return _curve(a, b, stops, over=False)


def _feed(a: Point, b: Point, line: float) -> Way:
    """From the end of a line to the start of the next, in the gap above that, which begins at row `line`."""
    level, goal = a[1] + CARD[1] / 2, b[1] + CARD[1] / 2
    out, back, gap = a[0] + CARD[0] + 9, b[0] - 15, line - (STEP[1] - CARD[1]) / 2
    turns = [(out, level), (out, gap), (back, gap), (back, goal)]
    return _bent([(a[0] + CARD[0], level), *turns, (b[0] - 1, goal)], upright=False)


def _down(a: Point, b: Point) -> Way:
    """Straight down, or beside the cards between."""
    middle, rail = a[0] + CARD[0] / 2, a[0] - 14
    gap = (STEP[1] - CARD[1]) / 2
    first, last = a[1] + CARD[1] + gap, b[1] - gap
    aside = [(middle, first), (rail, first), (rail, last), (middle, last)]
    turns = aside if b[1] - a[1] > 1.5 * STEP[1] else []
    return _bent([(middle, a[1] + CARD[1]), *turns, (middle, b[1] - 1)], upright=True)


def _bent(points: list[Point], *, upright: bool) -> Way:
    """A line along points, upright and level in turn, with round corners."""
    end = points[-1]
    stops = [*points[:-1], (end[0], end[1] + 1 - TURN) if upright else (end[0] + 1 - TURN, end[1])]
    parts = [f"M{_text(stops[0])}"]
    for before, stop, after in zip(stops, stops[1:], stops[2:], strict=False):
        parts.append(f"L{_near(stop, before)}Q{_text(stop)} {_near(stop, after)}")
    return Way("".join([*parts, f"L{_text(stops[-1])}"]), points[0], end, upright)


def _near(stop: Point, other: Point) -> str:
    """The point on the way to another one where a corner begins."""
    x, y = (s + max(-TURN, min(TURN, (o - s) / 2)) for s, o in zip(stop, other, strict=True))
    return _text((x, y))


def _curve(a: Point, b: Point, stops: Sequence[Point], *, over: bool) -> Way:
    """Level where it leaves, passes and arrives; over the top, stops begin and end above the cards."""
    width, half = CARD[0], CARD[1] / 2
    start = (a[0] + width * 0.65, a[1]) if over else (a[0] + width, a[1] + half)
    end = (b[0] + width * 0.35, b[1] - 1) if over else (b[0] - 1, b[1] + half)
    x, y = start
    parts = [f"M{_text(start)}"]

    def bend(to_x: float, to_y: float) -> str:
        reach = max(10.0, abs(to_x - x) / 2)
        turn = to_x - reach if to_x > x else to_x + reach
        return f"C{_text((x + reach, y))} {_text((turn, to_y))} {_text((to_x, to_y))}"

    for i, (left, top) in enumerate(stops):
        row = top + half
        parts.append(
            f"V{_px(row)}" if over and not i else bend(left if left + half > x else left + width, row)
        )
        x, y = (end[0] if over and i + 1 == len(stops) else left + width), row
        parts.append(f"H{_px(x)}")
    parts.append(f"V{_px(end[1] + 1 - TURN)}" if over else bend(end[0] + 1 - TURN, end[1]))
    return Way("".join(parts), start, end, over)


def _text(point: Point) -> str:
    return f"{_px(point[0])} {_px(point[1])}"


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
