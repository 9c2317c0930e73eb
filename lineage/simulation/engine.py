"""The discrete-event engine: one pass over time, by the rules of Argo Events.

The rules, each with the page that states it and a test in tests/simulation/test_rules.py:

All listed events are needed. "If `conditions` is missing, the default conditions to execute the
    trigger is `&&` logic of all the defined dependencies"
    (https://argoproj.github.io/argo-events/sensors/trigger-conditions/); Metaflow sets no conditions.
The latest event wins. "Assume before `B` has an event `b1` delivered, `A` has already got events `a1` -
    `a10`, in this case, `a10` and `b1` will be used to execute the trigger, and `a1` - `a9` will be
    dropped" (https://argoproj.github.io/argo-events/sensors/more-about-sensors-and-triggers/).
Firing clears. Once the condition is true the sensor triggers and clears what it holds for every
    dependency (argo-events, pkg/eventbus/jetstream/sensor/trigger_conn.go: "if expression is true,
    trigger and clear the K/V store"), so all must arrive again.
A reset wipes what has arrived. "Sometimes you might want to reset all the stakeholders of the
    conditions, `conditions reset` is the way to do it" (trigger-conditions, as above).
A single event fires each time it arrives; nothing limits the number of concurrent runs ("there's no rate
    limit for a trigger unless you configure": more-about-sensors-and-triggers, as above).
Only success is announced. Metaflow emits an event when a task has succeeded, for every step, and for
    the end step also as `….end` (metaflow/plugins/argo/argo_workflows_decorator.py, `task_finished`).

At one instant resets come first, then ends of runs, then events, then starts; within these by name.
Argo leaves that open; here it makes the result independent of the order in which things are given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import chain, repeat
from typing import Protocol

from lineage.simulation.tables import Compiled, Listener

RESET, FINISH, STEP, FAIL, ARRIVE, START = range(6)
# time in seconds, kind, rank within its kind, number of the run or stimulus, number of the step
AgendaEntry = tuple[float, int, int, int, int]
_NEVER: AgendaEntry = (math.inf, START, 0, 0, 0)
Sends = Sequence[tuple[float, int]]  # share of the run's duration, number of the step event
Arrived = list[int | None]  # the cause in each slot of an AND group: a run's number, or -1 - a stimulus'


class Journal(Protocol):
    """Records the events of one pass."""

    def started(self, time: float, flow: int, causes: Sequence[int | None]) -> None:
        """A run began; `causes` in the order of its flow's slots, empty if it was started from outside."""

    def completed(self, time: float, run: int) -> None:
        """A run succeeded; runs are numbered from 0 as they start."""

    def failed(self, time: float, run: int) -> None:
        """A run failed."""

    def arrived(self, time: float, listener: Listener, cause: int, arrived: Arrived) -> None:
        """An event reached a flow; `arrived` is what the flow now has, before it fires."""

    def wiped(self, time: float, flow: int, arrived: Arrived) -> None:
        """A reset; `arrived` is what was lost."""

    def happened(self, time: float, stimulus: int) -> None:
        """A stimulus happened."""


@dataclass(frozen=True)
class Luck:
    """Durations, outcomes and steps of runs in one pass, by number of the flow."""

    durations: Sequence[Callable[[], float]]  # seconds
    failures: Sequence[Callable[[], bool] | None]  # whether a run fails; None: never
    failing: Sequence[
        tuple[float, int]
    ]  # share of its duration after which it fails, number of step events before that
    sends: Sequence[Callable[[], Sends]]  # the events of its steps

    @classmethod
    def fixed(
        cls, seconds: Sequence[float], failing: Sequence[tuple[float, int] | None], sends: Sequence[Sends]
    ) -> Luck:
        """The same duration, outcome and steps for every run of a flow."""
        return cls(
            [repeat(s).__next__ for s in seconds],
            [None if failure is None else lambda: True for failure in failing],
            [failure or (1.0, 0) for failure in failing],
            [repeat(events).__next__ for events in sends],
        )


@dataclass(frozen=True)
class Outside:
    """The effects of stimuli, by number of the stimulus."""

    starts: Sequence[int | None]  # the flow that starts, or None
    hears: Sequence[Sequence[Listener]]  # the listeners that accept the event or the end of the run


@dataclass(frozen=True)
class Played:
    """The result of one pass."""

    finishes: list[list[float]]  # seconds, of each flow, in order
    events: int
    limited: bool  # stopped by the limit on runs


def play(
    compiled: Compiled,
    outside: Outside,
    luck: Luck,
    agenda: Sequence[AgendaEntry],
    until: float,
    max_runs: int,
    journal: Journal | None = None,
) -> Played:
    """Simulate the time from 0 to `until` seconds; `agenda` is sorted.

    One long function with its state in local variables, because that is twice as fast as methods of a
    class, and there are many samples.
    """
    heap: list[AgendaEntry] = []  # ends of runs and of their steps; stimuli and resets stay in `agenda`
    groups, at_finish, at_steps = compiled.groups, compiled.at_finish, compiled.at_steps
    durations, failures, failing, sends = luck.durations, luck.failures, luck.failing, luck.sends
    sizes = [len(group) for group in groups]
    held: list[Arrived] = [[None] * size for size in sizes]  # what has arrived at each flow
    missing = list(sizes)
    finishes: list[list[float]] = [[] for _ in sizes]
    runs = events = 0

    def start(time: float, flow: int, causes: Sequence[int | None]) -> None:
        """Start a run, and schedule its end and the events of its steps."""
        nonlocal runs
        if runs < max_runs:
            duration = durations[flow]()
            fate = failures[flow]
            fails = fate is not None and fate()
            if journal:
                journal.started(time, flow, causes)
            share, heard = failing[flow] if fails else (1.0, None)
            if at_steps[flow]:
                for reached, number in sends[flow]():
                    if heard is None or number < heard:
                        heappush(heap, (time + reached * duration, STEP, flow, runs, number))
            heappush(heap, (time + share * duration, FAIL if fails else FINISH, flow, runs, 0))
        runs += 1

    def deliver(time: float, listeners: Sequence[Listener], cause: int) -> None:
        """Deliver an event to its listeners; a flow whose group is complete fires."""
        for flow, slot in listeners:
            arrived = held[flow]
            if arrived[slot] is None:
                missing[flow] -= 1
            arrived[slot] = cause
            if journal:
                journal.arrived(time, (flow, slot), cause, arrived)
            if not missing[flow]:
                size = missing[flow] = sizes[flow]
                held[flow] = [None] * size
                start(time, flow, arrived)

    given = chain(agenda, repeat(_NEVER))
    coming = next(given)
    while runs <= max_runs:
        if heap and heap[0] < coming:
            time, what, rank, number, step = heappop(heap)
        else:
            time, what, rank, number, step = coming
            coming = next(given)
        if time > until:
            break
        events += 1
        if what == FINISH:
            finishes[rank].append(time)
            if journal:
                journal.completed(time, number)
            deliver(time, at_finish[rank], number)
        elif what == STEP:
            deliver(time, at_steps[rank][step].listeners, number)
        elif what == FAIL:
            if journal:
                journal.failed(time, number)
        elif what == RESET:
            if missing[rank] < sizes[rank]:
                if journal:
                    journal.wiped(time, rank, held[rank])
                held[rank] = [None] * sizes[rank]
                missing[rank] = sizes[rank]
        else:
            if journal:
                journal.happened(time, number)
            flow = outside.starts[number]
            if flow is not None:
                start(time, flow, ())
            deliver(time, outside.hears[number], -1 - number)
    return Played(finishes, events, runs > max_runs)
