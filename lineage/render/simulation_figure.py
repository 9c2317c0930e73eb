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


def simulation_figure(sim: SimulationResult, **layout: Any) -> go.Figure:
    """Draw bars for the runs of the expected case, and markers for P50 and P90 of their ends.

    Parameters
    ----------
    **layout
        Passed to `Figure.update_layout`.

    Returns
    -------
    plotly.graph_objects.Figure
        A lane for each flow that runs, in the order of their first start. Times are in the time zone of
        the simulation's start.
    """
    import plotly.graph_objects as go

    lanes = list(dict.fromkeys(run.flow for run in sim.runs))
    figure = go.Figure()
    for outcome in ("completed", "failed", "running"):
        bars = _bars(sim, outcome)
        if bars:
            figure.add_trace(go.Bar(**bars))
    for name, symbol in (("P50", "line-ns-open"), ("P90", "diamond-tall")):
        marks = _marks(sim, name, lanes)
        if marks["x"]:
            figure.add_trace(go.Scatter(**marks, mode="markers", name=f"{name} finish", marker=_mark(symbol)))
    figure.update_layout(
        barmode="overlay",
        template="plotly_white",
        height=max(240, min(1600, 120 + 34 * len(lanes))),
        margin={"l": 10, "r": 10, "t": 40, "b": 10},
        xaxis={"type": "date", "title": {"text": f"time ({sim.start.tzname()})"}},
        yaxis={
            "categoryorder": "array",
            "categoryarray": [_lane(key) for key in lanes],
            "autorange": "reversed",
            "automargin": True,
        },
        legend={"orientation": "h", "y": 1.08},
    )
    return figure.update_layout(**layout)


def _bars(sim: SimulationResult, outcome: str) -> dict[str, Any]:
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
        "marker": {"color": style.light, "line": {"width": 0}},
        "opacity": 0.75,
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


def _mark(symbol: str) -> dict[str, Any]:
    return {"symbol": symbol, "size": 10, "color": "#1f2328", "line": {"width": 2, "color": "#1f2328"}}


def _lane(key: str) -> str:
    return html.escape(key if key.count(".") else short_name(key))


def _wall(moment: Any) -> Any:
    """Clock time without its zone, because plotly would convert it to UTC."""
    return moment.replace(tzinfo=None)
