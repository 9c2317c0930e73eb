"""Which word on the command line gives a parameter its recorded value, and whether one is needed."""

from __future__ import annotations

from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest

from lineage.client.artifacts import Unread
from lineage.replaying.typed import ARGUMENT_LIMIT, NotTypeable, is_default, typed
from metaflow_extensions.lineage.plugins.metadata.plain_pickle import IncludedFile

TEXT: dict[str, Any] = {"json": False, "separator": None}


def included(url: str) -> IncludedFile:
    file = IncludedFile()
    file.descriptor = {"type": "uploader-v2", "url": url}
    return file


@pytest.mark.parametrize(
    ("value", "declared", "word"),
    [
        ("plain", TEXT, "plain"),
        ("", TEXT, ""),
        (-3, TEXT, "-3"),
        (0.1, TEXT, "0.1"),
        (False, TEXT, "False"),
        (["a", "", "b c"], {**TEXT, "separator": ","}, "a,,b c"),
        ({"a": None}, {**TEXT, "json": True}, '{"a": null}'),
        ("text", {**TEXT, "json": True}, '"text"'),
        (included("local:///x/1"), {"file": None}, '{"type": "uploader-v2", "url": "local:///x/1"}'),
    ],
)
def test_the_word_of_each_kind_of_value(value: Any, declared: dict[str, Any], word: str) -> None:
    assert typed(value, declared) == word


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "was None"),
        ([1], "was a list"),
        ({"a": 1}, "was a dict"),
        (Unread("not plain data"), r"could not be read \(not plain data\)"),
        ("a\0b", "NUL"),
        ("ä" * ARGUMENT_LIMIT, "too large"),
    ],
)
def test_values_without_a_word_say_why(value: Any, why: str) -> None:
    with pytest.raises(NotTypeable, match=why):
        typed(value, TEXT)


def test_a_value_is_the_default_only_where_that_is_known(tmp_path: Path) -> None:
    assert is_default(5, {"default": 5.0})
    assert not is_default(None, {"default": 5})
    assert not is_default("x", TEXT)  # a function makes it
    assert is_default(None, {"file": None})
    file = tmp_path / "text.txt"
    file.write_text("content")
    stored = included(f"s3://bucket/Flow/{sha1(b'content').hexdigest()}")
    assert is_default(stored, {"file": str(file)})
    file.write_text("another content")
    assert not is_default(stored, {"file": str(file)})
    file.unlink()
    assert not is_default(stored, {"file": str(file)})
    assert not is_default(stored, {"file": None})
