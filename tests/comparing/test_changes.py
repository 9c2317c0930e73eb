"""The differences between two runs or events, one by one, as values and in words."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from lineage.comparing.changes import ABSENT, Change, Unloaded, event_changes, run_changes
from lineage.records.contents import RunContents
from tests.support.drawn import START


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
        (Change("artifact", "price", Decimal("0.5"), "0.5"), "price Decimal('0.5') -> 0.5"),
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


def node(**facts: Any) -> dict[str, Any]:
    """A run's node, as far as its changes are read off it."""
    known = {"status": "completed", "created_at": START, "finished_at": START + timedelta(minutes=1)}
    return known | facts


def changed(a: dict[str, Any], b: dict[str, Any], *sides: RunContents) -> list[tuple[Any, ...]]:
    changes = run_changes(a, b, *(sides or (RunContents(), RunContents())))
    return [(c.kind, c.name, c.before, c.after) for c in changes]


def test_all_that_differs_between_two_runs_stands_in_one_order() -> None:
    before = node(branch="prod", system_tags=["python_version:3.11", "metaflow_version:2.19", "user:a:b"])
    after = node(status="failed", system_tags=["python_version:3.12", "metaflow_version:2.19", "user:c"])
    first = RunContents({"alpha": "p1"}, {"model": "m1"}, {"commit": "3f2a", "script": "flow.py"})
    second = RunContents({"alpha": "p2"}, {"model": "m2"}, {"commit": "91bc"})
    assert changed(before, after, first, second) == [
        ("parameter", "alpha", Unloaded("p1"), Unloaded("p2")),
        ("code", "commit", "3f2a", "91bc"),
        ("code", "project branch", "prod", "none"),
        ("version", "python", "3.11", "3.12"),
        ("status", "status", "completed", "failed"),
        ("artifact", "model", Unloaded("m1"), Unloaded("m2")),
    ]
    assert changed(after, before)[0] == ("code", "project branch", "none", "prod")
    unread = RunContents(unread="no access")
    assert changed(node(), node(), first, unread) == changed(node(), node(), unread, second) == []
    metaflow = (node(system_tags=[f"metaflow_version:{version}"]) for version in ("2.19:x", "2.20"))
    assert changed(*metaflow) == [("version", "metaflow", "2.19:x", "2.20")]


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        (5, 10, True),
        (10, 5, True),
        (4, 9, True),
        (5, 9.9, False),
        (1, 5.9, False),
        (0, 5, True),
        (60, 119, False),
    ],
)
def test_a_duration_counts_from_twice_as_long_and_five_seconds_more(
    before: float, after: float, counts: bool
) -> None:
    a, b = (node(finished_at=START + timedelta(seconds=seconds)) for seconds in (before, after))
    assert changed(a, b) == ([("duration", "duration", before, after)] if counts else [])
    for lacking in ({"created_at": None}, {"finished_at": None}):
        assert changed(a | lacking, b) == changed(a, b | lacking) == []
