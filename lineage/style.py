"""Colours, symbols and words of statuses, lines and words of kinds of edges, for all renderers.

Colours are AA against their background (contrast at least 3:1 for a mark, 4.5:1 for text) in the
light and in the dark theme. A status is never shown by colour alone: each has a symbol and a word.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

Corner = tuple[float, float]  # across and down, in the radius of the symbol

# Corners, their radii in turn, and the angle of the first in degrees, by plotly's name of the shape.
_SHAPES: dict[str, tuple[int, tuple[float, ...], int]] = {
    "triangle-right": (3, (1.2,), 0),
    "diamond": (4, (1.15,), 0),
    "hexagon": (6, (1.1,), 0),
    "star": (10, (1.25, 0.55), -90),
}


@dataclass(frozen=True)
class StatusStyle:
    """Colours, symbol and word of one status."""

    word: str
    symbol: str  # a shape that both renderers know (plotly's name)
    glyph: str  # the same in text
    light: str  # colour on a light background, #rrggbb
    dark: str  # colour on a dark background, #rrggbb
    corners: tuple[Corner, ...] | None = field(init=False)  # of the symbol; None for a circle

    def __post_init__(self) -> None:
        object.__setattr__(self, "corners", _corners(self.symbol))


def _corners(symbol: str) -> tuple[Corner, ...] | None:
    if symbol == "x":
        quarter = [(0.0, -0.4), (0.55, -0.95), (0.95, -0.55)]
        turns = ((1, 0), (0, 1), (-1, 0), (0, -1))
        return tuple((c * x - s * y, s * x + c * y) for c, s in turns for x, y in quarter)
    if symbol not in _SHAPES:
        return None
    count, radii, start = _SHAPES[symbol]
    points = ((radii[i % len(radii)], math.radians(start + i * 360 / count)) for i in range(count))
    return tuple((round(r * math.cos(angle), 3), round(r * math.sin(angle), 3)) for r, angle in points)


STATUS_STYLES: dict[str, StatusStyle] = {
    "completed": StatusStyle("completed", "circle", "●", "#1a7f4b", "#4cc38a"),
    "failed": StatusStyle("failed", "x", "✖", "#c62a2f", "#ff8589"),
    "running": StatusStyle("running", "triangle-right", "▶", "#0b68cb", "#6cb6ff"),
    "unknown": StatusStyle("unknown", "diamond", "◆", "#6b6f76", "#a4a9b0"),
    "missing": StatusStyle("missing", "circle-open", "○", "#8a5a00", "#e0a63a"),
    "simulated": StatusStyle("simulated", "hexagon", "⬡", "#7a4fc9", "#b79bf2"),
    "event": StatusStyle("event", "star", "★", "#8250a8", "#c79df0"),
}


@dataclass(frozen=True)
class EdgeStyle:
    """Line and word of one kind of edge; kinds do not differ in colour."""

    word: str  # what the cause did to the effect, or the effect with the cause
    dash: str  # lengths of dashes and gaps in pixels, as SVG and plotly read them; empty for a solid line
    line: str  # the same in text


EDGE_STYLES: dict[str, EdgeStyle] = {
    "trigger": EdgeStyle("triggered", "", "─"),
    "resume": EdgeStyle("resumed", "9px,5px", "╌"),
    "spawn": EdgeStyle("spawned", "", "═"),  # a double line
    "publish": EdgeStyle("published", "", "─"),
    "read": EdgeStyle("read", "1px,5px", "┄"),
}


def plain_styles(styles: Mapping[str, StatusStyle | EdgeStyle]) -> dict[str, dict[str, Any]]:
    """Styles by name as plain JSON values, without what they do not have."""
    facts = {
        name: {k: v for k, v in asdict(style).items() if v is not None} for name, style in styles.items()
    }
    for style in facts.values():
        if "corners" in style:
            style["corners"] = [list(corner) for corner in style["corners"]]
    return facts


def status_style(node: dict[str, object]) -> StatusStyle:
    """The style of a node of a lineage graph, by its attributes."""
    if node.get("kind") == "event":
        return STATUS_STYLES["event"]
    return STATUS_STYLES.get(str(node.get("status")), STATUS_STYLES["unknown"])
