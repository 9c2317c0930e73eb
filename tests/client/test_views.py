"""Values of artifacts as bounded JSON: tables, arrays, pictures, trees, text."""

from __future__ import annotations

import base64
import json
from collections import namedtuple
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import polars as pl
import pytest
from matplotlib.figure import Figure
from PIL import Image

from lineage.client.views import LIMIT, value_view
from lineage.client.views.tables import COLUMNS, ROWS
from lineage.client.views.trees import ITEMS, NODES

Point = namedtuple("Point", "x y")


def image(width: int, height: int) -> Image.Image:
    """Noise, which no encoder makes smaller."""
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype="uint8")
    return Image.fromarray(noise)


def encoded(picture: Image.Image, form: str) -> bytes:
    target = BytesIO()
    picture.save(target, form)
    return target.getvalue()


def leaves(tree: Any) -> int:
    return 1 if isinstance(tree, str) else 1 + sum(leaves(item) for _, item in tree["items"])


def test_a_frame_is_its_first_rows_with_types_and_what_is_missing() -> None:
    frame = pd.DataFrame({"day": pd.to_datetime(["2026-11-21"] * 500), "orders": [1.25, None] * 250})
    view = value_view(frame)
    assert (view["kind"], view["type"], view["shape"]) == ("table", "pandas.DataFrame", [500, 2])
    assert [column["name"] for column in view["columns"]] == ["day", "orders"]
    assert [column["number"] for column in view["columns"]] == [False, True]
    assert view["rows"][:2] == [["2026-11-21", "1.25"], ["2026-11-21", None]]
    assert len(view["rows"]) == ROWS


def test_an_index_with_a_meaning_is_the_first_column() -> None:
    view = value_view(pd.Series([1, 2], index=["north", "south"], name="orders"))
    assert [column["name"] for column in view["columns"]] == ["index", "orders"]
    assert view["rows"] == [["north", "1"], ["south", "2"]]
    assert view["shape"] == [2, 1]


def test_odd_frames_are_still_tables() -> None:
    twice = pd.DataFrame(np.zeros((1, 2)), columns=["a", "a"])
    assert [column["name"] for column in value_view(twice)["columns"]] == ["a", "a"]
    levels = pd.DataFrame({("a", "b"): [1]})
    assert value_view(levels)["columns"][0]["name"] == "('a', 'b')"
    wide = pd.DataFrame(np.zeros((1, 1000)))
    assert len(value_view(wide)["columns"]) == COLUMNS
    assert value_view(wide)["shape"] == [1, 1000]
    unknown = pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "b": [[1], None]})
    assert value_view(unknown)["rows"] == [["1", "[1]"], [None, None]]
    assert value_view(pd.DataFrame())["rows"] == []


def test_frames_of_polars_are_tables_too() -> None:
    view = value_view(pl.DataFrame({"shop": ["north", None], "orders": [1, 2]}))
    assert view["rows"] == [["north", "1"], [None, "2"]]
    assert [column["type"] for column in view["columns"]] == ["String", "Int64"]
    assert value_view(pl.Series("orders", [1]))["kind"] == "table"


def test_a_list_of_records_is_a_table_and_one_of_other_dicts_a_tree() -> None:
    view = value_view([{"day": 1, "orders": 20}, {"day": 2, "orders": 23}])
    assert (view["kind"], view["shape"]) == ("table", [2, 2])
    assert value_view([{"day": 1}, {"night": 2}])["kind"] == "tree"
    assert value_view([{"day": {"deep": 1}}])["kind"] == "tree"


def test_an_array_is_told_by_shape_type_range_and_a_histogram() -> None:
    view = value_view(np.array([[0, 1, 2], [3, np.nan, np.inf]], dtype="float32"))
    assert (view["kind"], view["shape"], view["dtype"]) == ("array", [2, 3], "float32")
    assert (view["low"], view["high"], view["mean"], view["missing"]) == ("0", "3", "1.5", 1)
    assert sum(view["bars"]) == 4
    assert value_view(np.array([True, False]))["high"] == "1"
    assert value_view(np.full(3, 7.0))["bars"] == []


