"""A scenario: everything that is the same in each pass of a simulation, and the passes themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TypeVar

from lineage.errors import InvalidArgument
from lineage.flow_map import Clock, FlowMap
from lineage.flow_map.clocks import reset_problem
from lineage.simulation.batch import Batch, Draw, play_batch
from lineage.simulation.chances import Chances, duration_stream, sample_seeds
from lineage.simulation.cron import parse_cron
from lineage.simulation.draws import Draws, sends_of
from lineage.simulation.engine import (
    ARRIVE,
    RESET,
    START,
    AgendaEntry,
    Journal,
    Luck,
    Outside,
    Played,
    play,
)
from lineage.simulation.quantiles import Finish, Finishes
from lineage.simulation.stimuli import Stimulus, occurrences
from lineage.simulation.tables import Compiled, Listener, compiled

# limits by default: of stimuli and resets, and of runs, in maps without a loop and with one
MOST_OCCURRENCES, MOST_RUNS, LOOPING = 1_000_000, 200_000, 10_000


_T = TypeVar("_T")


@dataclass(frozen=True)
class Sampled:
    """The result of all samples."""

    finishes: Mapping[str, tuple[Finish, ...]]  # by key of the flow
    samples: int
    events: int


@dataclass(frozen=True)
class Scenario:
    """A flow map and its stimuli, ready to be played."""

    compiled: Compiled
    given: tuple[Stimulus, ...]  # one for each occurrence
    outside: Outside
    agenda: tuple[AgendaEntry, ...]
    chances: tuple[Chances, ...]  # of each flow
    seconds: float  # from the start to the horizon
    max_runs: int

    @classmethod
    def of(
        cls,
        flows: FlowMap,
        stimuli: list[Stimulus],
        chances: Mapping[str, Chances],
        start: datetime,
        end: datetime,
        max_runs: int | None,
    ) -> Scenario:
        """Prepare the scenario from `start` to `end`, both in UTC."""
        table = compiled(flows)
        happening = ((at, stimulus) for stimulus in stimuli for at in occurrences(stimulus, start, end))
        times = _at_most(happening, end)
        given = tuple(stimulus for _, stimulus in times)
        ranks = {name: rank for rank, name in enumerate(sorted({stimulus.name for stimulus in given}))}
        agenda: list[AgendaEntry] = [
            (
                _seconds(at, start),
                START if stimulus.kind == "run" else ARRIVE,
                ranks[stimulus.name],
                number,
                0,
            )
            for number, (at, stimulus) in enumerate(times)
        ]
        agenda = _at_most(chain(agenda, _resets(flows, start, end)), end)
        outside = Outside(
            [table.number(stimulus.name) if stimulus.kind == "run" else None for stimulus in given],
            [_hears(table, stimulus) for stimulus in given],
        )
        return cls(
            table,
            given,
            outside,
            tuple(sorted(agenda)),
            tuple(chances[key] for key in table.keys),
            _seconds(end, start),
            max_runs or (LOOPING if table.has_loop else MOST_RUNS),
        )

    def expected(self, journal: Journal | None = None) -> Played:
        """Play the expected case: usual durations, likely outcomes."""
        usual = [chances.usual for chances in self.chances]
        failing = self._failing()
        luck = Luck.fixed(
            [chances.durations[0] for chances in usual],
            [failing[flow] if chances.failure else None for flow, chances in enumerate(usual)],
            [
                sends_of(steps, typical.paths[0])
                for steps, typical in zip(self.compiled.at_steps, usual, strict=True)
            ],
        )
        return self._play(luck, journal)

    def sample(self, samples: int, seed: int) -> Sampled:
        """Play it this many times with random durations and outcomes, or once if nothing is random."""
        varies = any(chances.random for chances in self.chances)
        if varies and (batch := self._batch(samples, seed)):
            return Sampled(self._by_key(batch.finishes), samples, batch.events)
        collected = Finishes(len(self.compiled.keys))
        played = self._samples(samples, seed) if varies else [self.expected()]
        events = count = 0
        for outcome in played:
            events, count = events + outcome.events, count + 1
            collected.add(outcome.finishes)
        finishes = [collected.of(flow) for flow in range(len(self.compiled.keys))]
        return Sampled(self._by_key(finishes), count, events)

    def _by_key(self, finishes: Iterable[tuple[Finish, ...]]) -> dict[str, tuple[Finish, ...]]:
        return {key: times for key, times in zip(self.compiled.keys, finishes, strict=True) if times}

    def _batch(self, samples: int, seed: int) -> Batch | None:
        """Play all samples at once; None if that is not possible."""
        if any(chances.failure for chances in self.chances):
            return None
        draws = [
            Draw(chances.durations, sample_seeds(duration_stream(key, seed), samples))
            for key, chances in zip(self.compiled.keys, self.chances, strict=True)
        ]
        table, agenda = self.compiled, self.agenda
        return play_batch(table, self.outside, draws, agenda, self.seconds, self.max_runs, samples)

    def _samples(self, samples: int, seed: int) -> Iterator[Played]:
        flows = zip(self.compiled.keys, self.chances, self.compiled.at_steps, strict=True)
        draws = [Draws(key, chances, steps, seed) for key, chances, steps in flows]
        failing = self._failing()
        for sample in range(samples):
            yield self._play(self._drawn(draws, failing, sample))

    def _play(self, luck: Luck, journal: Journal | None = None) -> Played:
        return play(self.compiled, self.outside, luck, self.agenda, self.seconds, self.max_runs, journal)

    @staticmethod
    def _drawn(draws: list[Draws], failing: list[tuple[float, int]], sample: int) -> Luck:
        durations: list[Callable[[], float]] = []
        for draw in draws:
            durations.append(draw.durations(sample, durations))
        failures = [draw.failures(sample) for draw in draws]
        return Luck(durations, failures, failing, [draw.sends(sample) for draw in draws])

    def _failing(self) -> list[tuple[float, int]]:
        """For each flow: the share of a run after which it fails, and the step events before that."""
        return [self._failing_of(flow, chances) for flow, chances in enumerate(self.chances)]

    def _failing_of(self, flow: int, chances: Chances) -> tuple[float, int]:
        steps = self.compiled.steps[flow]
        if chances.failing_step not in steps:
            return 1.0, 0
        position = steps.index(chances.failing_step)
        heard = self.compiled.at_steps[flow]
        return (position + 1) / len(steps), sum(steps.index(step.step) < position for step in heard)


def _seconds(moment: datetime, start: datetime) -> float:
    return (moment - start).total_seconds()


def _at_most(occurrences: Iterable[_T], end: datetime) -> list[_T]:
    """List them up to the limit, because a cron may occur every second for a hundred years."""
    listed: list[_T] = []
    for occurrence in occurrences:
        if len(listed) == MOST_OCCURRENCES:
            raise InvalidArgument(
                f"crons and resets occur more than {MOST_OCCURRENCES:,} times until {end:%Y-%m-%d}: "
                "choose a shorter horizon"
            )
        listed.append(occurrence)
    return listed


def _resets(flows: FlowMap, start: datetime, end: datetime) -> Iterator[AgendaEntry]:
    """The resets that Argo Events takes; one that it does not is never made."""
    times: dict[Clock, list[float]] = {}  # most flows share a few
    for number, declaration in enumerate(flows.declarations.values()):
        clock = declaration.reset_at
        if clock is None or len(declaration.listens) < 2 or reset_problem(clock):
            continue  # a single event never waits
        if clock not in times:
            cron = parse_cron(clock.cron, clock.timezone)
            times[clock] = [_seconds(at, start) for at in _at_most(cron.times(start, end), end)]
        for at in times[clock]:
            yield (at, RESET, number, 0, 0)


def _hears(table: Compiled, stimulus: Stimulus) -> list[Listener]:
    if stimulus.kind == "event":
        return table.accepting(stimulus.name, stimulus.payload)[0]
    return list(table.at_finish[table.number(stimulus.name)]) if stimulus.kind == "finish" else []
