"""Many generators at once give the numbers of Python's own."""

from __future__ import annotations

import random
from unittest import mock

import numpy as np
import pytest

from lineage.simulation import mersenne
from lineage.simulation.mersenne import FEW, Generators

_SIDE_BY_SIDE = 113  # numbers of a generator, at most, before it must be played on


def some_seeds(dice: random.Random, count: int) -> list[int]:
    """Seeds of two words each, the smallest and the largest among them."""
    return [2**32, 2**64 - 1, *(dice.randrange(2**32, 2**64) for _ in range(count - 2))]


def expected(seeds: list[int], counts: list[int]) -> list[float]:
    dice = [random.Random(seed) for seed in seeds]
    return [one.random() for one, count in zip(dice, counts, strict=True) for _ in range(count)]


def test_generators_side_by_side_give_the_numbers_of_python() -> None:
    dice = random.Random(0)
    seeds = some_seeds(dice, FEW)
    counts = [_SIDE_BY_SIDE, 0, *(dice.randrange(9) for _ in seeds[2:])]
    with mock.patch.object(mersenne, "_one_by_one", side_effect=AssertionError("not side by side")):
        generators = Generators(np.asarray(seeds, np.uint64))
        numbers = generators.first(slice(0, FEW), np.asarray(counts))
        some = generators.first(slice(100, 300), np.asarray(counts[100:300]))
    assert numbers.tolist() == expected(seeds, counts)
    assert some.tolist() == expected(seeds[100:300], counts[100:300])


@pytest.mark.parametrize(
    ("generators", "smallest", "most"),
    [(2, 2**32, 5), (FEW, 5, 5), (FEW, 2**32, _SIDE_BY_SIDE + 1), (FEW, 2**32 - 1, 5), (2, 2**32, 0)],
    ids=["few", "a small seed", "many numbers", "the largest small seed", "none"],
)
def test_whatever_does_not_fit_is_drawn_by_python(generators: int, smallest: int, most: int) -> None:
    dice = random.Random(most)
    seeds = [smallest, *some_seeds(dice, generators)[1:]]
    counts = [most, *(dice.randrange(min(most, 5) + 1) for _ in seeds[1:])]
    numbers = Generators(np.asarray(seeds, np.uint64)).first(slice(0, len(seeds)), np.asarray(counts))
    assert numbers.tolist() == expected(seeds, counts)
