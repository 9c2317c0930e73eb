"""P50 and P90 are the times of some sample: those by which half, and nine in ten, have finished."""

from __future__ import annotations

from math import inf

import numpy as np

from lineage.simulation.quantiles import Finish, Finishes, finishes_of


def test_quantiles_are_of_the_samples_in_which_a_finish_happens() -> None:
    table = np.asarray([[10.0 - n, 11.0 + n if n < 3 else inf, inf] for n in range(10)])
    assert finishes_of(table) == (Finish(1, 1.0, 5.0, 9.0), Finish(2, 0.3, 12.0, 13.0))
    assert finishes_of(table[:1]) == (Finish(1, 1.0, 10.0, 10.0), Finish(2, 1.0, 11.0, 11.0))


def test_samples_with_different_numbers_of_finishes_are_collected() -> None:
    collected = Finishes(2)
    for times in ([1.0, 2.0], [], [3.0]):
        collected.add([times, []])
    assert collected.of(0) == (Finish(1, 2 / 3, 1.0, 3.0), Finish(2, 1 / 3, 2.0, 2.0))
    assert collected.of(1) == ()
