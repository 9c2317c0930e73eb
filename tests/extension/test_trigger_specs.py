"""What may be written after `--trigger`; nothing here starts a process."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaflow_extensions.lineage.plugins.metadata.causes import (
    TriggerEntry,
    hand_down,
    is_handed_down,
    take_up,
)
from metaflow_extensions.lineage.plugins.option.deployment_options import problem_with
from metaflow_extensions.lineage.plugins.option.specs import (
    FIELD_LIMIT,
    PAYLOAD_LIMIT,
    BadSpec,
    EventSpec,
    RunSpec,
    parse_environment,
    parse_spec,
)

PLUGINS = "metaflow_extensions.lineage.plugins"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.dictionaries(st.text(max_size=12), JSON, max_size=6)


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("TrainingFlow/34", RunSpec("TrainingFlow", "34")),
        ("TrainingFlow/argo-training.x-abc", RunSpec("TrainingFlow", "argo-training.x-abc")),
        ("first", EventSpec("first")),
        (" mfns.shop.user.ann.first ", EventSpec("mfns.shop.user.ann.first")),
        ('{"name": "first"}', EventSpec("first")),
        ('{"name": "first", "fields": {}}', EventSpec("first", {})),
        (
            '{"name": "first", "id": "e1", "timestamp": 7, "fields": {"x": 1}}',
            EventSpec("first", {"x": 1}, "e1", 7),
        ),
    ],
)
def test_a_run_a_name_or_an_object(text: str, spec: object) -> None:
    assert parse_spec(text) == spec


NOT_SECONDS = "timestamp of 'first' must be a whole number of seconds since 1970, not"
BAD = [
    ("", "invalid event name ''"),
    ("first second", "invalid event name 'first second'"),
    ("first!", "invalid event name 'first!'"),
    ("TrainingFlow/", "invalid run 'TrainingFlow/'"),
    ("/34", "invalid run '/34'"),
    ("TrainingFlow/34/start", "invalid run 'TrainingFlow/34/start'"),
    ('{"name": "first"', "invalid JSON at '{\"name\": \"first\"': Expecting ',' delimiter"),
    ("{'name': 'first'}", "invalid JSON at '{'name': 'first'}': Expecting property name"),
    ('["first"]', "'[\"first\"]' is not a JSON object"),
    ('{"fields": {"x": 1}}', "has no name"),
    ('{"name": 5}', "'{\"name\": 5}' has no name"),
    ('{"name": "a b"}', "invalid event name 'a b'"),
    ('{"name": "first", "fields": [1]}', "fields of 'first' must be a JSON object, not '[1]'"),
    ('{"name": "first", "fields": null}', "fields of 'first' must be a JSON object, not 'null'"),
    ('{"name": "first", "feilds": {}}', "an event has no key 'feilds'; did you mean fields?"),
    ('{"name": "first", "payload": {}}', "an event has no key 'payload' (the keys are name, fields, id"),
    ('{"name": "first", "name": "second"}', "duplicate key 'name' in a JSON object"),
    ('{"name": "first", "fields": {"x": NaN}}', "'NaN' is not a JSON value"),
    ('{"name": "first", "id": 5}', "id of 'first' must be a non-empty string, not '5'"),
    ('{"name": "first", "id": " "}', "id of 'first' must be a non-empty string, not '\" \"'"),
    ('{"name": "first", "timestamp": "now"}', f"{NOT_SECONDS} '\"now\"'"),
    ('{"name": "first", "timestamp": 1.5}', f"{NOT_SECONDS} '1.5'"),
    ('{"name": "first", "timestamp": true}', f"{NOT_SECONDS} 'true'"),
    ('{"name": "first", "timestamp": 0}', f"{NOT_SECONDS} '0'"),
    ('{"name": "first", "timestamp": 99999999999999999}', f"{NOT_SECONDS} '99999999999999999'"),
    ('{"name": "first", "fields": {"x": 1e999}}', "'1e999' is too large for a number"),
    ('{"name": "first", "fields": {"x": [{"y": -1e400}]}}', "'-1e400' is too large for a number"),
    ('{"name": "first", "fields": {"x": Infinity}}', "'Infinity' is not a JSON value"),
    ('{"name": "first", "fields": {"x": ' + "9" * 5000 + "}}", "has more than 300 digits; send it as text"),
    ('{"name": "first", "fields": {"x": "\\ud83d"}}', "'?' has half a character"),
    ('{"name": "first", "fields": {"\\udcff": 1}}', "'?' has half a character"),
    ('{"name": "first", "id": "e\\ude00"}', "'e?' has half a character"),
    ("TrainingFlow/3\udc80", "'TrainingFlow/3?' has half a character"),  # an argument that is not UTF-8
    ('{"name": "first", "fields": {"x": "a\\u0000b"}}', "'a\\x00b' has a NUL character"),
    ('{"name": "first", "fields": {"x": ' + "[" * 120 + "]" * 120 + "}}", "is nested too deeply"),
    ('{"name": "first", "fields": ' + "[" * 100_000, "is nested too deeply"),
    (
        json.dumps({"name": "first", "fields": {f"f{number}": 1 for number in range(10_000)}}),
        f"'first' has 10,000 fields; the maximum is {FIELD_LIMIT:,}",
    ),
    (
        json.dumps({"name": "first", "fields": {"small": 1, "big": "x" * PAYLOAD_LIMIT}}),
        "the fields of 'first' take 65,559 bytes, most of them in 'big'; the maximum is 65,536",
    ),
]


@pytest.mark.parametrize(("text", "said"), BAD, ids=[text[:30] for text, _ in BAD])
def test_what_makes_no_sense_is_quoted_in_one_line(text: str, said: str) -> None:
    with pytest.raises(BadSpec) as refused:
        parse_spec(text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 250


@given(st.text())
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    for read in (parse_spec, parse_environment):
        with contextlib.suppress(BadSpec):
            read(text)


@pytest.mark.parametrize("text", ["[1, ", '{"name"', '["first"] x'])
def test_a_broken_environment_is_refused(text: str) -> None:
    with pytest.raises(BadSpec, match="invalid JSON"):
        [parse_spec(value) for value in parse_environment(text)]


@given(FIELDS)
def test_what_is_accepted_can_be_kept_by_any_json_store(fields: dict[str, object]) -> None:
    with contextlib.suppress(BadSpec):
        spec = parse_spec(json.dumps({"name": "first", "fields": fields}))
        assert isinstance(spec, EventSpec)
        json.dumps(spec.fields, allow_nan=False, ensure_ascii=False).encode()


@given(FIELDS, st.text(min_size=1), st.integers(1, 4_000_000_000))
def test_what_is_handed_down_to_tasks_comes_back_as_it_was(
    fields: dict[str, object], event_id: str, timestamp: int
) -> None:
    entry = TriggerEntry("first", event_id, timestamp, "event", fields or None, origin="DataFlow/1")
    value = hand_down(entry)
    assert is_handed_down(value)
    assert value.isascii()
    assert not set(value) & set(" '\"$\\\n*")  # it passes through a shell on the way to a container
    assert take_up(value) == entry


def test_the_largest_payload_fits_into_one_argument_of_a_process() -> None:
    entry = TriggerEntry("first", "e1", 7, "event", {"x": "é" * (PAYLOAD_LIMIT // 2)})
    assert len(hand_down(entry)) < 128 * 1024


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, None),
        ({"reset_at": {"cron": "0 0 * * *"}}, None),
        ({"reset_at": {"cron": "*/5 1-3 * JAN,FEB MON", "timezone": "Europe/Helsinki"}}, None),
        ({"reset_at": {"cron": "@daily", "timezone": "UTC"}}, "must have five fields"),
        (
            {"reset_at": {"cron": "0 9 * * 7"}},
            "the weekday in the cron of reset_at must be from 0 to 6, not 7",
        ),
        ({"reset_at": {"cron": "61 * * * *"}}, "the minute in the cron of reset_at must be from 0 to 59"),
        ({"reset_at": {"cron": "*/90 9-17 1 jan-mar MON"}}, None),
        ({"reset": 5}, "Argo Workflows does not know the option 'reset'; it knows only reset_at={"),
        ([1], "options must be a dict, not '[1]'"),
        ({"reset_at": "0 0 * * *"}, "the option reset_at must be a dict, not '0 0 * * *'"),
        ({"reset_at": {"corn": "0 0 * * *"}}, "reset_at has no key 'corn'; did you mean cron?"),
        (
            {"reset_at": {"cron": "midnight"}},
            "cron of reset_at must have five fields (minute hour day month weekday), not 'midnight'",
        ),
        (
            {"reset_at": {"timezone": "UTC"}},
            "cron of reset_at must have five fields (minute hour day month weekday), not 'None'",
        ),
        (
            {"reset_at": {"cron": "0 0 * * *", "timezone": "Mars/Crater"}},
            "timezone of reset_at must be a name such as Europe/Helsinki or UTC, not 'Mars/Crater'",
        ),
        (
            {"reset_at": {"cron": "0 0 * * *", "timezone": 2}},
            "timezone of reset_at must be a name such as Europe/Helsinki or UTC, not '2'",
        ),
    ],
)
def test_options_that_argo_would_not_understand(options: object, said: str | None) -> None:
    found = problem_with(options)
    assert (found is None) == (said is None)
    assert said is None or said in str(found)


@pytest.mark.parametrize(
    "name",
    [
        "option.specs",
        "option.declared",
        "trigger.trigger",
        "option.deployment_options",
        "metadata.argo_events",
        "near_names",
    ],
)
def test_the_examples_in_docstrings_hold(name: str) -> None:
    module = importlib.import_module(f"{PLUGINS}.{name}")
    assert doctest.testmod(module).attempted > 0
    assert doctest.testmod(module).failed == 0
