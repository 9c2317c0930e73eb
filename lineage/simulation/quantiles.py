"""When things are done, over all samples."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Finish:
    """When a flow finishes for the n-th time, over the samples in which it does."""

    number: int  # n, from 1
    share: float  # of the samples in which it does, 0 to 1
    p50: float  # seconds after the start; half of those samples are done by then
    p90: float  # seconds after the start; nine in ten of them are


class Finishes:
    """Collects when flows finish, sample by sample."""

    def __init__(self, flows: int) -> None:
        self._times = [array("d") for _ in range(flows)]
        self._counts = [array("L") for _ in range(flows)]
        self._samples = 0

    def add(self, finishes: Sequence[Sequence[float]]) -> None:
        """One sample: for each flow, its finishing times in order, in seconds."""
        self._samples += 1
        for flow, times in enumerate(finishes):
            self._times[flow].extend(times)
            self._counts[flow].append(len(times))

    def of(self, flow: int) -> tuple[Finish, ...]:
        """The quantiles of one flow: nearest rank, so each is a time that occurred in some sample."""
        counts = np.asarray(self._counts[flow], dtype=int)
        most = int(counts.max(initial=0))
        table = np.full((self._samples, most), np.inf)
        table[np.arange(most) < counts[:, None]] = self._times[flow]
        table.sort(axis=0)
        reached = (np.arange(most)[:, None] < counts).sum(axis=1)
        return tuple(
            Finish(
                number + 1,
                int(count) / self._samples,
                float(table[_rank(0.5, count), number]),
                float(table[_rank(0.9, count), number]),
            )
            for number, count in enumerate(reached)
        )


def _rank(quantile: float, count: int) -> int:
    return max(0, int(np.ceil(quantile * count)) - 1)
