"""Durations and outcomes of simulated runs: fixed, or drawn from those of past runs."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, median_low
from typing import Any

import numpy as np

from lineage.errors import InvalidArgument
from lineage.flow_map import FlowMap
from lineage.flow_map.declarations import FlowDeclaration, short_name
from lineage.flow_map.switches import Path
from lineage.simulation.mersenne import Seeds
from lineage.simulation.times import LONGEST

_APART = 0x9E3779B97F4A7C15  # odd, 2**64 over the golden ratio: sets the seeds of the samples far apart
MOST_TURNS = 1000  # Argo Workflows' own limit on steps within steps is lower
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
    paths: tuple[Path, ...] = ({},)  # step -> how often it is taken, for uncertain steps; equally likely
    chosen: bool = False  # whether the path was given

    @property
    def random(self) -> bool:
        """Whether two runs can differ."""
        different = any(path != self.paths[0] for path in self.paths)
        return len(set(self.durations)) > 1 or 0 < self.failure < 1 or different

    @property
    def usual(self) -> Chances:
        """The expected case: the median duration, the more likely outcome, and steps that most runs take."""
        steps = {step for path in self.paths for step in path}
        path = {step: median_low(path.get(step, 0) for path in self.paths) for step in sorted(steps)}
        return Chances(
            (float(median(self.durations)),), float(self.failure > 0.5), self.failing_step, paths=(path,)
        )


def read_chances(flows: FlowMap, durations: Durations, outcomes: Outcomes) -> dict[str, Chances]:
    """Read the arguments `durations` and `outcomes` into the chances of every flow, by key.

    Parameters
    ----------
    durations
        Seconds: one number for all flows, or for each flow a number or a list to draw from. What is
        left out comes from the map (past runs), or is a minute.
    outcomes
        For each flow `"completed"`, `"failed"`, `"failed:<step>"`, or the probability of a failure;
        `"completed:b"` or `"completed:b*3,c"` says which of the steps that depend on a switch it takes, and
        how often. `"history"` takes the share of past runs that failed. What is left out completes.

    Raises
    ------
    InvalidArgument
        If a duration is negative or not a number, an outcome is invalid, or a flow is unknown.
    """
    given = _durations(flows, durations)
    took, outcomes = _chosen_paths(flows, outcomes)
    failures = _outcomes(flows, outcomes)
    senders = (w.sender for declaration in flows.declarations.values() for w in declaration.listens)
    heard = {sender[0] for sender in senders if sender and sender[1] != "end"}
    chances = {}
    for key, declaration in flows.declarations.items():
        seconds = given.get(key) or declaration.durations
        failure, step = failures.get(key, (0.0, None))
        if outcomes == "history":
            failure = declaration.failure_rate or 0.0
        paths = _paths(declaration, took.get(key)) if key in heard or key in took else ({},)
        durations_known = tuple(seconds) or (ASSUMED_DURATION,)
        chances[key] = Chances(durations_known, failure, step, not seconds, paths, key in took)
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


def _chosen_paths(flows: FlowMap, given: Outcomes) -> tuple[dict[str, dict[str, int]], Outcomes]:
    """The paths that outcomes such as `"completed:b"` choose, and the outcomes without them."""
    if not isinstance(given, Mapping):
        return {}, given
    paths, outcomes = {}, dict(given)
    for name, value in given.items():
        if isinstance(value, str) and value.startswith("completed:"):
            paths[flows.key(name)] = _path(flows[name], value.removeprefix("completed:"))
            outcomes[name] = "completed"
    return paths, outcomes


def _paths(declaration: FlowDeclaration, took: Path | None) -> tuple[Path, ...]:
    once = dict.fromkeys(declaration.repeated_steps - declaration.optional_steps, 1)
    if took is not None:
        return ({**once, **took},)
    return declaration.paths or declaration.possible_paths or (once,)


def _path(declaration: FlowDeclaration, text: str) -> dict[str, int]:
    path = {}
    for part in text.split(","):
        step, star, turns = part.strip().partition("*")
        if step not in declaration.optional_steps | declaration.repeated_steps:
            uncertain = sorted(declaration.optional_steps | declaration.repeated_steps)
            listed = f"such steps are {', '.join(uncertain)}" if uncertain else "it has no such steps"
            raise InvalidArgument(
                f"{declaration.flow} has no step {step!r} that depends on a switch; {listed}"
            )
        if star and not (turns.isdecimal() and 0 < int(turns) <= MOST_TURNS):
            raise InvalidArgument(f"{step} is taken from 1 to {MOST_TURNS} times, not {turns!r}")
        path[step] = int(turns or 1)
    return path


def _outcomes(flows: FlowMap, given: Outcomes) -> dict[str, tuple[float, str | None]]:
    if given is None or given == "history":
        return {}
    if not isinstance(given, Mapping):
        raise InvalidArgument(f'outcomes must be "history" or a mapping of flows to outcomes, not {given!r}')
    return {key: _outcome(flows, key, value) for key, value in ((flows.key(n), v) for n, v in given.items())}


def _outcome(flows: FlowMap, key: str, value: object) -> tuple[float, str | None]:
    if value == "completed":
        return 0.0, None
    if isinstance(value, str):
        word, _, step = value.partition(":")
        if word == "failed":
            if step and not flows[key].sends(step):
                raise InvalidArgument(f"{short_name(key)} has no step {step!r} that could fail")
            return 1.0, step or None
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
