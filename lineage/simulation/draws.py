"""The engine's random draws for the runs of one flow."""

from __future__ import annotations

from collections.abc import Callable

from lineage.flow_map.switches import Path
from lineage.simulation.chances import Chances, dice, duration_stream, stream
from lineage.simulation.engine import Sends
from lineage.simulation.tables import StepEvent


class Draws:
    """The durations, outcomes and steps of one flow's runs, sample by sample."""

    def __init__(self, key: str, chances: Chances, steps: tuple[StepEvent, ...], seed: int) -> None:
        self._values, self._failure = chances.durations, chances.failure
        self._vary = len(set(chances.durations)) > 1
        self._durations = dice(duration_stream(key, seed))
        self._outcomes = dice(stream(f"{key}/outcome", seed))
        self._sends = [sends_of(steps, path) for path in chances.paths]
        self._paths = dice(stream(f"{key}/path", seed))

    def durations(self, sample: int, durations: list[Callable[[], float]]) -> Callable[[], float]:
        """Return the function to append to this list; it seeds its generator at the flow's first run.

        In a large map most flows may have no run in most samples, and seeding costs as much as ten runs.
        """
        values, count, flow, of_sample = self._values, len(self._values), len(durations), self._durations
        if not self._vary:
            return lambda: values[0]

        def first() -> float:
            number = of_sample(sample)

            def drawn() -> float:
                return values[int(number() * count)]

            durations[flow] = drawn
            return drawn()

        return first

    def failures(self, sample: int) -> Callable[[], bool] | None:
        """Return a function that tells whether the next run fails; None if no run does."""
        probability = self._failure
        if not probability:
            return None
        number = self._outcomes(sample)
        return lambda: number() < probability

    def sends(self, sample: int) -> Callable[[], Sends]:
        """Return a function that draws the events of a run's steps."""
        sends, count = self._sends, len(self._sends)
        if count == 1:
            return lambda: sends[0]
        number = self._paths(sample)
        return lambda: sends[int(number() * count)]


def sends_of(steps: tuple[StepEvent, ...], path: Path) -> Sends:
    """The events that the steps of a run send, if it takes this path."""
    return [
        (share, number)
        for number, step in enumerate(steps)
        for share in step.shares(1 if step.certain else path.get(step.step, 0))
    ]
