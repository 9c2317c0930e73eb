"""The first numbers of many `random.Random(seed)` at once.

Python's generator is the Mersenne Twister (MT19937; Matsumoto and Nishimura, ACM TOMACS 8(1), 1998). Where a
generator gives only a few numbers, almost all of its time goes into seeding. Here thousands are seeded side
by side, by the steps of Python's Modules/_randommodule.c: `init_by_array`, `genrand_uint32`, `random`.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

Words = np.ndarray[Any, np.dtype[np.uint32]]
Seeds = np.ndarray[Any, np.dtype[np.uint64]]
Counts = np.ndarray[Any, np.dtype[np.int64]]
Reals = np.ndarray[Any, np.dtype[np.float64]]

_WORDS, _AHEAD = 624, 397  # n and m of MT19937
_MOST = (_WORDS - _AHEAD) // 2  # numbers that need no word that an earlier number has changed
FEW, MANY = 1000, 4096  # generators that are as fast one by one; that take 10 MB, which fits a cache


class Generators:
    """`random.Random(seed)` for several seeds.

    Examples
    --------
    >>> generators = Generators(np.array([7, 8], np.uint64))
    >>> generators.first(slice(0, 2), np.array([1, 2])).round(3).tolist()
    [0.324, 0.227, 0.962]
    """

    def __init__(self, seeds: Seeds) -> None:
        """
        Parameters
        ----------
        seeds
            From 0 to 2**64 - 1.
        """
        self._seeds = seeds
        two_words = bool((seeds >> np.uint64(32)).all())  # smaller seeds are mixed in another way
        self._state = _seeded(seeds) if two_words and FEW <= len(seeds) <= 2 * MANY else None

    def first(self, some: slice, counts: Counts) -> Reals:
        """The first numbers, from 0 to 1, of some of the generators, one generator after the other.

        Parameters
        ----------
        some
            Which of them.
        counts
            How many numbers of each.
        """
        most = int(counts.max())
        if self._state is None or most > _MOST:
            return _one_by_one(self._seeds[some], counts)
        numbers: Reals = _numbers(self._state[:, some], most)[np.arange(most) < counts[:, None]]
        return numbers


def _one_by_one(seeds: Seeds, counts: Counts) -> Reals:
    generator = random.Random()
    numbers: list[float] = []
    for number in np.flatnonzero(counts):
        generator.seed(int(seeds[number]))
        numbers.extend([generator.random() for _ in range(counts[number])])
    return np.asarray(numbers)


def _word(value: int) -> Words:
    """As an array without dimensions, which numpy converts faster than a number."""
    return np.asarray(value, np.uint32)


def _common_words() -> list[Words]:
    """The words with which `init_by_array` begins, whatever the seed: those of `init_genrand`."""
    words = [19650218]
    for number in range(1, _WORDS):
        words.append((1812433253 * (words[-1] ^ words[-1] >> 30) + number) & 0xFFFFFFFF)
    return [_word(word) for word in words]


def _seeded(seeds: Seeds) -> Words:
    """The words of each generator, a column a generator."""
    common = _common_words()
    state = np.empty((_WORDS, len(seeds)), np.uint32)
    mixed = np.empty(len(seeds), np.uint32)
    low, high = seeds.astype(np.uint32), (seeds >> np.uint64(32)).astype(np.uint32)
    keys = (high + np.uint32(1), low)  # of even rows, of odd rows
    thirty, first_factor, second_factor = _word(30), _word(1664525), _word(1566083941)

    def mix(before: Words, factor: Words, word: Words) -> Words:
        np.right_shift(before, thirty, mixed)
        np.bitwise_xor(mixed, before, mixed)
        np.multiply(mixed, factor, mixed)
        return mixed ^ word

    state[0] = common[0]
    for row in range(1, _WORDS):
        np.add(mix(state[row - 1], first_factor, common[row]), keys[row % 2], state[row])
    np.add(mix(state[-1], first_factor, state[1]), keys[0], state[1])
    for row in (*range(2, _WORDS), 1):
        before = state[row - 1] if row > 1 else state[-1]
        np.subtract(mix(before, second_factor, state[row]), _word(row), state[row])
    state[0] = 0x80000000
    return state


def _numbers(state: Words, count: int) -> Reals:
    """The first numbers, a row a generator."""
    words = 2 * count
    joined = state[:words] & np.uint32(0x80000000) | state[1 : words + 1] & np.uint32(0x7FFFFFFF)
    word = state[_AHEAD : _AHEAD + words] ^ joined >> np.uint32(1)
    word ^= (joined & np.uint32(1)) * np.uint32(0x9908B0DF)
    word ^= word >> np.uint32(11)
    word ^= word << np.uint32(7) & np.uint32(0x9D2C5680)
    word ^= word << np.uint32(15) & np.uint32(0xEFC60000)
    word ^= word >> np.uint32(18)
    high, low = word[::2] >> np.uint32(5), word[1::2] >> np.uint32(6)
    numbers: Reals = ((high * 2.0**26 + low) * 2.0**-53).T
    return numbers