@pytest.mark.parametrize(
    "array", [np.array([]), np.array(["a", None], dtype=object), np.array(["2026-11-21"], dtype="M8[D]")]
)
def test_arrays_without_numbers_are_shown_without_statistics(array: Any) -> None:
    view = value_view(array)
    assert view["kind"] == "array"
    assert not view.get("bars")


def test_encoded_pictures_go_as_they_are_and_large_ones_are_made_smaller() -> None:
    data = encoded(image(20, 10), "JPEG")
    assert (value_view(data)["kind"], value_view(data)["mime"]) == ("picture", "image/jpeg")
    assert base64.b64decode(value_view(data)["data"]) == data
    large = value_view(encoded(image(800, 600), "PNG"))
    assert (large["kind"], large["size"]) == ("picture", [800, 600])
    assert len(large["data"]) < LIMIT
    assert Image.open(BytesIO(base64.b64decode(large["data"]))).width < 800


def test_images_and_figures_are_pictures() -> None:
    assert value_view(image(20, 10))["size"] == [20, 10]
    assert value_view(image(20, 10).convert("CMYK"))["kind"] == "picture"
    figure = Figure()
    figure.subplots().plot([1, 3, 2])
    view = value_view(figure)
    assert base64.b64decode(view["data"]).startswith(b"\x89PNG")


def test_a_plotly_figure_is_its_json_if_that_is_short_enough() -> None:
    view = value_view(go.Figure(go.Bar(y=[1, 2])))
    assert json.loads(view["figure"])["data"][0]["type"] == "bar"
    assert value_view(go.Figure(go.Scatter(y=np.zeros(50_000) + 0.1)))["kind"] == "text"


def test_dicts_and_lists_are_trees() -> None:
    view = value_view({"alpha": 0.9, "layers": [64, 32], 3: Point(1, "2"), "none": {}})
    assert view["type"] == "dict"
    tree = dict(view["value"]["items"])
    assert tree["alpha"] == "0.9"
    assert tree["layers"] == {"type": "list", "length": 2, "items": [["0", "64"], ["1", "32"]]}
    assert tree["3"]["items"] == [["x", "1"], ["y", "'2'"]]
    assert tree["none"] == {"type": "dict", "length": 0, "items": []}


def test_trees_are_cut_in_every_direction_and_name_their_lengths() -> None:
    long = value_view(list(range(10_000)))["value"]
    assert (long["length"], len(long["items"])) == (10_000, ITEMS)
    broad = value_view([[list(range(100)) for _ in range(100)] for _ in range(100)])["value"]
    assert leaves(broad) <= NODES + 200
    deep: Any = "leaf"
    for _ in range(10_000):
        deep = [deep]
    assert len(json.dumps(value_view(deep))) < 2_000
    circle: list[Any] = []
    circle.append(circle)
    assert value_view(circle)["kind"] == "tree"


def test_everything_else_is_text_and_hostile_objects_do_no_harm() -> None:
    class Broken:
        shape = property(lambda self: 1 / 0)

        def __repr__(self) -> str:
            raise RuntimeError("no")

        def _repr_html_(self) -> str:
            raise AssertionError("HTML of the value's own is not asked for")

    assert value_view(Broken())["text"] == "its repr raised RuntimeError: no"
    assert value_view(b"\x00" * 100)["kind"] == "text"
    cut = value_view("x" * 300_000)
    assert len(cut["text"]) < 11_000
    assert cut["more"] == 290_000
    assert value_view(np.float64(0.5))["kind"] == "text"


@pytest.mark.parametrize(
    "value",
    [
        {"x" * 1000: "y" * 10**6},
        pd.DataFrame({str(i): ["z" * 10**5] * 30 for i in range(30)}),
        np.array(["x" * 10**6]),
        [["a" * 400] * 99] * 99,
        float("nan"),
        {"\ud800": "\ud800\x1b[2J"},
    ],
)
def test_no_view_is_longer_than_the_limit_and_all_are_strict_json(value: Any) -> None:
    text = json.dumps(value_view(value), allow_nan=False)
    assert len(text) <= LIMIT
    text.encode()
