"""Quantiles of the times at which flows finish, over all samples."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

Numbers = np.ndarray[Any, np.dtype[np.int_]]
Times = np.ndarray[Any, np.dtype[np.float64]]  # seconds, a row a sample, in order


@dataclass(frozen=True, slots=True)
class Finish:
    """The n-th finish of a flow, over the samples in which it happens."""

    number: int  # n, from 1
    share: float  # of the samples in which it happens, 0 to 1
    p50: float  # seconds after the start; in half of those samples it happens by then
    p90: float  # seconds after the start; in nine of ten


class Finishes:
    """Collects the times at which flows finish, sample by sample."""

    def __init__(self, flows: int) -> None:
        self._times = [array("d") for _ in range(flows)]
        self._counts: list[list[int]] = [[] for _ in range(flows)]
        self._samples = 0

    def add(self, finishes: Sequence[Sequence[float]]) -> None:
        """Add a sample: for each flow, its finishing times in order, in seconds."""
        self._samples += 1
        for flow, times in enumerate(finishes):
            self._times[flow].extend(times)
            self._counts[flow].append(len(times))

    def of(self, flow: int) -> tuple[Finish, ...]:
        """The quantiles of one flow."""
        counts = np.asarray(self._counts[flow])
        most = int(counts.max())
        table = np.full((self._samples, most), np.inf)
        table[np.arange(most) < counts[:, None]] = self._times[flow]
        return finishes_of(table)


def finishes_of(table: Times) -> tuple[Finish, ...]:
    """The quantiles of one flow, from a row of finishing times in order for each sample, inf where none is.

    Nearest rank, so each is a time that occurred in some sample.
    """
    columns = np.sort(table, axis=0)
    reached = np.isfinite(columns).sum(axis=0)
    reached = reached[: np.count_nonzero(reached)]  # the n-th finish is rarer than the one before it
    numbers = np.arange(len(reached))
    p50, p90 = (columns[_ranks(quantile, reached), numbers].tolist() for quantile in (0.5, 0.9))
    shares = (reached / len(table)).tolist()
    return tuple(map(Finish, count(1), shares, p50, p90))


def _ranks(quantile: float, counts: Numbers) -> Numbers:
    """The row of a sorted column at which a share of its entries is reached."""
    ranks: Numbers = np.maximum(np.ceil(quantile * counts).astype(int) - 1, 0)
    return ranks
