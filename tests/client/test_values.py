"""How an artifact's value is shown."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lineage.client.values import TEXT, type_name, value_html, value_text


def test_a_table_is_shown_as_a_table_and_escaped() -> None:
    shown = value_html(pd.DataFrame({"<script>": ["<img onerror=1>"]}))
    assert "<table" in shown
    assert "<script>" not in shown
    assert "<img" not in shown
    assert "pandas.DataFrame" in shown


def test_an_array_is_told_by_shape_and_type() -> None:
    assert "2 × 3, float32" in value_html(np.zeros((2, 3), dtype="float32"))


def test_a_long_value_is_cut_and_says_by_how_much() -> None:
    shown = value_html("x" * (TEXT + 5))
    assert "… 5 more characters" in shown
    assert f"length {TEXT + 5:,}" in shown


def test_a_repr_that_raises_is_said_in_place() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    assert "its repr raised RuntimeError: no" in value_html(Broken())


def test_a_value_brings_no_html_of_its_own() -> None:
    class Eager:
        def _repr_html_(self) -> str:
            return "<script>alert(1)</script>"

        def __repr__(self) -> str:
            return "<script>"

    assert "<script>" not in value_html(Eager())


def test_builtins_go_by_their_plain_name() -> None:
    assert type_name({}) == "dict"
    assert type_name(pd.Series(dtype=float)) == "pandas.Series"


def test_where_a_value_was_in_memory_is_not_part_of_its_text() -> None:
    class Model:
        pass

    assert value_text([Model()]) == value_text([Model()])
    assert value_text([Model()]).endswith("Model object>]")
    assert value_text("<it was at 0x7f00>") == "<it was at 0x7f00>"


def test_a_shorter_text_can_be_asked_for() -> None:
    assert value_text("abcdef", 4) == "abcd\n… 2 more characters"
