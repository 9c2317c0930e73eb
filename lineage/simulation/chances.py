"""Durations and outcomes of simulated runs: fixed, or drawn from those of past runs."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from lineage.errors import InvalidArgument
from lineage.flow_map import FlowMap
from lineage.flow_map.declarations import short_name
from lineage.simulation.mersenne import Seeds
from lineage.simulation.times import LONGEST

_APART = 0x9E3779B97F4A7C15  # odd, 2**64 over the golden ratio: sets the seeds of the samples far apart
ASSUMED_DURATION = 60.0  # seconds, if no duration is known; a minute is visible on every timeline

Durations = float | Mapping[str, float | Sequence[float]] | None
Outcomes = Mapping[str, str | float] | str | None


@dataclass(frozen=True)
class Chances:
    """The possible durations and outcomes of a flow's runs."""

    durations: tuple[float, ...]  # seconds, equally likely
    failure: float  # probability that a run fails, 0 to 1
    failing_step: str | None = None  # steps before it succeed; None: no step does
    assumed: bool = False  # whether the duration is assumed because none is known

    @property
    def random(self) -> bool:
        """Whether two runs can differ."""
        return len(set(self.durations)) > 1 or 0 < self.failure < 1

    @property
    def usual(self) -> Chances:
        """The expected case: the median duration and the more likely outcome."""
        return Chances((float(median(self.durations)),), float(self.failure > 0.5), self.failing_step)


def read_chances(flows: FlowMap, durations: Durations, outcomes: Outcomes) -> dict[str, Chances]:
    """Read the arguments `durations` and `outcomes` into the chances of every flow, by key.

    Parameters
    ----------
    durations
        Seconds: one number for all flows, or for each flow a number or a list to draw from. What is
        left out comes from the map (past runs), or is a minute.
    outcomes
        For each flow `"completed"`, `"failed"`, `"failed:<step>"`, or the probability of a failure.
        `"history"` takes the share of past runs that failed. What is left out completes.

    Raises
    ------
    InvalidArgument
        If a duration is negative or not a number, an outcome is invalid, or a flow is unknown.
    """
    given = _durations(flows, durations)
    failures = _outcomes(flows, outcomes)
    chances = {}
    for key, declaration in flows.declarations.items():
        seconds = given.get(key) or declaration.durations
        failure, step = failures.get(key, (0.0, None))
        if outcomes == "history":
            failure = declaration.failure_rate or 0.0
        chances[key] = Chances(tuple(seconds) or (ASSUMED_DURATION,), failure, step, assumed=not seconds)
    return chances


def _durations(flows: FlowMap, given: Durations) -> dict[str, tuple[float, ...]]:
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return {flows.key(name): _seconds(value, short_name(name)) for name, value in given.items()}
    return dict.fromkeys(flows, _seconds(given, "every flow"))


def _seconds(given: Any, what: str) -> tuple[float, ...]:
    values = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    wrong = [v for v in values if isinstance(v, bool) or not isinstance(v, (int, float)) or not _sensible(v)]
    if wrong or not values:
        raise InvalidArgument(
            f"the duration of {what} must be a number of seconds from 0 to {LONGEST.days * 86400} (a hundred "
            f"years), or a list of them, not {str(given)[:100]}"
        )
    return tuple(float(value) for value in values)


def _sensible(value: float) -> bool:
    return 0 <= value <= LONGEST.total_seconds()


def _outcomes(flows: FlowMap, given: Outcomes) -> dict[str, tuple[float, str | None]]:
    if given is None or given == "history":
        return {}
    if not isinstance(given, Mapping):
        raise InvalidArgument(f'outcomes must be "history" or a mapping of flows to outcomes, not {given!r}')
    return {key: _outcome(flows, key, value) for key, value in ((flows.key(n), v) for n, v in given.items())}


def _outcome(flows: FlowMap, key: str, value: object) -> tuple[float, str | None]:
    if value == "completed":
        return 0.0, None
    if isinstance(value, str) and value.split(":")[0] == "failed":
        step = value.partition(":")[2] or None
        if step and not flows[key].sends(step):
            raise InvalidArgument(f"{short_name(key)} has no step {step!r} that could fail")
        return 1.0, step
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value), None
    raise InvalidArgument(
        f'the outcome of {short_name(key)} must be "completed", "failed", "failed:<step>" or the probability '
        f"of a failure from 0 to 1, not {value!r}"
    )


def stream(purpose: str, seed: int) -> int:
    """The number that seeds the random numbers for one purpose of one flow.

    Each has its own, so that its numbers depend neither on when other flows run nor on other samples.
    """
    return int.from_bytes(hashlib.blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest(), "big")


def duration_stream(key: str, seed: int) -> int:
    """The `stream` of the durations of a flow's runs."""
    return stream(f"{key}/duration", seed)


def dice(stream: int) -> Callable[[int], Callable[[], float]]:
    """Generators of random numbers from 0 to 1 for a stream, by number of the sample."""
    generator = random.Random()

    def of_sample(sample: int) -> Callable[[], float]:
        generator.seed(stream ^ (sample * _APART & 0xFFFFFFFFFFFFFFFF))
        return generator.random

    return of_sample


def sample_seeds(stream: int, samples: int) -> Seeds:
    """The seeds of the first samples of a stream: those of `dice`."""
    seeds: Seeds = np.uint64(stream) ^ np.arange(samples, dtype=np.uint64) * np.uint64(_APART)
    return seeds
