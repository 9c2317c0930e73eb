"""`simulate`: reads the arguments, plays the expected case and the samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone, tzinfo

from lineage.errors import InvalidArgument
from lineage.flow_map import FlowMap
from lineage.flow_map.declarations import short_name
from lineage.format import format_count
from lineage.simulation.chances import ASSUMED_DURATION, Chances, Durations, Outcomes, read_chances
from lineage.simulation.journal import Recording
from lineage.simulation.result import Simulation
from lineage.simulation.scenario import Scenario
from lineage.simulation.stimuli import StimulusLike, aware, read_stimuli

# A map made by hand has no "now": its simulations start at this fixed time, so that they stay the same.
NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


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
    if not isinstance(flows, FlowMap):
        raise InvalidArgument(f"flows is a flow map, as lineage.flow_graph() makes one, not {flows!r}")
    if not len(flows):
        raise InvalidArgument("the flow map is empty: there is no flow that could fire")
    shown = flows.read_at or NOON if start is None else aware(start, "start")
    # in UTC, because sums and differences within one time zone ignore daylight saving
    start = shown.astimezone(timezone.utc)
    end = _end(start, horizon)
    _check_count("samples", samples)
    _check_count("max_runs", max_runs)
    given = read_stimuli(stimuli, flows)
    chances = read_chances(flows, durations, outcomes)
    scenario = Scenario.of(flows, given, chances, start, end, max_runs)
    sampled = scenario.sample(samples, seed)  # before much is recorded that the garbage collector would visit
    recording = Recording(scenario.compiled, scenario.given, _moments(start, shown.tzinfo))
    expected = scenario.expected(recording)
    return Simulation(
        flows,
        shown,
        end.astimezone(shown.tzinfo),
        tuple(recording.runs),
        tuple(recording.stimuli.values()),
        tuple(recording.events),
        sampled.finishes,
        sampled.samples,
        seed,
        _stopped(expected.limited, recording, max_runs),
        _assumptions(flows, chances, {run.flow for run in recording.runs}),
        sampled.events + expected.events,
    )


def _end(start: datetime, horizon: object) -> datetime:
    end = start + horizon if isinstance(horizon, timedelta) else aware(horizon, "horizon")
    if end <= start:
        raise InvalidArgument(f"the horizon lies after the start, not at {end.isoformat()}")
    return end.astimezone(timezone.utc)


def _moments(start: datetime, zone: tzinfo | None) -> Callable[[float], datetime]:
    """Seconds after the start -> a time in this zone."""
    return lambda seconds: (start + timedelta(seconds=seconds)).astimezone(zone)


def _check_count(name: str, count: object) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise InvalidArgument(f"{name} is a whole number from 1, not {count!r}")


def _stopped(limited: bool, recording: Recording, max_runs: int) -> str | None:
    if not limited:
        return None
    last = recording.events[-1].at
    return (
        f"stopped at {format_count(max_runs, 'run')}, at {last.isoformat(timespec='seconds')}: is it a loop?"
    )


def _assumptions(flows: FlowMap, chances: Mapping[str, Chances], ran: set[str]) -> tuple[str, ...]:
    found = []
    unknown = [short_name(key) for key in flows if key in ran and chances[key].assumed]
    if unknown:
        listed = ", ".join(unknown[:5]) + (" and others" if len(unknown) > 5 else "")
        found.append(f"nothing is known of how long {listed} takes: {ASSUMED_DURATION:.0f} s is assumed")
    for cause, effect, edge in flows.graph.edges(data=True):
        if edge["assumed"] and (cause in ran or effect in ran):
            found.append(f"{cause} -> {effect}: {edge['assumption']}")
    return tuple(found)
