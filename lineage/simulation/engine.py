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
    trigger and clear the K/V store"), so all must arrive anew.
A reset wipes what has arrived. "Sometimes you might want to reset all the stakeholders of the
    conditions, `conditions reset` is the way to do it" (trigger-conditions, as above).
One event alone fires each time it arrives; nothing limits how many runs go on at once ("there's no rate
    limit for a trigger unless you configure": more-about-sensors-and-triggers, as above).
Only what ended well is sent. Metaflow emits an event when a task has succeeded, for every step, and for
    the end step also as `….end` (metaflow/plugins/argo/argo_workflows_decorator.py, `task_finished`).

At one instant resets come first, then ends of runs, then events, then starts; within these by name.
Argo leaves that open; here it makes the result independent of the order in which things are given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Protocol

from lineage.simulation.compiled import Compiled, Place

RESET, FINISH, STEP, FAIL, ARRIVE, START = range(6)
# time in seconds, what, rank among its like, number of the run or stimulus, what belongs to it
Entry = tuple[float, int, int, int, int]
Arrived = list[int | None]  # the cause in each place of an AND group: a run's number, or -1 - a stimulus'


class Journal(Protocol):
    """Where one pass is written down."""

    def started(self, time: float, flow: int, run: int, causes: Sequence[int | None]) -> None:
        """A run began; `causes` in the order of the flow's places, empty if it was started from outside."""

    def finished(self, time: float, flow: int, run: int, well: bool) -> None:
        """A run ended, well or not."""

    def arrived(self, time: float, place: Place, cause: int, arrived: Arrived) -> None:
        """An event reached a flow; `arrived` is what the flow now has, before it fires."""

    def wiped(self, time: float, flow: int, arrived: Arrived) -> None:
        """A reset; `arrived` is what was lost."""

    def happened(self, time: float, stimulus: int) -> None:
        """Something came from outside."""


@dataclass(frozen=True)
class Roll:
    """What happens to the runs of one flow in this pass."""

    duration: Callable[[], float]  # seconds
    fails: Callable[[], bool]
    failing_share: float = 1.0  # of its duration, after which a failing run ends
    good_steps: int = 0  # of the steps that somebody waits for, so many end well in a failing run


@dataclass(frozen=True)
class Outside:
    """What comes from outside, by number of the stimulus."""

    starts: Sequence[int | None]  # the flow that starts, or None
    hears: Sequence[Sequence[Place]]  # who takes the event or the end of the run


@dataclass
class Pass:
    """One pass over time; `play` runs it."""

    compiled: Compiled
    outside: Outside
    rolls: Sequence[Roll]
    max_runs: int
    journal: Journal | None = None
    heap: list[Entry] = field(default_factory=list)
    finishes: list[list[float]] = field(default_factory=list)  # seconds, of each flow, in order
    runs: int = 0
    events: int = 0
    limited: bool = False  # stopped by max_runs

    def __post_init__(self) -> None:
        self.sizes = [len(group) for group in self.compiled.groups]
        self.arrived: list[Arrived] = [[None] * size for size in self.sizes]
        self.missing = list(self.sizes)
        self.finishes = [[] for _ in self.sizes]

    def play(self, agenda: Sequence[Entry], until: float) -> None:
        """Let time pass from 0 to `until` seconds; `agenda` is sorted."""
        heap = self.heap = list(agenda)
        while heap and not self.limited and heap[0][0] <= until:
            time, what, rank, number, belongs = heappop(heap)
            self.events += 1
            if what == FINISH:
                self.finishes[rank].append(time)
                if self.journal:
                    self.journal.finished(time, rank, number, True)
                self.deliver(time, self.compiled.at_finish[rank], number)
            elif what in (ARRIVE, START):
                self._from_outside(time, number)
            elif what == STEP:
                self.deliver(time, self.compiled.at_steps[rank][belongs].places, number)
            elif what == FAIL:
                if self.journal:
                    self.journal.finished(time, rank, number, False)
            else:
                self._wipe(time, rank)

    def deliver(self, time: float, places: Sequence[Place], cause: int) -> None:
        """An event reaches those who listen; whoever now has all of its group fires."""
        for flow, place in places:
            arrived = self.arrived[flow]
            if arrived[place] is None:
                self.missing[flow] -= 1
            arrived[place] = cause
            if self.journal:
                self.journal.arrived(time, (flow, place), cause, arrived)
            if not self.missing[flow]:
                size = self.missing[flow] = self.sizes[flow]
                self.arrived[flow] = [None] * size
                self.start(time, flow, arrived)

    def start(self, time: float, flow: int, causes: Sequence[int | None]) -> None:
        """A run begins; its end, and what its steps send, is put on the agenda."""
        if self.runs >= self.max_runs:
            self.limited = True
            return
        run = self.runs
        self.runs += 1
        roll = self.rolls[flow]
        duration, fails = roll.duration(), roll.fails()
        if self.journal:
            self.journal.started(time, flow, run, causes)
        steps = self.compiled.at_steps[flow]
        if steps:
            for number, step in enumerate(steps[: roll.good_steps] if fails else steps):
                heappush(self.heap, (time + step.share * duration, STEP, flow, run, number))
        if fails:
            heappush(self.heap, (time + roll.failing_share * duration, FAIL, flow, run, 0))
        else:
            heappush(self.heap, (time + duration, FINISH, flow, run, 0))

    def _from_outside(self, time: float, stimulus: int) -> None:
        if self.journal:
            self.journal.happened(time, stimulus)
        flow = self.outside.starts[stimulus]
        if flow is not None:
            self.start(time, flow, ())
        self.deliver(time, self.outside.hears[stimulus], -1 - stimulus)

    def _wipe(self, time: float, flow: int) -> None:
        if self.missing[flow] == self.sizes[flow]:
            return  # nothing had arrived
        if self.journal:
            self.journal.wiped(time, flow, self.arrived[flow])
        self.arrived[flow] = [None] * self.sizes[flow]
        self.missing[flow] = self.sizes[flow]
