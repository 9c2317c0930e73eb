"""The graph of a scene as a plotly figure, to restyle, combine, embed in Dash or export."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lineage.format import format_count, legible
from lineage.render.figure_parts import (
    EDGE_COLOURS,
    INSIDE,
    TOP,
    arrow_heads,
    floats,
    hover,
    look,
    look_of,
    safe,
    theme_of,
    title_of,
)
from lineage.scene.lineage_scene import Scene
from lineage.style import EDGE_STYLES

CURVED = 2_000  # edges; more are drawn straight and without heads, to keep panning smooth
LABELLED = 120  # nodes; of more, the columns are named instead, because labels would overlap
ROW = 84  # pixels between rows that have labels
_NAMES = 44  # pixels of the names of columns
_WIDE = 6  # columns; the names of more are slanted, and labels in more broken into lines
_LINE = 13  # characters of such a line
_SLANTED = 96  # pixels of those
_DENSE_ROW = 18  # pixels between rows without labels
_SIZES = {True: (20, 14), False: (14, 9)}  # pixels of a node in focus and of another, with labels or without
_LABEL = 0.66  # rows from a node to below its label
_RIGHTWARDS, _DOWNWARDS = 90, 180  # degrees of an arrow's head
_FLAT = 0.34  # part of the way between columns on which an edge stays level, below the label of a node
# Points on one curve: across from 0 to 1, and the part of the way down that is done there.
_ACROSS = np.concatenate([[0], np.linspace(_FLAT, 1 - _FLAT, 12), [1]]).astype(np.float32)
_TURN = (_ACROSS.clip(_FLAT, 1 - _FLAT) - _FLAT) / (1 - 2 * _FLAT)
_DOWN = _TURN * _TURN * (3 - 2 * _TURN)


def dag_figure(scene: Scene, theme: str = "auto", **layout: Any) -> go.Figure:
    """Draw a scene as a graph, with causes on the left and effects on the right.

    Parameters
    ----------
    scene
        A scene from `lineage.scene.lineage_scene.scene`.
    theme
        `"light"`, `"dark"`, or `"auto"` for that of plotly's default template. A dark figure has no
        background of its own, so that it fits a dark notebook.
    **layout
        Passed to `Figure.update_layout`.

    Returns
    -------
    plotly.graph_objects.Figure
        One line trace and one of arrow heads for each kind of edge, and one marker trace for each status, so
        that the legend shows and hides them. `customdata` holds the nodes' keys. Above 120 nodes the columns
        are named by their flows.
    """
    theme = theme_of(theme)
    labelled = len(scene["nodes"]) <= LABELLED
    traces = [*_edge_traces(scene, theme, labelled), *_node_traces(scene, theme, labelled)]
    figure = go.Figure(traces)
    figure.update_layout(look(theme), title=title_of(scene, theme))
    figure.update_xaxes(visible=False, range=_span([node["x"] for node in scene["nodes"]], 0.5))
    ys = [node["y"] for node in scene["nodes"]]
    figure.update_yaxes(visible=False, range=_span(ys, 0.75 if labelled else 1.5)[::-1])
    rows = max(ys) - min(ys) + 1 if ys else 1
    height = max(260, min(1400, TOP + 46 + (ROW if labelled else _DENSE_ROW) * rows))
    figure.update_layout(height=height)
    if not labelled:  # the names of the columns are between what is drawn and the legend
        slanted = _is_narrow(scene["nodes"])
        room = _SLANTED if slanted else _NAMES
        figure.update_layout(annotations=list(_column_names(scene["nodes"], slanted)))
        figure.update_layout(margin={"t": TOP + room, "r": _SLANTED if slanted else 24})
        figure.update_layout(legend={"y": 1 + room / (height - TOP - 24 - room)})
    return figure.update_layout(**layout)


def _span(values: list[float], margin: float) -> list[float]:
    """The range of an axis, with room for the marks and labels at its ends."""
    return [min(values, default=0) - margin, max(values, default=0) + margin]


def _is_narrow(nodes: list[Scene]) -> bool:
    """Whether there are so many columns that names at full length would overlap."""
    return len({round(node["x"]) for node in nodes}) > _WIDE


def _column_names(nodes: list[Scene], slanted: bool) -> Iterator[dict[str, Any]]:
    """The most frequent flow of each column, above it; the others are counted, and named on hover."""
    columns: dict[float, Counter[str]] = defaultdict(Counter)
    for node in nodes:
        columns[round(node["x"])][node["name"] if node["kind"] == "event" else node["flow"]] += 1
    for column, flows in columns.items():
        (flow, count), *others = flows.most_common()
        more = f", {format_count(len(others), 'other flow')}" if others else ""
        text = f"<b>{safe(flow, 18)}</b><br>{format_count(count, 'run')}{more}"
        if slanted:
            text = f"<b>{safe(flow, 18)}</b>{f' +{len(others)}' if others else ''}"
        yield {
            "x": column,
            "xanchor": "left" if slanted else "center",
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "textangle": -35 if slanted else 0,
            "showarrow": False,
            "text": text,
            "hovertext": "<br>".join(
                f"{safe(name, 40)}: {number:,}" for name, number in flows.most_common(12)
            ),
            "font": {"size": 12},
        }


def _edge_traces(scene: Scene, theme: str, labelled: bool) -> Iterator[go.Scatter]:
    straight = len(scene["edges"]) > CURVED
    by_kind: dict[str, list[Scene]] = defaultdict(list)
    for edge in scene["edges"]:
        by_kind[edge["kind"]].append(edge)
    nodes = scene["nodes"]
    for kind in (kind for kind in EDGE_STYLES if kind in by_kind):
        edges = by_kind[kind]
        points = np.concatenate([_path(nodes, edge, straight, labelled) for edge in edges])
        style = EDGE_STYLES[kind]
        yield go.Scatter(
            x=points[:, 0],
            y=points[:, 1],
            mode="lines",
            name=style.word,
            legendgroup=kind,
            hoverinfo="skip",
            showlegend=kind != "trigger" or len(by_kind) > 1,
            line={
                "width": 3.5 if kind == "spawn" else 1.5,  # plotly has no double line
                "color": EDGE_COLOURS[theme],
                "dash": style.dash or "solid",
            },
        )
        if not straight:  # a curve arrives level, so its head points to the right
            ends = [nodes[edge["target"]] for edge in edges]
            x, y = floats([node["x"] for node in ends]), floats([node["y"] for node in ends])
            ways = [_DOWNWARDS if _from_above(nodes, edge) else _RIGHTWARDS for edge in edges]
            heads = arrow_heads(x, y, ways, _SIZES[labelled][1] / 2 + 1, theme, hollow=kind == "read")
            yield heads.update(legendgroup=kind)
    if notes := [edge for edge in scene["edges"] if edge.get("artifacts")]:
        yield _edge_notes(nodes, notes)


def _edge_notes(nodes: list[Scene], edges: list[Scene]) -> go.Scatter:
    """Invisible markers in the middle of edges, whose hover text lists the artifacts read."""
    ends = [(nodes[edge["source"]], nodes[edge["target"]]) for edge in edges]
    return go.Scatter(
        x=floats([(a["x"] + b["x"]) / 2 for a, b in ends]),
        y=floats([(a["y"] + b["y"]) / 2 for a, b in ends]),
        mode="markers",
        marker={"opacity": 0, "size": 14},
        hovertext=[f"read: {safe(', '.join(edge['artifacts']), 120)}" for edge in edges],
        hoverinfo="text",
        showlegend=False,
    )


def _stops(nodes: list[Scene], edge: Scene) -> list[tuple[float, float]]:
    source, target = nodes[edge["source"]], nodes[edge["target"]]
    return [(source["x"], source["y"]), *edge.get("route", []), (target["x"], target["y"])]


def _from_above(nodes: list[Scene], edge: Scene) -> bool:
    """Whether an edge goes down at its end, as a resume, a spawn and a read do."""
    (x0, y0), (x1, y1) = _stops(nodes, edge)[-2:]
    return x0 == x1 and y0 < y1


def _path(nodes: list[Scene], edge: Scene, straight: bool, labelled: bool) -> np.ndarray:
    """Points of one edge, shape (n, 2), float32; a row of NaN at the end lifts the pen."""
    stops = _stops(nodes, edge)
    if labelled and len(stops) == 2 and _from_above(nodes, edge):  # it begins below the label of its cause
        (x, y), end = stops
        stops = [(x, min(y + _LABEL, end[1])), end]
    if straight:
        pieces = [np.array(stops, dtype=np.float32)]
    else:
        pieces = [
            np.column_stack([x0 + (x1 - x0) * _ACROSS, y0 + (y1 - y0) * _DOWN]).astype(np.float32)
            for (x0, y0), (x1, y1) in pairwise(stops)
        ]
    return np.concatenate([*pieces, np.full((1, 2), np.nan, dtype=np.float32)])


def _node_traces(scene: Scene, theme: str, labelled: bool) -> Iterator[go.Scatter]:
    focus = set(scene["focus"])
    in_focus, other = _SIZES[labelled]
    narrow = _is_narrow(scene["nodes"])
    by_look: dict[str, list[int]] = defaultdict(list)
    for index, node in enumerate(scene["nodes"]):
        by_look[look_of(node)].append(index)
    for name in (name for name in scene["styles"] if name in by_look):
        indexes = by_look[name]
        nodes = [scene["nodes"][index] for index in indexes]
        style = scene["styles"][name]
        yield go.Scatter(
            x=floats([node["x"] for node in nodes]),
            y=floats([node["y"] for node in nodes]),
            mode="markers+text" if labelled else "markers",
            name=style["word"],
            legendgroup=name,  # or they would stand below each other in the legend
            text=[_label(node, narrow) for node in nodes] if labelled else None,
            textposition="bottom center",
            customdata=[node["id"] for node in nodes],
            hovertext=[hover(node, scene["styles"]) for node in nodes],
            hoverinfo="text",
            cliponaxis=False,
            marker={
                "opacity": 1,
                "symbol": style["symbol"].removesuffix("-open"),
                "color": INSIDE[theme] if style["symbol"].endswith("-open") else style[theme],
                "size": [in_focus if index in focus else other for index in indexes],
                "line": {"width": 2, "color": style[theme]},
            },
        )


def _label(node: Scene, narrow: bool) -> str:
    name = node["label"] if node["kind"] == "event" else node["flow"]
    lines = _lines(legible(name, 24)) if narrow else [name]
    bold = "<br>".join(f"<b>{safe(line, 24)}</b>" for line in lines)
    return bold if node["kind"] == "event" else f"{bold}<br>{safe(node['label'], 24)}"


def _lines(name: str) -> list[str]:
    """Break a name before its capitals and separators, where it is longer than a line."""
    lines = [""]
    for word in re.findall(r"[A-Z_./-]*[^A-Z_./-]+|[A-Z_./-]+$", name):
        if lines[-1] and len(lines[-1] + word) > _LINE:
            lines.append("")
        lines[-1] += word
    return lines
