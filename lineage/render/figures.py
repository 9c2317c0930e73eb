"""Plotly figures of a scene, to restyle, combine, embed in Dash or export."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lineage.format import FACT_LABELS, format_count, format_duration, format_time, legible
from lineage.scene.lineage_scene import Scene
from lineage.style import EDGE_STYLES

CURVED = 2_000  # edges; more are drawn straight, to keep panning smooth
LABELLED = 150  # nodes; more labels would overlap
STEPS = np.linspace(0, 1, 12, dtype=np.float32)  # points on one curve

_EDGE_COLOURS = {"light": "#868d98", "dark": "#6a727e"}


def dag_figure(scene: Scene, theme: str = "light", **layout: Any) -> go.Figure:
    """Draw a scene as a graph, with causes on the left and effects on the right.

    Parameters
    ----------
    scene
        A scene from `lineage.scene.lineage_scene.scene`.
    theme
        `"light"` or `"dark"`.
    **layout
        Passed to `Figure.update_layout`.

    Returns
    -------
    plotly.graph_objects.Figure
        One line trace for each kind of edge, and one marker trace for each status, so that the legend
        shows and hides them. `customdata` holds the nodes' keys.
    """
    figure = go.Figure(list(_edge_traces(scene, theme)) + list(_node_traces(scene, theme)))
    figure.update_layout(
        **_look(scene, theme),
        xaxis={"visible": False},
        yaxis={"visible": False, "autorange": "reversed"},
        height=max(320, min(1200, 140 + 90 * _rows(scene))),
    )
    return figure.update_layout(**layout)


def timeline_figure(scene: Scene, theme: str = "light", **layout: Any) -> go.Figure:
    """Draw the runs of a scene as bars over time (UTC), with one lane per flow.

    Parameters
    ----------
    scene, theme, **layout
        As for `dag_figure`.

    Returns
    -------
    plotly.graph_objects.Figure
        One bar trace for each status and one line trace for the triggers. The bar of a run
        without a known end reaches to the time of reading; runs without a known start are not drawn but
        counted in the title.
    """
    drawn = [node for node in scene["nodes"] if node["kind"] == "run" and node.get("created_at")]
    drawn.sort(key=lambda node: (node["x"], node["created_at"]))  # the lanes of causes come first
    lanes = {flow: lane for lane, flow in enumerate(dict.fromkeys(n["flow"] for n in drawn))}
    figure = go.Figure([_arrows(scene, lanes, theme), *_bars(scene, drawn, lanes, theme)])
    left_out = sum(node["kind"] == "run" for node in scene["nodes"]) - len(drawn)
    without = f" ({format_count(left_out, 'run')} without a time not shown)" if left_out else ""
    figure.update_layout(
        **_look(scene, theme, without),
        barmode="overlay",
        xaxis={"type": "date", "title": {"text": "UTC"}},
        yaxis={
            "tickvals": list(lanes.values()),
            "ticktext": [_safe(flow, 32) for flow in lanes],
            "autorange": "reversed",
            "showgrid": False,
            "zeroline": False,
        },
        height=140 + 48 * max(1, len(lanes)),
    )
    return figure.update_layout(**layout)


def _look(scene: Scene, theme: str, left_out: str = "") -> dict[str, Any]:
    dark = theme == "dark"
    title = f"Lineage of {_safe(scene['title'], 80)}{left_out}{_problems(scene, dark)}"
    return {
        "template": "plotly_dark" if dark else "plotly_white",
        "title": {"text": title, "x": 0.02, "font": {"size": 16}, "y": 1, "yanchor": "top", "pad": {"t": 22}},
        "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 1, "xanchor": "right"},
        "margin": {"l": 24, "r": 24, "t": 92 if scene["problems"] else 72, "b": 24},
        "hoverlabel": {"align": "left"},
        "font": {"family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"},
    }


def _problems(scene: Scene, dark: bool) -> str:
    """A line of problems below the title, or an empty string."""
    if not scene["problems"]:
        return ""
    first, *others = scene["problems"]
    more = f" (and {format_count(len(others), 'more problem')})" if others else ""
    line = _safe(f"! {first['pathspec']}: {first['reason']}", 110)
    return f'<br><span style="font-size: 12px; color: {"#fbbf24" if dark else "#92400e"}">{line}{more}</span>'


def _rows(scene: Scene) -> float:
    ys = [node["y"] for node in scene["nodes"]]
    return max(ys) - min(ys) + 1 if ys else 1


def _edge_traces(scene: Scene, theme: str) -> Iterator[go.Scatter]:
    straight = len(scene["edges"]) > CURVED
    by_kind: dict[str, list[np.ndarray]] = defaultdict(list)
    for edge in scene["edges"]:
        by_kind[edge["kind"]].append(_path(scene["nodes"], edge, straight))
    for kind in (kind for kind in EDGE_STYLES if kind in by_kind):
        points = np.concatenate(by_kind[kind])
        style = EDGE_STYLES[kind]
        yield go.Scatter(
            x=points[:, 0],
            y=points[:, 1],
            mode="lines",
            name=style.word,
            hoverinfo="skip",
            showlegend=kind != "trigger" or len(by_kind) > 1,
            line={
                "width": 3.5 if kind == "spawn" else 1.5,  # plotly has no double line
                "color": _EDGE_COLOURS[theme],
                "dash": style.dash or "solid",
            },
        )
    if notes := [edge for edge in scene["edges"] if edge.get("artifacts")]:
        yield _edge_notes(scene["nodes"], notes)


def _edge_notes(nodes: list[Scene], edges: list[Scene]) -> go.Scatter:
    """Invisible markers in the middle of edges, whose hover text lists the artifacts read."""
    ends = [(nodes[edge["source"]], nodes[edge["target"]]) for edge in edges]
    return go.Scatter(
        x=np.array([(a["x"] + b["x"]) / 2 for a, b in ends], dtype=np.float32),
        y=np.array([(a["y"] + b["y"]) / 2 for a, b in ends], dtype=np.float32),
        mode="markers",
        marker={"opacity": 0, "size": 14},
        hovertext=[f"read: {_safe(', '.join(edge['artifacts']), 120)}" for edge in edges],
        hoverinfo="text",
        showlegend=False,
    )


def _path(nodes: list[Scene], edge: Scene, straight: bool) -> np.ndarray:
    """Points of one edge, shape (n, 2), float32; a row of NaN at the end lifts the pen."""
    source, target = nodes[edge["source"]], nodes[edge["target"]]
    stops = [(source["x"], source["y"]), *edge.get("route", []), (target["x"], target["y"])]
    if straight:
        pieces = [np.array(stops, dtype=np.float32)]
    else:
        ease = STEPS * STEPS * (3 - 2 * STEPS)  # horizontal at both ends
        pieces = [
            np.column_stack([x0 + (x1 - x0) * STEPS, y0 + (y1 - y0) * ease]).astype(np.float32)
            for (x0, y0), (x1, y1) in pairwise(stops)
        ]
    return np.concatenate([*pieces, np.full((1, 2), np.nan, dtype=np.float32)])


def _node_traces(scene: Scene, theme: str) -> Iterator[go.Scatter]:
    focus = set(scene["focus"])
    labelled = len(scene["nodes"]) <= LABELLED
    by_look: dict[str, list[int]] = defaultdict(list)
    for index, node in enumerate(scene["nodes"]):
        by_look[_look_of(node)].append(index)
    for name in (name for name in scene["styles"] if name in by_look):
        indexes = by_look[name]
        nodes = [scene["nodes"][index] for index in indexes]
        style = scene["styles"][name]
        yield go.Scatter(
            x=np.array([node["x"] for node in nodes], dtype=np.float32),
            y=np.array([node["y"] for node in nodes], dtype=np.float32),
            mode="markers+text" if labelled else "markers",
            name=style["word"],
            text=[_label(node) for node in nodes] if labelled else None,
            textposition="bottom center",
            customdata=[node["id"] for node in nodes],
            hovertext=[_hover(node, scene["styles"]) for node in nodes],
            hoverinfo="text",
            cliponaxis=False,
            marker={
                "opacity": 1,
                "symbol": style["symbol"],
                "color": style[theme],
                "size": [20 if index in focus else 14 for index in indexes],
                "line": {"width": 2, "color": style[theme]},
            },
        )


def _look_of(node: Scene) -> str:
    return "event" if node["kind"] == "event" else str(node["status"])


def _label(node: Scene) -> str:
    if node["kind"] == "event":
        return f"<b>{_safe(node['label'], 24)}</b>"
    return f"<b>{_safe(node['flow'], 24)}</b><br>{_safe(node['label'], 24)}"


def _hover(node: Scene, styles: Scene) -> str:
    facts = [f"<b>{_safe(node['name'] if node['kind'] == 'event' else node['id'], 80)}</b>"]
    facts.append(styles[_look_of(node)]["word"])
    if node.get("duration") is not None:
        facts[-1] += f" · {format_duration(node['duration'])}"
    moment = node.get("created_at") or node.get("timestamp")
    if moment:
        facts.append(format_time(_time(moment)))
    facts += [f"{word}: {_safe(node[key], 60)}" for key, word in FACT_LABELS.items() if key in node]
    if node.get("tags"):
        facts.append(f"tags: {_safe(', '.join(node['tags']), 80)}")
    facts += [
        f"+{format_count(node[key], noun)} not shown"
        for key, noun in (("more_upstream", "cause"), ("more_downstream", "effect"))
        if key in node
    ]
    return "<br>".join(facts)


def _bars(scene: Scene, drawn: list[Scene], lanes: Mapping[str, int], theme: str) -> Iterator[go.Bar]:
    by_status: dict[str, list[Scene]] = defaultdict(list)
    for node in drawn:
        by_status[node["status"]].append(node)
    for name in (name for name in scene["styles"] if name in by_status):
        nodes, style = by_status[name], scene["styles"][name]
        yield go.Bar(
            orientation="h",
            base=[node["created_at"] for node in nodes],
            x=np.array([1000 * _seconds(node, scene) for node in nodes], dtype=np.float32),  # milliseconds
            y=np.array([lanes[node["flow"]] for node in nodes], dtype=np.float32),
            width=0.5,
            name=f"{style['glyph']} {style['word']}",
            text=[style["glyph"]] * len(nodes),  # no status by colour alone
            textposition="inside",
            insidetextanchor="start",
            customdata=[node["id"] for node in nodes],
            hovertext=[_hover(node, scene["styles"]) for node in nodes],
            hoverinfo="text",
            marker={"color": style[theme], "line": {"width": 1, "color": style[theme]}},
        )


def _seconds(node: Scene, scene: Scene) -> float:
    if node.get("duration") is not None or not scene.get("read_at"):
        return float(node.get("duration") or 0)
    return max(0.0, (_time(scene["read_at"]) - _time(node["created_at"])).total_seconds())


def _arrows(scene: Scene, lanes: Mapping[str, int], theme: str) -> go.Scatter:
    xs: list[str | None] = []
    ys: list[float | None] = []
    for edge in scene["edges"]:
        cause, effect = scene["nodes"][edge["source"]], scene["nodes"][edge["target"]]
        left = cause.get("finished_at") or cause.get("created_at")
        if left and effect.get("created_at") and cause["kind"] == effect["kind"] == "run":
            xs += [left, effect["created_at"], None]
            ys += [lanes[cause["flow"]], lanes[effect["flow"]], None]
    return go.Scatter(
        x=xs,
        y=ys,
        mode="lines",
        name="trigger",
        hoverinfo="skip",
        showlegend=False,
        line={"width": 1, "color": _EDGE_COLOURS[theme]},
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))  # Python 3.10 knows no Z


def _safe(text: str, length: int) -> str:
    """Escape a text, because plotly interprets some HTML."""
    return html.escape(legible(text, length))
