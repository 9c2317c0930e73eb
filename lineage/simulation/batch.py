"""All samples at once, flow by flow, for maps in which that gives the same result as `engine.play`.

In a map without loops everything that reaches a flow comes from stimuli and from flows before it. So each
flow is played once, for all samples together, with arrays of a row a sample. The draws are those of the
engine: the n-th run of a flow in a sample takes the n-th number of that flow and sample. Whatever does not
fit is left to the engine (`fitting_order`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import numpy as np

from lineage.simulation.engine import RESET, AgendaEntry, Outside
from lineage.simulation.mersenne import MANY, Counts, Generators, Seeds
from lineage.simulation.quantiles import Finish, Times, finishes_of
from lineage.simulation.tables import Compiled, Listener

_SLOTS = 62  # of an AND group that fit the bits of an integer


@dataclass(frozen=True)
class Draw:
    """The durations of one flow's runs."""

    seconds: tuple[float, ...]  # equally likely
    seeds: Seeds  # of each sample

    @property
    def varies(self) -> bool:
        """Whether two durations can differ."""
        return len(set(self.seconds)) > 1


class _Dice:
    """Draws the durations of flows, which are played in this order; their generators are seeded in blocks."""

    def __init__(self, draws: Sequence[Draw], order: Iterable[int]) -> None:
        self._draws = draws
        self._varying = [flow for flow in order if draws[flow].varies]
        self._block = max(1, MANY // len(draws[0].seeds))  # flows
        self._seeded: dict[int, tuple[Generators, slice]] = {}

    def durations(self, flow: int, counts: Counts) -> Times | float:
        """The durations of so many runs in each sample, in the order in which they start."""
        draw = self._draws[flow]
        if not draw.varies:
            return draw.seconds[0]
        if flow not in self._seeded:
            self._seed_next()
        generators, some = self._seeded.pop(flow)
        numbers = np.zeros((len(counts), counts.max()))
        numbers[np.arange(numbers.shape[1]) < counts[:, None]] = generators.first(some, counts)
        durations: Times = np.asarray(draw.seconds)[(numbers * len(draw.seconds)).astype(np.int64)]
        return durations

    def _seed_next(self) -> None:
        block, self._varying = self._varying[: self._block], self._varying[self._block :]
        generators = Generators(np.concatenate([self._draws[flow].seeds for flow in block]))
        samples = len(self._draws[0].seeds)
        for number, flow in enumerate(block):
            self._seeded[flow] = generators, slice(number * samples, (number + 1) * samples)


@dataclass(frozen=True)
class Batch:
    """The result of all samples."""

    finishes: tuple[tuple[Finish, ...], ...]  # of each flow
    events: int


def play_batch(
    compiled: Compiled,
    outside: Outside,
    draws: Sequence[Draw],
    agenda: Sequence[AgendaEntry],
    until: float,
    max_runs: int,
    samples: int,
) -> Batch | None:
    """Play all samples; None if the engine must play them.

    Parameters
    ----------
    compiled, outside, agenda, until, max_runs
        As for `engine.play`. No run may fail.
    draws
        The durations of each flow.
    samples
        How many.
    """
    inputs = _inputs(compiled, outside, agenda)
    order = fitting_order(inputs, compiled, outside, draws, until)
    if order is None:
        return None
    dice = _Dice(draws, order)
    ended: dict[int, Times] = {}  # kept until all that listen have been played
    listening = [len(listeners) for listeners in compiled.at_finish]
    runs, events = np.zeros(samples), samples * len(agenda)
    finishes: list[tuple[Finish, ...]] = [()] * len(order)
    for flow in order:
        starts = inputs[flow].starts(ended)
        counts = np.broadcast_to(np.isfinite(starts).sum(axis=1), samples)
        runs += counts
        if runs.max() > max_runs:
            return None
        ends = np.sort(starts + dice.durations(flow, counts))
        ends = np.where(ends > until, np.inf, ends)
        ends = np.broadcast_to(ends, (samples, ends.shape[1]))
        events += np.isfinite(ends).sum().item()
        finishes[flow] = finishes_of(ends)
        ended[flow] = ends[:, : len(finishes[flow])]
        for sender in (flow, *(sender for sender, _ in inputs[flow].senders)):
            listening[sender] -= sender != flow
            if not listening[sender]:
                del ended[sender]
    return Batch(tuple(finishes), events)


def fitting_order(
    inputs: Sequence[_Inputs], compiled: Compiled, outside: Outside, draws: Sequence[Draw], until: float
) -> list[int] | None:
    """The flows, causes before effects; None if they cannot be played one after the other.

    They can if there are no loops and no events of steps, and if the order of events of one instant is known
    beforehand: a run that takes no time ends among the events that set it off, and one event that fills two
    slots of a group does so without letting another between.
    """
    if any(compiled.at_steps) or any(until + min(draw.seconds) <= until for draw in draws):
        return None
    if any(map(_fills_two_slots, (*compiled.at_finish, *outside.hears))):
        return None
    if any(group.size > _SLOTS for group in inputs):
        return None
    try:
        causes = {flow: [sender for sender, _ in group.senders] for flow, group in enumerate(inputs)}
        return list(TopologicalSorter(causes).static_order())
    except CycleError:
        return None


def _fills_two_slots(listeners: Sequence[Listener]) -> bool:
    return len({flow for flow, _ in listeners}) < len(listeners)


@dataclass
class _Inputs:
    """Whatever reaches the AND group of one flow, or starts the flow."""

    size: int
    resets: list[float]
    senders: list[Listener]  # number of the flow whose end reaches it, and the slot; by number
    arrivals: list[tuple[float, int]]  # of stimuli: seconds, slot
    given: list[float]  # starts from outside

    def starts(self, ended: dict[int, Times]) -> Times:
        """When the flow's runs start; a single row if that is the same in all samples."""
        fired = self._fired(ended)
        if self.given:
            fired = np.concatenate(
                [fired, np.broadcast_to(self.given, (len(fired), len(self.given)))], axis=1
            )
        starts: Times = np.sort(fired)
        return starts[:, : np.isfinite(starts).sum(axis=1).max()]

    def _fired(self, ended: dict[int, Times]) -> Times:
        """When the group was complete, by the rules of the engine."""
        times, slots = self._arrived(ended)
        if self.size < 2:
            return times
        # of two columns with the same time the first one comes first, so they stand as in the engine's agenda
        order = np.argsort(times, kind="stable")
        times = np.take_along_axis(times, order, axis=1)
        # a row a time from here on
        bits = np.where(slots < 0, 0, 1 << np.maximum(slots, 0))[order.T]
        kept = np.where(slots < 0, 0, -1)[order.T]  # all bits, or none at a reset
        held = np.zeros(len(times), dtype=np.int64)
        complete = np.empty(bits.shape, dtype=bool)
        for row, done in enumerate(complete):
            np.bitwise_and(held, kept[row], out=held)
            np.bitwise_or(held, bits[row], out=held)
            np.equal(held, (1 << self.size) - 1, out=done)
            held[done] = 0
        return np.where(complete.T, times, np.inf)

    def _arrived(self, ended: dict[int, Times]) -> tuple[Times, Counts]:
        """The times of resets and arrivals, a row a sample, and the slot of each column (-1: a reset)."""
        resets, given = np.asarray(self.resets), np.asarray([time for time, _ in self.arrivals])
        columns = [resets[None], *(ended[sender] for sender, _ in self.senders), given[None]]
        slots = [-1, *(slot for _, slot in self.senders)]
        widths = [times.shape[1] for times in columns[:-1]]
        rows = max(map(len, columns))
        times = np.concatenate([np.broadcast_to(c, (rows, c.shape[1])) for c in columns], axis=1)
        return times, np.asarray([*np.repeat(slots, widths), *(slot for _, slot in self.arrivals)], dtype=int)


def _inputs(compiled: Compiled, outside: Outside, agenda: Sequence[AgendaEntry]) -> list[_Inputs]:
    inputs = [_Inputs(len(group), [], [], [], []) for group in compiled.groups]
    for sender, listeners in enumerate(compiled.at_finish):
        for flow, slot in listeners:
            inputs[flow].senders.append((sender, slot))
    for time, what, rank, number, _ in agenda:
        if what == RESET:
            inputs[rank].resets.append(time)
            continue
        if (started := outside.starts[number]) is not None:
            inputs[started].given.append(time)
        for flow, slot in outside.hears[number]:
            inputs[flow].arrivals.append((time, slot))
    return inputs
