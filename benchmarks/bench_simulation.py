"""The simulator against SimPy, and a replay against a shell script.

First row: a made-up company of flows in layers, a twentieth of them set off by a cron every hour
for a day, the others by one to three flows before them, all groups reset at midnight, durations drawn
from twenty past runs. SimPy (https://simpy.readthedocs.io) simulates the same map, written as its guide
has it: a process for each run, for each cron and for each reset. With fixed durations both must come to
the same finishing times, or nothing is measured. An event is a run that ends, something from outside, or
a reset, counted alike for both. Times are of the processor, taken in turns.

Second row: the test flows in a row, by `replay(max_workers=1)` and by `sh` with the same commands, in
turns. On a busy machine the wall time of two equal runs differs by more than what is measured; the
processor's time and the time that the replay spends between its runs tell more.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import median

import simpy

from benchmarks.table import Row, markdown, seconds
from lineage import replay, simulate
from lineage.flow_map import Clock, FlowMap, declare, flow_graph
from lineage.simulation import Stimulus
from lineage.simulation.cron import parse_cron

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
DAY = timedelta(days=1)
FLOWS = Path(__file__).parent.parent / "tests" / "flows" / "cascade"


def company(flows: int, seed: int = 1) -> tuple[FlowMap, list[Stimulus]]:
    """A map of so many flows, and the crons that drive it."""
    dice = random.Random(seed)
    roots = max(1, flows // 20)
    declarations = []
    for number in range(flows):
        durations = tuple(round(dice.uniform(30, 900), 3) for _ in range(20))
        name = f"F{number:05}Flow"
        if number < roots:
            declarations.append(declare(name, on=[f"hour{number}"], durations=durations))
            continue
        near = range(max(0, number - 100), number)
        causes = sorted({f"F{dice.choice(near):05}Flow" for _ in range(dice.choice((1, 1, 2, 2, 3)))})
        declarations.append(declare(name, on_finish=causes, durations=durations, reset_at=Clock("0 0 * * *")))
    crons = [Stimulus(f"hour{n}", cron=f"{dice.randrange(60)} * * * *") for n in range(roots)]
    return FlowMap.of(declarations), crons


class SimPyModel:
    """The same rules in SimPy."""

    def __init__(self, flows: FlowMap, stimuli: list[Stimulus]) -> None:
        self.flows = flows.declarations
        self.listeners: dict[str, list[tuple[str, str]]] = {}
        for key, one in self.flows.items():
            for listening in one.listens:
                self.listeners.setdefault(listening.event, []).append((key, listening.event))
        self.cron = {one.name: self._seconds(Clock(one.cron or "")) for one in stimuli}
        self.resets = {k: self._seconds(d.reset_at) for k, d in self.flows.items() if d.reset_at}

    @staticmethod
    def _seconds(clock: Clock) -> list[float]:
        start = NOON - timedelta(microseconds=1)
        times = parse_cron(clock.cron, clock.timezone).between(start, NOON + DAY)
        return [(moment - NOON).total_seconds() for moment in times]

    def sample(self, seed: int, fixed: float | None = None) -> tuple[dict[str, list[float]], int]:
        """One day: finishing times by flow, and the number of events."""
        env = simpy.Environment()
        dice = random.Random(seed)
        arrived: dict[str, set[str]] = {key: set() for key in self.flows}
        finishes: dict[str, list[float]] = {key: [] for key in self.flows}
        events = 0

        def deliver(event: str) -> None:
            for key, name in self.listeners.get(event, ()):
                arrived[key].add(name)
                if len(arrived[key]) == len(self.flows[key].listens):
                    arrived[key].clear()
                    env.process(run(key))

        def run(key: str):
            nonlocal events
            yield env.timeout(dice.choice(self.flows[key].durations) if fixed is None else fixed)
            events += 1
            finishes[key].append(env.now)
            deliver(f"metaflow.{key}.end")

        def driven(event: str, times: list[float]):
            nonlocal events
            for moment in times:
                yield env.timeout(moment - env.now)
                events += 1
                deliver(event)

        def reset(key: str, times: list[float]):
            nonlocal events
            for moment in times:
                yield env.timeout(moment - env.now)
                events += 1
                arrived[key].clear()

        for key, times in self.resets.items():
            if len(self.flows[key].listens) > 1:
                env.process(reset(key, times))
        for event, times in self.cron.items():
            env.process(driven(event, times))
        env.run(until=DAY.total_seconds() + 0.001)
        return finishes, events


def check(flows: FlowMap, stimuli: list[Stimulus]) -> None:
    """Both engines must come to the same finishing times."""
    fixed = 433.7  # seconds; no multiple of a minute, so that nothing ends just when a cron strikes
    ours = simulate(flows, stimuli, start=NOON, horizon=DAY, durations=fixed, max_runs=10**7)
    theirs, _ = SimPyModel(flows, stimuli).sample(0, fixed)
    for key in flows:
        told = [finish.p50 for finish in ours.finishes.get(key, ())]
        assert len(told) == len(theirs[key]), key
        assert all(abs(a - b) < 1e-3 for a, b in zip(told, theirs[key], strict=True)), key


def rows(quick: bool) -> Iterator[Row]:
    """The engine beside SimPy, a replay beside a shell script."""
    yield _engines(200 if quick else 1000, 20 if quick else 200, 1 if quick else 3)
    yield _replays(2 if quick else 6)


def _engines(flows_count: int, samples: int, rounds: int) -> Row:
    flows, stimuli = company(flows_count)
    check(flows, stimuli)
    model = SimPyModel(flows, stimuli)
    ours: list[tuple[float, int]] = []
    theirs: list[tuple[float, int]] = []
    for number in range(rounds):
        began = time.process_time()
        sim = simulate(flows, stimuli, start=NOON, horizon=DAY, samples=samples, seed=number, max_runs=10**7)
        ours.append((time.process_time() - began, sim.steps))
        few = max(1, samples // 10)  # SimPy's samples cost the same each; not all are needed
        began = time.process_time()
        events = sum(model.sample(1000 * number + sample)[1] for sample in range(few))
        theirs.append(((time.process_time() - began) * samples / few, events * samples // few))
    return Row(
        f"simulate {flows_count:,} flows, a day of hourly crons, {samples} samples",
        _figures(ours),
        f"{_figures(theirs)} (SimPy, a tenth of the samples run)",
        f"{median(t / o for (o, _), (t, _) in zip(ours, theirs, strict=True)):.1f}×",
        bound="seeding a generator for each flow and sample, and the recording of the expected case",
    )


def _figures(measured: list[tuple[float, int]]) -> str:
    taken, events = median(s for s, _ in measured), median(e for _, e in measured)
    return f"{seconds(taken)}, {events / taken:,.0f} events/s"


CHAIN = """
set -e
ready='{{"name": "tables.ready", "fields": {{"table": "x"}}}}'
{python} {flows}/extract.py run --run-id-file e
{python} {flows}/train.py --trigger "ExtractFlow/$(cat e)" run --run-id-file t
{python} {flows}/tables.py --trigger "$ready" run --run-id-file b
{python} {flows}/score.py --trigger "TrainFlow/$(cat t)" --trigger "TablesFlow/$(cat b)" run
"""


def _replays(rounds: int) -> Row:
    names = ("extract", "train", "tables", "score")
    flows = flow_graph(files=[FLOWS / f"{name}.py" for name in names])
    sim = simulate(flows, ["ExtractFlow", {"name": "tables.ready", "payload": {"table": "x"}}])
    script = CHAIN.format(python=sys.executable, flows=FLOWS)
    between = []  # share of a replay in which none of its runs ran

    def ours() -> None:
        began = time.perf_counter()
        done = replay(sim, max_workers=1)
        taken = time.perf_counter() - began
        done.raise_for_failure()
        between.append(1 - sum(state.seconds or 0 for state in done.states.values()) / taken)

    def theirs() -> None:
        subprocess.run(["sh", "-c", script], check=True, capture_output=True)

    with tempfile.TemporaryDirectory() as folder, _working_in(folder):
        theirs()  # fills the disk's caches
        pairs = [_pair(ours, theirs, turn=number % 2) for number in range(rounds)]
    wall, processor = (median(a[i] / b[i] - 1 for a, b in pairs) for i in (0, 1))
    return Row(
        f"replay of {len(sim.runs)} real runs in a row, {rounds} pairs",
        f"{seconds(median(a[0] for a, _ in pairs))}, {median(between):.2%} of it between the runs",
        f"{seconds(median(b[0] for _, b in pairs))} (sh, the same commands)",
        f"wall {wall:+.1%}, processor {processor:+.1%}",
        "under 5 % more",
        processor < 0.05 and median(between) < 0.05,
        "the runs themselves",
    )


@contextlib.contextmanager
def _working_in(folder: str) -> Iterator[None]:
    """A store of its own."""
    here, before = Path.cwd(), dict(os.environ)
    os.chdir(folder)
    os.environ.update(
        METAFLOW_DATASTORE_SYSROOT_LOCAL=folder,
        METAFLOW_DEFAULT_METADATA="local",
        METAFLOW_DEFAULT_DATASTORE="local",
        METAFLOW_USER="ann",
    )
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)


Cost = tuple[float, float]  # seconds by the clock, seconds of the processor, children included


def _pair(ours: Callable[[], None], theirs: Callable[[], None], turn: int) -> tuple[Cost, Cost]:
    if turn:
        second = _cost(theirs)
        return _cost(ours), second
    return _cost(ours), _cost(theirs)


def _cost(call: Callable[[], None]) -> Cost:
    before, began = sum(os.times()[:4]), time.perf_counter()
    call()
    return time.perf_counter() - began, sum(os.times()[:4]) - before


if __name__ == "__main__":
    print(markdown(rows(quick=False)))
