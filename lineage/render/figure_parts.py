"""Parts shared by the plotly figures: themes, titles, hover texts, arrow heads."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import plotly.graph_objects as go
import plotly.io

from lineage.errors import InvalidArgument
from lineage.format import FACT_LABELS, format_count, format_duration, format_time, legible, parse_time
from lineage.scene.lineage_scene import Scene
from lineage.scene.part import counted_runs

EDGE_COLOURS = {"light": "#868d98", "dark": "#6a727e"}
TEXT_COLOURS = {"light": "#1f2328", "dark": "#e6e8eb"}
_GRID_COLOURS = {"light": "#e6e8eb", "dark": "#2c3138"}
_WARNING_COLOURS = {"light": "#92400e", "dark": "#fbbf24"}
# A dark figure lets the notebook's own dark shade through: JupyterLab, VS Code and marimo each have another.
_PAPER = {"light": "#ffffff", "dark": "rgba(0,0,0,0)"}
INSIDE = {"light": "#ffffff", "dark": "#15171b"}  # of a hollow mark, so that edges end at its rim
TOP = 96  # pixels above what is drawn: the title, and two lines of legend in a narrow window
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


def theme_of(theme: str) -> str:
    """`"light"` or `"dark"`; `"auto"` follows plotly's default template.

    Raises
    ------
    InvalidArgument
        If it is another word.
    """
    if theme not in ("auto", "light", "dark"):
        raise InvalidArgument(f"theme must be 'auto', 'light' or 'dark', not {theme!r}")
    if theme != "auto":
        return theme
    return "dark" if "dark" in str(plotly.io.templates.default) else "light"


def look(theme: str) -> dict[str, Any]:
    """Colours, font, legend and margins, for `Figure.update_layout`; the legend is above what is drawn."""
    axis = {"gridcolor": _GRID_COLOURS[theme], "linecolor": _GRID_COLOURS[theme], "zeroline": False}
    return {
        "template": "plotly_dark" if theme == "dark" else "plotly_white",
        "paper_bgcolor": _PAPER[theme],
        "plot_bgcolor": _PAPER[theme],
        "font": {"family": _FONT, "color": TEXT_COLOURS[theme]},
        "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 1, "xanchor": "right"},
        "margin": {"l": 24, "r": 24, "t": TOP, "b": 24},
        "hoverlabel": {"align": "left"},
        "xaxis": axis,
        "yaxis": axis,
    }


def title_of(scene: Scene, theme: str, left_out: str = "") -> dict[str, Any]:
    """The title, with a line of problems below it if there are any."""
    drawn, whole = counted_runs(scene)
    part = f" ({drawn:,} of {format_count(whole, 'run')})" if drawn < whole else ""
    whose = f" of {safe(scene['title'], 80)}" if scene["title"] else ""  # a selection may be of no run's
    text = f"Lineage{whose}{part}{left_out}"
    if scene["problems"]:
        first, *others = scene["problems"]
        more = f" (and {format_count(len(others), 'more problem')})" if others else ""
        line = safe(f"! {first['pathspec']}: {first['reason']}", 110)
        text += f'<br><span style="font-size: 12px; color: {_WARNING_COLOURS[theme]}">{line}{more}</span>'
    return heading(text)


def heading(text: str) -> dict[str, Any]:
    """A title, for `Figure.update_layout`."""
    return {"text": text, "x": 0.02, "font": {"size": 16}, "y": 1, "yanchor": "top", "pad": {"t": 18}}


def arrow_heads(
    x: Iterable[Any],
    y: Iterable[float],
    angle: float | Sequence[float],
    standoff: float,
    theme: str,
    hollow: bool = False,
) -> go.Scatter:
    """Heads of arrows at these points.

    Parameters
    ----------
    x, y
        The points that the arrows lead to.
    angle
        The direction, in degrees from up, clockwise; or that of each.
    standoff
        Pixels between point and head.
    theme
        `"light"` or `"dark"`.
    hollow
        Whether they are drawn as an outline.
    """
    colour = EDGE_COLOURS[theme]
    return go.Scatter(
        x=x,
        y=y,
        mode="markers",
        hoverinfo="skip",
        showlegend=False,
        marker={
            "symbol": "arrow-open" if hollow else "arrow",
            "angle": angle,
            "standoff": standoff,
            "size": 9,
            "color": colour,
            "opacity": 1,
            "line": {"width": 1.5 if hollow else 0, "color": colour},
        },
    )


def look_of(node: Scene) -> str:
    """The name of the style of a node."""
    return "event" if node["kind"] == "event" else str(node["status"])


def hover(node: Scene, styles: Scene) -> str:
    """The facts of a node in a few lines."""
    facts = [f"<b>{safe(node['name'] if node['kind'] == 'event' else node['id'], 80)}</b>"]
    facts.append(styles[look_of(node)]["word"])
    if node.get("duration") is not None:
        facts[-1] += f" · {format_duration(node['duration'])}"
    moment = node.get("created_at") or node.get("timestamp")
    if moment:
        facts.append(format_time(time_of(moment)))
    facts += [f"{word}: {safe(node[key], 60)}" for key, word in FACT_LABELS.items() if key in node]
    if node.get("tags"):
        facts.append(f"tags: {safe(', '.join(node['tags']), 80)}")
    facts += [
        f"+{format_count(node[key], noun)} not shown"
        for key, noun in (("more_upstream", "cause"), ("more_downstream", "effect"))
        if key in node
    ]
    return "<br>".join(facts)


def time_of(text: str) -> datetime:
    """Parse a time of the scene."""
    return parse_time(text)


def safe(text: str, length: int) -> str:
    """Escape a text, because plotly interprets some HTML."""
    return html.escape(legible(text, length))


def floats(values: Sequence[float]) -> np.ndarray:
    """An array of float32, which is half as large in a page."""
    return np.array(values, dtype=np.float32)
