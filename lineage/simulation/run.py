"""Run a simulation: check the arguments, then play the expected case and the samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from lineage.errors import InvalidArgument
from lineage.flow_map import FlowMap
from lineage.flow_map.declarations import short_name
from lineage.format import format_count
from lineage.simulation.chances import ASSUMED_DURATION, Chances, Durations, Outcomes, read_chances
from lineage.simulation.journal import Recording
from lineage.simulation.result import SimulationResult
from lineage.simulation.scenario import Scenario
from lineage.simulation.stimuli import StimulusLike, read_stimuli
from lineage.simulation.times import LONGEST, read_time

# A map made by hand has no "now": its simulations start at this fixed time, so that they stay the same.
NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
_LATEST = datetime.max.replace(tzinfo=timezone.utc) - timedelta(days=1)  # before the year 10000 in every zone


def run_simulation(
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
) -> SimulationResult:
    """Simulate which flows fire on Argo Workflows; arguments and errors as for `lineage.simulate`."""
    if not isinstance(flows, FlowMap):
        raise InvalidArgument(
            f"flows must be a flow map, such as lineage.flow_graph() returns, not {flows!r}"
        )
    if not len(flows):
        raise InvalidArgument(f"the flow map is empty: there is no flow that could fire{flows.unread}")
    shown = flows.read_at or NOON if start is None else read_time(start, "start")
    # in UTC, because sums and differences within one time zone ignore daylight saving
    start = shown.astimezone(timezone.utc)
    end = _end(start, horizon)
    _check_count("samples", samples)
    if max_runs is not None:
        _check_count("max_runs", max_runs)
    given = read_stimuli(stimuli, flows)
    chances = read_chances(flows, durations, outcomes)
    scenario = Scenario.of(flows, given, chances, start, end, max_runs)
    sampled = scenario.sample(
        samples, seed
    )  # before the recording, whose many objects would slow down garbage collection
    recording = Recording(scenario.compiled, scenario.given, _moments(start, shown.tzinfo))
    expected = scenario.expected(recording)
    return SimulationResult(
        flows,
        shown,
        end.astimezone(shown.tzinfo),
        tuple(recording.runs),
        tuple(recording.stimuli.values()),
        tuple(recording.events),
        sampled.finishes,
        sampled.samples,
        seed,
        _stopped(scenario, recording) if expected.limited else None,
        _assumptions(flows, chances, {run.flow for run in recording.runs}),
        sampled.events + expected.events,
    )


def _end(start: datetime, horizon: object) -> datetime:
    span = horizon if isinstance(horizon, timedelta) else read_time(horizon, "horizon") - start
    if span <= timedelta(0):
        raise InvalidArgument(f"the horizon must be after the start, {start.isoformat()}")
    if span > LONGEST or span > _LATEST - start:
        raise InvalidArgument(f"the horizon must be at most a hundred years after the start, not {horizon!r}")
    return start + span


def _moments(start: datetime, zone: tzinfo | None) -> Callable[[float], datetime]:
    """Return the function from seconds after the start to a time in this zone.

    It remembers the latest: an event that arrives at many flows does so at one time.
    """

    @lru_cache(maxsize=1)
    def moment(seconds: float) -> datetime:
        return (start + timedelta(seconds=seconds)).astimezone(zone)

    return moment


def _check_count(name: str, count: object) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise InvalidArgument(f"{name} must be an integer of at least 1, not {count!r}")


def _stopped(scenario: Scenario, recording: Recording) -> str:
    last = recording.events[-1].at.isoformat(timespec="seconds")
    advice = "is it a loop?" if scenario.compiled.has_loop else "raise max_runs to go on"
    return f"stopped at {format_count(scenario.max_runs, 'run')}, at {last}: {advice}"


def _assumptions(flows: FlowMap, chances: Mapping[str, Chances], ran: set[str]) -> tuple[str, ...]:
    assumptions = []
    unknown = [short_name(key) for key in flows if key in ran and chances[key].assumed]
    if unknown:
        listed = ", ".join(unknown[:5]) + (" and others" if len(unknown) > 5 else "")
        assumptions.append(f"the duration of {listed} is unknown: {ASSUMED_DURATION:.0f} s is assumed")
    for cause, effect, edge in flows.graph.edges(data=True):
        chosen = cause in chances and chances[cause].chosen
        if edge["assumed"] and not chosen and (cause in ran or effect in ran):
            assumptions.append(f"{cause} -> {effect}: {edge['assumption']}")
    return tuple(assumptions)
