"""The small readers: pathspecs, keys of events, and which code a task ran."""

from __future__ import annotations

import json

import pytest

from lineage.records.contents import code_of, is_users
from lineage.records.metadata import broken_record
from lineage.records.model import RunRecord, TriggerEvent, event_of_key, run_of, split_pathspec


@pytest.mark.parametrize(
    ("pathspec", "parts"),
    [
        ("ETLFlow/1", ("ETLFlow", "1")),
        ("ETL.Flow/..1", ("ETL.Flow", "..1")),
        ("ETLFlow", None),
        ("ETLFlow/1/start", None),
        ("/1", None),
        ("ETLFlow/", None),
        ("../1", None),
        ("ETLFlow/..", None),
        ("./1", None),
        ("ETL\0Flow/1", None),
        ("ETLFlow/1\\2", None),
    ],
)
def test_only_a_flow_and_an_id_that_lead_nowhere_else_are_a_pathspec(
    pathspec: str, parts: tuple[str, str] | None
) -> None:
    assert split_pathspec(pathspec) == parts


def test_the_run_of_a_task_and_the_event_of_a_key_are_read_off_their_names() -> None:
    assert run_of("ETLFlow/1/end/9") == run_of("ETLFlow/1") == "ETLFlow/1"
    assert event_of_key("event:ready/a/b") == TriggerEvent("ready", "a/b", None, "event")


def test_a_run_that_cannot_be_read_keeps_its_name_and_the_reason() -> None:
    assert broken_record("ETLFlow/1/2", "no access") == RunRecord("ETLFlow", "1/2", problems=("no access",))


@pytest.mark.parametrize(("name", "users"), [("model", True), ("_foreach_stack", False), ("name", False)])
def test_artifacts_of_metaflow_are_not_the_users(name: str, users: bool) -> None:
    assert is_users(name) == users


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, {}),
        ({"script-name": "train.py", "git-info": None, "code-package": ""}, {"script": "train.py"}),
        ({"git-info": {"commit_sha": "91bc"}}, {"commit": "91bc"}),
        (
            {"git-info": {"commit_sha": "91bc", "has_uncommitted_changes": True}},
            {"commit": "91bc with uncommitted changes"},
        ),
        ({"git-info": {"has_uncommitted_changes": True}}, {}),
        ({"code-package": {"sha": 77}}, {"package": "77"}),
        ({"git-info": "[" * 9999, "code-package": '["sha"]'}, {}),
        ({"git-info": "{", "code-package": {"sha": "ab"}}, {"package": "ab"}),
    ],
)
def test_code_is_told_as_far_as_it_was_recorded(fields: dict[str, object], code: dict[str, str]) -> None:
    text = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in fields.items()}
    assert code_of(text) == code
