"""`Simulation`, and `simulate`, which returns one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lineage.api.lineages import Lineage
from lineage.flow_map import FlowMap
from lineage.simulation.chances import Durations, Outcomes
from lineage.simulation.result import SimulationResult
from lineage.simulation.run import run_simulation
from lineage.simulation.stimuli import StimulusLike

if TYPE_CHECKING:
    import plotly.graph_objects as go


class Simulation(SimulationResult):
    __doc__ = SimulationResult.__doc__

    @classmethod
    def of(cls, result: SimulationResult) -> Simulation:
        """Wrap a result in a simulation."""
        return cls(**{field.name: getattr(result, field.name) for field in fields(SimulationResult)})

    @cached_property
    def lineage(self) -> Lineage:
        """The simulated runs as a lineage."""
        return Lineage.of(self.run_graph)

    def timeline(self, **layout: Any) -> go.Figure:
        """Draw the runs over time as a plotly figure, with P50 and P90 of the finish of each flow.

        Parameters
        ----------
        **layout
            `theme="light"` or `theme="dark"` (by default that of plotly's default template), and whatever
            `Figure.update_layout` takes.
        """
        from lineage.render.simulation_figure import simulation_figure

        return simulation_figure(self, **layout)


def simulate(
    flows: FlowMap,
    stimuli: StimulusLike | Iterable[StimulusLike],
    *,
    start: datetime | str | None = None,
    durations: Durations = None,
    outcomes: Outcomes = None,
    samples: int = 200,
    seed: int = 0,
    horizon: timedelta | datetime | str = timedelta(days=1),
    max_runs: int | None = None,
) -> Simulation:
    """Simulate which flows fire on Argo Workflows, by the rules in `lineage.simulation.engine`.

    Parameters
    ----------
    flows
        The flow map: `lineage.flow_graph()`, or one made by hand.
    stimuli
        The causes: flows that run (`"ETLFlow"`), runs that end (`"ETLFlow/34"`), external
        events (`"first"`, `{"name": "first", "payload": {…}}`), or a `Stimulus` with a time or a cron.
    start
        The start, a datetime or ISO 8601 text such as `"2026-11-30T09:00"`, local without a time zone; None
        for the time when the map was read, or noon of 2026-01-01 (UTC) for a map made by hand. Sentences and
        figures show times in its time zone.
    durations
        Seconds: one number for all flows, or for each flow a number or a list to draw from. The
        default is the durations of past runs in the map, or else a minute (see `.assumptions`).
    outcomes
        For each flow `"completed"`, `"failed"`, `"failed:<step>"` or the probability of a failure;
        `"history"` for the share of past runs that failed. The default is `"completed"`.
    samples
        Number of passes for P50 and P90, each with new random durations and outcomes.
    seed
        The same seed gives the same result.
    horizon
        The end: a `timedelta` after the start, or a time as for `start`; at most a hundred years.
    max_runs
        Maximum number of runs in one pass. None: 10,000 if the map has a loop, otherwise 200,000.

    Returns
    -------
    Simulation

    Raises
    ------
    InvalidArgument
        If an argument is invalid: an empty map, an unknown stimulus (the message suggests the nearest names),
        a cron that does not parse, a negative duration, a horizon of more than a hundred years.
    FlowNotFound
        If a duration or an outcome is given for a flow that the map does not have.

    Examples
    --------
    >>> from lineage.flow_map import FlowMap, declare
    >>> flows = FlowMap.of([
    ...     declare("ETLFlow"),
    ...     declare("TrainingFlow", on_finish=["ETLFlow"]),
    ...     declare("ScoreFlow", on_finish=["TrainingFlow", "DataFlow"]),
    ...     declare("DataFlow"),
    ... ])
    >>> sim = simulate(flows, ["ETLFlow"], durations=300)
    >>> print(sim.why["TrainingFlow"])
    fires at 12:05, because ETLFlow finished at 12:05
    >>> print(sim.why["ScoreFlow"])
    waits for DataFlow (got TrainingFlow at 12:10)
    """
    return Simulation.of(
        run_simulation(
            flows,
            stimuli,
            start=start,
            durations=durations,
            outcomes=outcomes,
            samples=samples,
            seed=seed,
            horizon=horizon,
            max_runs=max_runs,
        )
    )
