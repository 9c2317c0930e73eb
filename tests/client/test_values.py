"""A value as text."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lineage.client.values import TEXT, short_text, type_name, value_text


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no")


def test_a_long_value_is_cut_and_says_by_how_much() -> None:
    assert value_text("x" * (TEXT + 5)).endswith("x\n… 5 more characters")
    assert value_text("abcdef", 4) == "abcd\n… 2 more characters"


def test_a_repr_that_raises_is_said_in_place() -> None:
    assert value_text(Broken()) == "its repr raised RuntimeError: no"
    assert short_text(Broken(), 80) == "its repr raised RuntimeError"


def test_builtins_go_by_their_plain_name() -> None:
    assert type_name({}) == "dict"
    assert type_name(pd.Series(dtype=float)) == "pandas.Series"


def test_where_a_value_was_in_memory_is_not_part_of_its_text() -> None:
    class Model:
        pass

    assert value_text([Model()]) == value_text([Model()])
    assert value_text([Model()]).endswith("Model object>]")
    assert value_text("<it was at 0x7f00>") == "<it was at 0x7f00>"


def test_on_one_line_text_has_quotes_and_arrays_their_shape() -> None:
    assert short_text("5", 80) == "'5'"
    assert short_text("x" * 100, 4) == "'xxx…"
    assert short_text(np.zeros((2, 3)), 80) == "numpy.ndarray 2 × 3"
