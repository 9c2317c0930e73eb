"""The result of a simulation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property

from lineage.flow_map import FlowMap
from lineage.format import format_clock, format_count, legible
from lineage.graph.run_graph import RunGraph
from lineage.records.model import Problem
from lineage.simulation.events import SimEvent, SimRun, SimStimulus, State
from lineage.simulation.graph import SOURCE, simulation_graph
from lineage.simulation.quantiles import Finish
from lineage.simulation.reasons import reasons
from lineage.simulation.times import read_time


class Sentences(Mapping[str, str]):
    """A sentence for each flow, looked up by key, or by the flow's name if only one branch has it.

    A flow that is not in the map raises `FlowNotFound`, with the nearest names.
    """

    def __init__(self, flows: FlowMap, sentences: Mapping[str, str]) -> None:
        self._flows, self._sentences = flows, sentences

    def __getitem__(self, name: str) -> str:
        return self._sentences[self._flows.key(name)]

    def __contains__(self, name: object) -> bool:
        return name in self._flows

    def __iter__(self) -> Iterator[str]:
        return iter(self._sentences)

    def __len__(self) -> int:
        return len(self._sentences)

    def __repr__(self) -> str:
        return "\n".join(legible(f"{flow}: {why}", 400) for flow, why in self._sentences.items())


@dataclass(frozen=True, repr=False)
class SimulationResult:
    """The result of a simulation: which flows fire, when, and why.

    `runs`, `events`, `run_graph` and `why` describe the expected case: every run takes the median of its
    durations and has the more likely outcome. `finishes` describes the spread over the samples.

    Attributes
    ----------
    flows
        The map that was simulated.
    start, end
        The simulated time, aware.
    runs
        The simulated runs, in the order in which they start.
    stimuli
        External events, and ends of runs that started before.
    events
        Everything that happened, in order; `SimEvent.as_dict` makes JSON of one.
    finishes
        For each flow (key) that finishes in any sample, its first finish, its second, …: the share of
        samples in which there is one, and P50 and P90 in seconds after the start.
    samples, seed
        As given; `samples` is 1 where nothing is random.
    stopped
        Why it stopped before the horizon; None if it did not.
    assumptions
        Assumptions made where nothing was known, one sentence each.
    steps
        Number of events that the engine handled, over all samples.
    """

    flows: FlowMap
    start: datetime
    end: datetime
    runs: tuple[SimRun, ...]
    stimuli: tuple[SimStimulus, ...]
    events: tuple[SimEvent, ...]
    finishes: Mapping[str, tuple[Finish, ...]]
    samples: int
    seed: int
    stopped: str | None = None
    assumptions: tuple[str, ...] = ()
    steps: int = 0

    @cached_property
    def run_graph(self) -> RunGraph:
        """The simulated runs as a graph of runs and events."""
        problems = [Problem(SOURCE, self.stopped)] if self.stopped else []
        return simulation_graph(self.flows, self.runs, self.stimuli, problems)

    @cached_property
    def why(self) -> Sentences:
        """One sentence for every flow of the map: why it fires, or what it waits for."""
        return Sentences(self.flows, self.reasons(self.clock))

    def reasons(self, clock: Callable[[datetime], str]) -> dict[str, str]:
        """The sentences of `why` by flow key, with times as `clock` formats them."""
        return reasons(self.flows.declarations, self.events, self.runs, clock, self.stopped is not None)

    @cached_property
    def to_the_second(self) -> bool:
        """Whether anything happens between two full minutes: then all times are written with seconds."""
        return any(event.at.second or event.at.microsecond for event in self.events)

    def clock(self, moment: datetime) -> str:
        """A time of day in the start's time zone, with the date after the first day."""
        return format_clock(moment, self.start, seconds=self.to_the_second)

    def state(self, at: datetime | str | int) -> State:
        """The state at a moment: the running runs, and what each AND group has and lacks.

        Parameters
        ----------
        at
            A time, local without a time zone (events at that instant are included), or a number of events
            from the start.

        Raises
        ------
        InvalidArgument
            If it is neither.
        """
        if isinstance(at, int):
            return State().after(*self.events[: max(0, at)])
        until = read_time(at, "the time").timestamp()
        return State().after(*(event for event in self.events if event.at.timestamp() <= until))

    def after(self, seconds: float) -> datetime:
        """The time a number of seconds after the start, in the start's time zone."""
        moment = self.start.astimezone(timezone.utc) + timedelta(seconds=seconds)
        return moment.astimezone(self.start.tzinfo)

    def __repr__(self) -> str:
        ended = f"; {self.stopped}" if self.stopped else ""
        return (
            f"Simulation of {format_count(len(self.flows), 'flow')}: {format_count(len(self.runs), 'run')} "
            f"from {self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}{ended}"
        )

    def __str__(self) -> str:
        return f"{self!r}\n{self.why!r}"
