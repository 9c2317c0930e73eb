"""`simulate`: reads the arguments, plays the expected case and the samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo

from lineage.errors import InvalidArgument
from lineage.flowgraph import FlowMap
from lineage.flowgraph.declarations import short_name
from lineage.simulation.chances import (
    ASSUMED_DURATION,
    Chances,
    Durations,
    Outcomes,
    dice,
    read_chances,
)
from lineage.simulation.compiled import Compiled, compiled
from lineage.simulation.cron import parse_cron
from lineage.simulation.engine import ARRIVE, RESET, START, Entry, Outside, Pass, Roll
from lineage.simulation.quantiles import Finish, Finishes
from lineage.simulation.recording import Recording
from lineage.simulation.result import Simulation
from lineage.simulation.stimuli import Stimulus, StimulusLike, aware, occurrences, read_stimuli
from lineage.style import count_words

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
    >>> from lineage.flowgraph import FlowMap, declare
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
    scenario = _Scenario.of(flows, given, start, end)
    recording = Recording(scenario.compiled, scenario.given, _moments(start, shown.tzinfo))
    expected = scenario.play(scenario.usual_rolls(chances), max_runs, recording)
    finishes, count, steps = scenario.sample(chances, expected, samples, seed, max_runs)
    return Simulation(
        flows,
        shown,
        end.astimezone(shown.tzinfo),
        tuple(recording.runs),
        tuple(recording.stimuli.values()),
        tuple(recording.events),
        finishes,
        count,
        seed,
        _stopped(expected, recording, max_runs),
        _assumptions(flows, chances, {run.flow for run in recording.runs}),
        steps,
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


@dataclass(frozen=True)
class _Scenario:
    """What is the same in every pass."""

    flows: FlowMap
    compiled: Compiled
    given: list[Stimulus]  # one for each time it happens
    outside: Outside
    agenda: list[Entry]
    seconds: float

    @classmethod
    def of(cls, flows: FlowMap, stimuli: list[Stimulus], start: datetime, end: datetime) -> _Scenario:
        table = compiled(flows)
        times = [(at, one) for one in stimuli for at in occurrences(one, start, end)]
        given = [one for _, one in times]
        names = {name: rank for rank, name in enumerate(sorted({one.name for one in given}))}
        agenda: list[Entry] = [
            (_seconds(at, start), START if one.kind == "run" else ARRIVE, names[one.name], number, 0)
            for number, (at, one) in enumerate(times)
        ]
        agenda += _resets(flows, start, end)
        outside = Outside(
            [table.number(one.name) if one.kind == "run" else None for one in given],
            [_hears(table, one) for one in given],
        )
        return cls(flows, table, given, outside, sorted(agenda), _seconds(end, start))

    def usual_rolls(self, chances: Mapping[str, Chances]) -> list[Roll]:
        """The expected case."""
        return [_fixed(one.usual, self._failing(key, one)) for key, one in chances.items()]

    def play(self, rolls: list[Roll], max_runs: int, recording: Recording | None = None) -> Pass:
        one = Pass(self.compiled, self.outside, rolls, max_runs, recording)
        one.play(self.agenda, self.seconds)
        return one

    def sample(
        self, chances: Mapping[str, Chances], expected: Pass, samples: int, seed: int, max_runs: int
    ) -> tuple[dict[str, tuple[Finish, ...]], int, int]:
        """Finishing times by flow, the number of samples that were needed, and the events in all."""
        found = Finishes(len(self.compiled.keys))
        steps = expected.events
        if not any(one.random for one in chances.values()):
            samples = 1
            found.add(expected.finishes)
        else:
            failing = {key: self._failing(key, one) for key, one in chances.items()}
            for sample in range(samples):
                rolls = [_rolled(c, failing[key], key, seed, sample) for key, c in chances.items()]
                one = self.play(rolls, max_runs)
                steps += one.events
                found.add(one.finishes)
        finishes = {key: found.of(flow) for flow, key in enumerate(self.compiled.keys)}
        return {key: times for key, times in finishes.items() if times}, samples, steps

    def _failing(self, key: str, chances: Chances) -> tuple[float, int]:
        """The share of its duration after which a failing run ends, and how many steps are heard of."""
        steps = self.flows.declarations[key].steps or ()
        if chances.failing_step not in steps:
            return 1.0, 0
        position = steps.index(chances.failing_step)
        heard = self.compiled.at_steps[self.compiled.number(key)]
        return (position + 1) / len(steps), sum(steps.index(one.step) < position for one in heard)


def _seconds(moment: datetime, start: datetime) -> float:
    return (moment - start).total_seconds()


def _resets(flows: FlowMap, start: datetime, end: datetime) -> Iterable[Entry]:
    for number, one in enumerate(flows.declarations.values()):
        if one.reset_at and len(one.listens) > 1:  # a single event never waits
            cron = parse_cron(one.reset_at.cron, one.reset_at.timezone)
            for at in cron.between(start, end):
                yield (_seconds(at, start), RESET, number, 0, 0)


def _hears(table: Compiled, one: Stimulus) -> list[tuple[int, int]]:
    if one.kind == "event":
        return table.accepting(one.name, one.payload)[0]
    return list(table.at_finish[table.number(one.name)]) if one.kind == "finish" else []


def _fixed(usual: Chances, failing: tuple[float, int]) -> Roll:
    (seconds,) = usual.durations
    fails = usual.failure > 0
    return Roll(lambda: seconds, lambda: fails, *failing)


def _rolled(chances: Chances, failing: tuple[float, int], key: str, seed: int, sample: int) -> Roll:
    """Draws from the flow's own dice, made when its first run needs them."""
    if not chances.random:
        return _fixed(chances.usual, failing)
    values, count, failure = chances.durations, len(chances.durations), chances.failure
    draw: list[Callable[[], float]] = []

    def number() -> float:
        if not draw:
            draw.append(dice(key, seed, sample))
        return draw[0]()

    return Roll(
        lambda: values[int(number() * count)],
        (lambda: number() < failure) if 0 < failure < 1 else (lambda: failure > 0),
        *failing,
    )


def _stopped(expected: Pass, recording: Recording, max_runs: int) -> str | None:
    if not expected.limited:
        return None
    last = recording.events[-1].at
    return (
        f"stopped at {count_words(max_runs, 'run')}, at {last.isoformat(timespec='seconds')}: is it a loop?"
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
