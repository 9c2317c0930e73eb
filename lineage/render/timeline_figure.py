"""The runs of a scene over time as a plotly figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import plotly.graph_objects as go

from lineage.format import format_count
from lineage.render.figure_parts import (
    EDGE_COLOURS,
    TOP,
    arrow_heads,
    floats,
    hover,
    look,
    safe,
    theme_of,
    time_of,
    title_of,
)
from lineage.scene.lineage_scene import Scene

LANE = 44  # pixels of a lane
_FILLED = 0.7  # part of its lane that bars fill
_SIDE_BY_SIDE = 6  # runs of a flow at once that have rows of their own; further ones share the last row
MARKED = 120  # runs; of more, only those that did not complete carry the sign of their status
HEADED = 120  # edges; more are drawn without heads, and paler
_PALEST = 0.12  # opacity of the edges when there are very many


def timeline_figure(scene: Scene, theme: str = "auto", **layout: Any) -> go.Figure:
    """Draw the runs of a scene as bars over time (UTC), with one lane per flow.

    Parameters
    ----------
    scene, theme, **layout
        As for `lineage.render.figures.dag_figure`.

    Returns
    -------
    plotly.graph_objects.Figure
        One bar trace for each status, and the triggers as lines between the bars. Runs of a flow at the same
        time are drawn side by side. The bar of a run without a known end reaches to the time of reading; runs
        without a known start are not drawn but counted in the title.
    """
    theme = theme_of(theme)
    drawn = [node for node in scene["nodes"] if node["kind"] == "run" and node.get("created_at")]
    drawn.sort(key=lambda node: (node["x"], node["created_at"]))  # the lanes of causes come first
    lanes = {flow: lane for lane, flow in enumerate(dict.fromkeys(n["flow"] for n in drawn))}
    places = _places(scene, drawn, lanes)
    figure = go.Figure([*_bars(scene, drawn, places, theme), *_arrows(scene, places, theme)])
    left_out = sum(node["kind"] == "run" for node in scene["nodes"]) - len(drawn)
    without = f" ({format_count(left_out, 'run')} without a time not shown)" if left_out else ""
    figure.update_layout(look(theme), title=title_of(scene, theme, without), barmode="overlay")
    figure.update_xaxes(type="date", title={"text": "UTC"}, automargin=True)
    figure.update_yaxes(
        tickvals=list(lanes.values()),
        ticktext=[safe(flow, 32) for flow in lanes],
        range=[len(lanes) - 0.5, -0.5],
        showgrid=False,
        automargin=True,
    )
    figure.update_layout(height=TOP + 66 + LANE * max(1, len(lanes)))
    return figure.update_layout(**layout)


Place = tuple[float, float]  # middle and height of a bar, in lanes


def _places(scene: Scene, drawn: list[Scene], lanes: dict[str, int]) -> dict[str, Place]:
    """Where the bar of each run is in its lane; runs at the same time are side by side."""
    rows: dict[str, list[float]] = defaultdict(list)  # of each flow: when each row is free again
    row_of: dict[str, int] = {}
    for node in drawn:
        start = time_of(node["created_at"]).timestamp()
        free = rows[node["flow"]]
        row = next((i for i, end in enumerate(free) if end <= start), len(free))
        if row == len(free) and len(free) < _SIDE_BY_SIDE:
            free.append(0.0)
        row = min(row, len(free) - 1)
        free[row] = max(free[row], start + _seconds(node, scene))
        row_of[node["id"]] = row
    places = {}
    for node in drawn:
        height = _FILLED / len(rows[node["flow"]])
        top = lanes[node["flow"]] - _FILLED / 2
        places[node["id"]] = (top + (row_of[node["id"]] + 0.5) * height, height)
    return places


def _bars(scene: Scene, drawn: list[Scene], places: dict[str, Place], theme: str) -> Iterator[go.Bar]:
    by_status: dict[str, list[Scene]] = defaultdict(list)
    for node in drawn:
        by_status[node["status"]].append(node)
    for name in (name for name in scene["styles"] if name in by_status):
        nodes, style = by_status[name], scene["styles"][name]
        marked = len(drawn) <= MARKED or name != "completed"
        yield go.Bar(
            orientation="h",
            base=[node["created_at"] for node in nodes],
            x=floats([1000 * _seconds(node, scene) for node in nodes]),  # milliseconds
            y=floats([places[node["id"]][0] for node in nodes]),
            width=floats([places[node["id"]][1] * 0.94 for node in nodes]),
            name=f"{style['glyph']} {style['word']}",
            text=[style["glyph"]] * len(nodes) if marked else None,  # no status by colour alone
            textposition="inside",
            insidetextanchor="start",
            textangle=0,
            customdata=[node["id"] for node in nodes],
            hovertext=[hover(node, scene["styles"]) for node in nodes],
            hoverinfo="text",
            marker={"color": style[theme], "line": {"width": 0}},
        )


def _seconds(node: Scene, scene: Scene) -> float:
    if node.get("duration") is not None or not scene.get("read_at"):
        return float(node.get("duration") or 0)
    return max(0.0, (time_of(scene["read_at"]) - time_of(node["created_at"])).total_seconds())


def _arrows(scene: Scene, places: dict[str, Place], theme: str) -> Iterator[go.Scatter]:
    """Lines from the end of a cause to the start of its effect, from edge to edge of their bars.

    To an effect that began before that, the line goes straight down or up.
    """
    xs: list[str | None] = []
    ys: list[float | None] = []
    heads: dict[int, list[tuple[str, float]]] = {90: [], 180: [], 0: []}
    for edge in scene["edges"]:
        cause, effect = scene["nodes"][edge["source"]], scene["nodes"][edge["target"]]
        left = cause.get("finished_at") or cause.get("created_at")
        if left and cause["id"] in places and effect["id"] in places:
            start, end = effect["created_at"], places[effect["id"]]
            left = min(left, start)  # a run that another one started began before that one ended
            above, height = places[cause["id"]]
            side = (
                1 if end[0] > above else -1 if end[0] < above else 0
            )  # of the cause, to which the line leaves
            tip = end[0] - side * end[1] / 2
            # down from the end of the cause, then level to the start of the effect, or straight into it
            late = start > left
            turn = end[0] if late else tip
            xs += [left, left, start, None]
            ys += [above + side * height / 2, turn, turn, None]
            if late or side:
                heads[90 if late else 180 if side > 0 else 0].append((start, turn))
    few = len(xs) <= 4 * HEADED
    yield go.Scatter(
        x=xs,
        y=ys,
        mode="lines",
        name="trigger",
        hoverinfo="skip",
        showlegend=False,
        opacity=1 if few else max(_PALEST, 4 * HEADED / len(xs) / 2),
        line={"width": 1, "color": EDGE_COLOURS[theme]},
    )
    for angle, points in heads.items() if few else ():
        if points:
            x, y = zip(*points, strict=True)
            yield arrow_heads(x, floats(y), angle, 0, theme)
