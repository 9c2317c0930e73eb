"""The timeline of a simulation as a plotly figure."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import numpy as np

from lineage.flow_map.declarations import short_name
from lineage.format import format_duration
from lineage.style import STATUS_STYLES

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from lineage.simulation.result import SimulationResult


def simulation_figure(sim: SimulationResult, theme: str = "auto", **layout: Any) -> go.Figure:
    """Draw bars for the runs of the expected case, and markers for P50 and P90 of their ends.

    Parameters
    ----------
    sim
        The simulation.
    theme
        `"light"`, `"dark"`, or `"auto"` for that of plotly's default template.
    **layout
        Passed to `Figure.update_layout`.

    Returns
    -------
    plotly.graph_objects.Figure
        A lane for each flow that runs, in the order of their first start. Times are in the time zone of
        the simulation's start.
    """
    import plotly.graph_objects as go

    from lineage.render.figure_parts import TEXT_COLOURS, TOP, heading, look, theme_of

    theme = theme_of(theme)
    lanes = list(dict.fromkeys(run.flow for run in sim.runs))
    figure = go.Figure()
    for outcome in ("completed", "failed", "running"):
        bars = _bars(sim, outcome, theme)
        if bars:
            figure.add_trace(go.Bar(**bars))
    for name, symbol in (("P50", "line-ns-open"), ("P90", "diamond-tall")):
        marks = _marks(sim, name, lanes)
        if marks["x"]:
            figure.add_trace(
                go.Scatter(
                    **marks, mode="markers", name=f"{name} finish", marker=_mark(symbol, TEXT_COLOURS[theme])
                )
            )
    figure.update_layout(look(theme), title=heading("What would fire"), barmode="overlay")
    figure.update_layout(height=max(240, min(1600, TOP + 78 + 40 * len(lanes))))
    figure.update_xaxes(type="date", title={"text": sim.start.tzname()}, automargin=True)
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=[_lane(key) for key in lanes],
        range=[len(lanes) - 0.5, -0.5],
        showgrid=False,
        automargin=True,
    )
    return figure.update_layout(**layout)


def _bars(sim: SimulationResult, outcome: str, theme: str) -> dict[str, Any]:
    runs = [run for run in sim.runs if run.outcome == outcome]
    if not runs:
        return {}
    style = STATUS_STYLES["simulated" if outcome == "completed" else outcome]
    seconds = [(run.finished or sim.end).timestamp() - run.started.timestamp() for run in runs]
    return {
        "orientation": "h",
        "name": f"{style.word}{'' if outcome == 'completed' else ' (simulated)'}",
        "base": [_wall(run.started) for run in runs],
        "x": np.array(seconds, dtype=np.float64) * 1000,  # plotly's unit of time is the millisecond
        "y": [_lane(run.flow) for run in runs],
        "marker": {"color": getattr(style, theme), "line": {"width": 0}},
        "width": 0.7,
        "customdata": [
            [html.escape(run.key), format_duration(s)] for run, s in zip(runs, seconds, strict=True)
        ],
        "hovertemplate": "%{customdata[0]}<br>%{base|%H:%M:%S}, %{customdata[1]}<extra></extra>",
    }


def _marks(sim: SimulationResult, name: str, lanes: list[str]) -> dict[str, Any]:
    finishes = [(key, finish) for key in lanes for finish in sim.finishes.get(key, ())]
    seconds = [finish.p50 if name == "P50" else finish.p90 for _, finish in finishes]
    return {
        "x": [_wall(sim.after(s)) for s in seconds],
        "y": [_lane(key) for key, _ in finishes],
        "customdata": [[finish.number, round(100 * finish.share)] for _, finish in finishes],
        "hovertemplate": f"{name} of run %{{customdata[0]}}: %{{x|%H:%M:%S}}"
        "<br>in %{customdata[1]} % of the samples<extra></extra>",
    }


def _mark(symbol: str, colour: str) -> dict[str, Any]:
    return {"symbol": symbol, "size": 10, "color": colour, "line": {"width": 2, "color": colour}}


def _lane(key: str) -> str:
    return html.escape(key if key.count(".") else short_name(key))


def _wall(moment: Any) -> Any:
    """Clock time without its zone, because plotly would convert it to UTC."""
    return moment.replace(tzinfo=None)
