"""`Simulation`, and `simulate`, which makes one."""

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
        """The same result with the methods of a simulation."""
        return cls(**{field.name: getattr(result, field.name) for field in fields(SimulationResult)})

    @cached_property
    def lineage(self) -> Lineage:
        """The simulated runs as a lineage: every view of a lineage works on it."""
        return Lineage.of(self.run_graph)

    def timeline(self, **layout: Any) -> go.Figure:
        """The runs over time as a plotly figure, with P50 and P90 of when each is done."""
        from lineage.render.simulation_figure import simulation_figure

        return simulation_figure(self, **layout)


def simulate(
    flows: FlowMap,
    stimuli: StimulusLike | Iterable[StimulusLike],
    *,
    start: datetime | None = None,
    durations: Durations = None,
    outcomes: Outcomes = None,
    samples: int = 200,
    seed: int = 0,
    horizon: timedelta | datetime = timedelta(days=1),
    max_runs: int = 10_000,
) -> Simulation:
    """Play what would fire on Argo Workflows, by the rules in `lineage.simulation.engine`.

    Parameters
    ----------
    flows
        The flow map: `lineage.flow_graph()`, or one made by hand.
    stimuli
        What sets it going: flows that run (`"ETLFlow"`), runs that end (`"ETLFlow/34"`), external
        events (`"first"`, `{"name": "first", "payload": {…}}`), or a `Stimulus` with a time or a cron.
    start
        The first moment, aware; None is when the map was read, or noon of 2026-01-01 (UTC) for one made
        by hand. Sentences and figures tell times in its time zone.
    durations
        Seconds: one number for all flows, or for each flow a number or a list to draw from. What is
        left out comes from past runs as the map knows them, or is a minute (see `.assumptions`).
    outcomes
        For each flow `"completed"`, `"failed"`, `"failed:<step>"` or the probability of a failure;
        `"history"` for the share of past runs that failed. What is left out completes.
    samples
        How often to play it for P50 and P90, with durations and outcomes drawn anew.
    seed
        The same seed gives the same result.
    horizon
        Where to stop: how long after the start, or when (aware).
    max_runs
        Where a loop is stopped, too: so many runs in one sample.

    Returns
    -------
    Simulation

    Raises
    ------
    InvalidArgument
        If an argument makes no sense: an empty map, a stimulus that nothing knows (with the nearest
        names), a cron that does not parse, a negative duration, a time without a zone.
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
