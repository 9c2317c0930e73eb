"""The differences between two runs or events, one by one, as values and in words."""

from __future__ import annotations

import pytest

from lineage.comparing.changes import ABSENT, Change, Unloaded, event_changes


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (Change("code", "commit", "3f2a" * 10, "3f2b" * 10), "commit 3f2a -> 3f2b"),
        (Change("code", "commit", "abcdef1234", "abcdef9999"), "commit abcdef1 -> abcdef9"),
        (
            Change("code", "commit", "3f2a77 with uncommitted changes", "91bc88"),
            "commit 3f2a with uncommitted changes -> 91bc",
        ),
        (Change("code", "package", "aabbccdd", "eeff0011"), "package aabb -> eeff"),
        (
            Change("code", "script", "a_long_name.py", "b_long_name.py"),
            "script a_long_name.py -> b_long_name.py",
        ),
        (Change("parameter", "commit", "abcdefgh", "hgfedcba"), "commit abcdefgh -> hgfedcba"),
        (Change("parameter", "alpha", 0.5, "x"), "alpha 0.5 -> x"),
        (Change("payload", "week", ABSENT, 5), "week: only in B"),
        (Change("payload", "week", None, 5), "week None -> 5"),
        (Change("artifact", "rows", Unloaded("r1"), [1]), "rows: other content"),
        (Change("duration", "duration", 5.0, 90.0), "took 5.0 s -> 1 min 30 s"),
    ],
)
def test_each_change_in_words(change: Change, text: str) -> None:
    assert str(change) == text
    assert len(Change("parameter", "a", "x" * 500, 1).text("x" * 500)) < 70


def test_placeholders_are_equal_by_their_hash() -> None:
    assert Unloaded("r1") == Unloaded("r1") != Unloaded("r2")
    assert len({Unloaded("r1"), Unloaded("r1"), Unloaded("r2")}) == 2
    assert Unloaded("r1") != "r1"
    assert (repr(Unloaded("0123456789")), repr(ABSENT)) == ("not loaded (hash 01234567)", "absent")


def test_a_field_that_one_payload_lacks_is_a_change_of_the_payload() -> None:
    changes = list(event_changes({"payload": {"a": None, "b": 1}}, {"payload": {"b": 1, "c": None}}))
    assert [(c.kind, c.name, c.before, c.after) for c in changes] == [
        ("payload", "a", None, ABSENT),
        ("payload", "c", ABSENT, None),
    ]
    assert list(event_changes({"payload": None}, {"payload": {}})) == []
