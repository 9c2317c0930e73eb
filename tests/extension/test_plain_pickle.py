"""Pickles of plain data are read without unpickling; everything else is refused."""

from __future__ import annotations

import collections
import contextlib
import datetime
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from metaflow.includefile import IncludedFile as MetaflowsIncludedFile
from metaflow.user_configs.config_parameters import ConfigValue

from metaflow_extensions.lineage.plugins.metadata.plain_pickle import IncludedFile, NotPlain, read_plain

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers(), inner)
    ),
    max_leaves=30,
)


@given(PLAIN, st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_plain_data_comes_back_as_it_was_in_every_protocol(value: object, protocol: int) -> None:
    assert read_plain(pickle.dumps(value, protocol)) == value


@given(st.binary(), st.binary(max_size=40), st.integers(0, 200))
def test_broken_pickles_are_refused_and_do_nothing_else(noise: bytes, part: bytes, place: int) -> None:
    whole = pickle.dumps({"rates": [0.1, (2, "three")], "deep": {"layers": [None, True] * 10}})
    for data in (noise, whole[:place], whole[:place] + part + whole[place + len(part) :]):
        with contextlib.suppress(NotPlain):
            read_plain(data)


def test_shared_values_are_shared_and_a_small_pickle_stays_small() -> None:
    shared = ["a word"]
    assert read_plain(pickle.dumps([shared, shared])) == [shared, shared]


class Marker:
    """Would write a file if it were loaded."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self.path, "w")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_nothing_that_a_pickle_names_is_called(tmp_path: Any, protocol: int) -> None:
    marker = tmp_path / "marker"
    for value in (Marker(str(marker)), [1, {"deep": Marker(str(marker))}], {"a": (Marker(str(marker)),)}):
        data = pickle.dumps(value, protocol)
        with pytest.raises(NotPlain, match=r"io\.open"):
            read_plain(data)
    assert not marker.exists()
    pickle.loads(data)["a"][0].close()
    assert marker.exists()  # a pickle that is loaded leaves it


@pytest.mark.parametrize(
    "value",
    [
        {1, 2},
        b"bytes",
        1j,
        datetime.date(2026, 1, 1),
        collections.OrderedDict(a=1),
        range(3),
        print,
        {(1, 2): 3},
        {"a": [frozenset()]},
    ],
    ids=repr,
)
@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_other_kinds_are_refused(value: object, protocol: int) -> None:
    with pytest.raises(NotPlain):
        read_plain(pickle.dumps(value, protocol))


@pytest.mark.parametrize("protocol", [2, 4])
def test_metaflows_own_classes_for_parameters_are_read_as_data(protocol: int) -> None:
    file = read_plain(pickle.dumps(MetaflowsIncludedFile({"type": "self-contained", "size": 12}), protocol))
    assert isinstance(file, IncludedFile)
    assert file.descriptor["size"] == 12
    assert read_plain(pickle.dumps(ConfigValue({"kept": True}), protocol)) == {"kept": True}


# written out, this has a million million items
def doubled(times: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(times):
        value = [value, value]
    return value


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def within_itself() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    "value",
    [doubled(40), nested(200), within_itself(), ["x" * 5000] * 5000],
    ids=["doubled", "nested", "within itself", "repeated"],
)
def test_a_small_pickle_that_is_huge_when_written_out_is_refused(value: object) -> None:
    with pytest.raises(NotPlain, match="nested too deeply, or repeats itself"):
        read_plain(pickle.dumps(value))
