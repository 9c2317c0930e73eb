"""The parser: what Metaflow writes down, as records; and that nothing at all makes it fail."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from types import MappingProxyType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lineage.catalog.rows import edge_rows, run_from_row, run_row
from lineage.records.metadata import needed_rows, run_record
from lineage.records.model import RunRecord, TriggerEvent
from metaflow_extensions.lineage.plugins.metadata.causes import from_epoch
from tests.support.planted import plant
from tests.support.records import JSON as WHOLE_JSON
from tests.support.records import records

JSON = WHOLE_JSON | st.just("\ud800") | st.just(["\udfff", {"name": "\ud800", "id": "\ud800"}])
NOW = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)
BORN = 1_777_600_000_000  # milliseconds; 2026-05-01 01:46:40 UTC
RUN = {"flow_id": "A", "run_number": "1", "ts_epoch": BORN}


def row(step: str, field: str, value: str, seconds: float = 0, task: str = "1") -> dict[str, object]:
    when = BORN + int(seconds * 1000)
    return {"step_name": step, "task_id": task, "field_name": field, "value": value, "ts_epoch": when}


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(BORN / 1000 + seconds, timezone.utc)


WELL = row("end", "attempt_ok", "True", 60)


@pytest.mark.parametrize(
    ("rows", "more", "status", "finished"),
    [
        ([WELL], {}, "completed", at(60)),
        ([row("middle", "attempt_ok", "False", 30)], {}, "failed", at(30)),
        ([row("end", "attempt_ok", "False", 30)], {}, "failed", at(30)),
        # a task that failed and runs again has not failed
        ([row("m", "attempt_ok", "False", 30), row("m", "attempt", "1", 31)], {}, "running", None),
        (
            [row("m", "attempt_ok", "False", 3), row("m", "attempt_ok", "True", 9), WELL],
            {},
            "completed",
            at(60),
        ),
        ([row("end", "attempt_ok", "False", 3), WELL], {}, "completed", at(60)),
        # one branch failed, another goes on
        ([row("m", "attempt_ok", "False", 3), row("n", "attempt", "0", 9, "2")], {}, "failed", at(3)),
        ([row("m", "attempt", "0", 3)], {}, "running", None),
        ([], {}, "running", None),
        ([], {"ts_epoch": BORN - 86_400_000}, "unknown", None),
        ([row("m", "attempt", "0", 3)], {"ts_epoch": BORN - 86_400_000}, "running", None),
        # heartbeats, in seconds: one a while ago is a run that was killed
        ([], {"last_heartbeat_ts": int(NOW.timestamp()) - 60}, "running", None),
        ([], {"last_heartbeat_ts": int(NOW.timestamp()) - 900}, "failed", NOW - timedelta(minutes=15)),
        ([WELL], {"last_heartbeat_ts": int(NOW.timestamp()) - 900}, "completed", at(60)),
        ([], {"ts_epoch": None}, "unknown", None),
        # each task of a foreach counts, and of two values of one moment the later row
        ([row("m", "attempt_ok", "False", 3), row("m", "attempt_ok", "True", 9, "2")], {}, "failed", at(3)),
        ([row("m", "attempt_ok", "False", 3), row("m", "attempt_ok", "True", 3)], {}, "running", None),
        ([row("m", "attempt_ok", "False", 3), row("m", "attempt", "0", 3)], {}, "failed", at(3)),
        # the latest row counts wherever it stands, and one with an impossible time does not
        (
            [row("m", "runtime", "x", 0), row("m", "runtime", "x", -200_000)],
            {"ts_epoch": BORN - 300_000_000},
            "running",
            None,
        ),
        ([row("m", "attempt", "0") | {"ts_epoch": 5 * 10**15}], {}, "running", None),
        ([row("m", "attempt", "0") | {"ts_epoch": 253_402_300_800_000}], {}, "running", None),  # year 10000
        # a task that ended when nobody knows has ended
        ([WELL | {"ts_epoch": None}], {}, "completed", None),
        ([row("m", "attempt_ok", "False") | {"ts_epoch": "x"}], {}, "failed", None),
        ([WELL | {"ts_epoch": 1}], {}, "completed", at(-BORN / 1000 + 0.001)),  # by a clock that was reset
        ([WELL | {"ts_epoch": float(BORN + 60_000)}], {}, "completed", at(60)),
        # patience to the second
        ([], {"last_heartbeat_ts": int(NOW.timestamp()) - 360}, "running", None),
        ([], {"ts_epoch": int(NOW.timestamp() - 86_400) * 1000}, "running", None),
    ],
)
def test_the_status_follows_from_what_was_written(
    rows: list[dict[str, object]], more: dict[str, object], status: str, finished: datetime | None
) -> None:
    record = run_record(RUN | more, rows, NOW)
    assert (record.status, record.finished_at) == (status, finished)
    assert run_record(RUN | more, needed_rows(rows), NOW) == record


def test_the_owner_and_the_date_are_those_of_the_start_and_not_of_a_later_tag() -> None:
    tagged = RUN | {"ts_epoch": BORN + 9e6, "user_name": "ben", "system_tags": ["user:ann", "runtime:dev"]}
    record = run_record(tagged, [row("_parameters", "start_step", "start")], NOW)
    assert (record.user, record.created_at) == ("ann", at(0))


def test_everything_that_a_run_records_is_in_its_record() -> None:
    run = {"flow_id": "A/B", "run_id": "argo-a-x7", "run_number": "1", "ts_epoch": BORN, "user": "ben"}
    started = [
        {"name": "metaflow.E.end", "id": "E/7/end/9", "timestamp": None, "type": "run"},
        {"name": "e", "id": "1", "timestamp": BORN // 1000, "type": "event"},
    ]
    payloads = [{"name": "e", "id": "1", "payload": {"week": 5}}]
    rows = [
        3,
        row("start", "execution-triggers", json.dumps(started), 1),
        row("start", "lineage-trigger-payloads", json.dumps(payloads), 1),
        row("start", "origin-run-id", "None", 2),
        row("start", "lineage-spawned-by", "P/1/start/1", 2),
        MappingProxyType(WELL),
    ]
    tags = {"tags": ["b", "a"], "system_tags": ["project:shop", "project_branch:prod"]}
    record = run_record(run | tags, rows, NOW)
    assert record == RunRecord(
        "A\N{DIVISION SLASH}B",
        "argo-a-x7",
        status="completed",
        created_at=at(0),
        finished_at=at(60),
        user="ben",
        tags=("a", "b"),
        system_tags=("project:shop", "project_branch:prod"),
        triggers=(
            TriggerEvent("metaflow.E.end", "E/7/end/9", None, "run"),
            TriggerEvent("e", "1", at(0), "event", {"week": 5}),
        ),
        spawned_by="P/1/start/1",
    )
    assert (record.project, record.branch) == ("shop", "prod")
    assert run_record(run | tags, rows, None) == replace(record, status="unread", finished_at=None)
    assert run_record(RUN, [], NOW).user is None


@pytest.mark.parametrize(
    ("more", "rows", "seconds"),
    [
        ({}, [], 0),
        ({}, [row("start", "attempt", "0", 5)], 0),
        ({"ts_epoch": BORN + 9_000_000}, [row("a", "runtime", "x", -50), row("b", "runtime", "x", 70)], -50),
        ({"ts_epoch": BORN + 9_000_000}, [row("a", "attempt", "0") | {"ts_epoch": 0}], 9000),
        (
            {"ts_epoch": BORN + 9_000_000},
            [{"ts_epoch": 0}, row("a", "runtime", "x", 5), row("b", "runtime", "x", 70)],
            5,
        ),
        ({"ts_epoch": 1}, [row("a", "runtime", "x")], -BORN / 1000 + 0.001),
        (
            {"ts_epoch": None},
            [row("a", "runtime", "x"), row("a", "x", "x") | {"ts_epoch": 1}],
            -BORN / 1000 + 0.001,
        ),
        # an id of the local store is the time to the microsecond
        ({"run_number": f"{BORN + 500}000", "ts_epoch": BORN + 9_000_000}, [], 0.5),
        ({"run_number": f"{BORN}0000", "ts_epoch": BORN + 9_000}, [], 9),
        ({"run_number": "argo-a-177760000", "ts_epoch": BORN + 9_000}, [], 9),
    ],
)
def test_a_run_began_at_the_time_in_its_id_or_when_it_first_wrote(
    more: dict[str, object], rows: list[dict[str, object]], seconds: float
) -> None:
    assert run_record(RUN | more, rows, NOW).created_at == at(seconds)
    assert run_record(RUN | more, needed_rows(rows), NOW).created_at == at(seconds)


def test_of_most_rows_only_the_first_and_the_last_time_are_needed() -> None:
    rows = [row("m", "runtime", "x", second) for second in range(9)]
    assert needed_rows([*rows, WELL]) == [WELL, {"ts_epoch": BORN}, {"ts_epoch": BORN + 60_000}]
    assert needed_rows([]) == []


@pytest.mark.parametrize(
    ("tags", "owner"), [(["user:"], "ben"), (["user:a"], "a"), (["x", "user:ann"], "ann")]
)
def test_the_owner_is_in_a_tag_or_else_in_the_run(tags: list[str], owner: str) -> None:
    assert run_record(RUN | {"user_name": "ben", "system_tags": tags}, [], NOW).user == owner


@pytest.mark.parametrize("origin", ["None", ""])
def test_a_run_that_resumed_none_has_no_origin(origin: str) -> None:
    assert run_record(RUN, [row("start", "origin-run-id", origin)], NOW).origin is None


def test_the_step_that_failed_first_is_named_if_the_run_failed() -> None:
    later, first = row("b", "attempt_ok", "False", 30), row("c", "attempt_ok", "False", 20, "2")
    assert run_record(RUN, [later, first], NOW).failed_step == "c"
    assert run_record(RUN, [later, first, WELL], NOW).failed_step is None
    killed = run_record(RUN | {"last_heartbeat_ts": 1}, [], NOW)
    assert (killed.status, killed.failed_step) == ("failed", None)


def test_a_step_with_other_letters_than_ascii_keeps_its_name_as_far_as_it_can_be_written() -> None:
    named = [row("_parameters", "start_step", "début"), row("_parameters", "end_step", "fin\ud800")]
    record = run_record(RUN, named, NOW)
    assert (record.start_step, record.end_step) == ("début", "fin?")


def test_steps_may_have_any_name() -> None:
    named = [row("_parameters", "start_step", "begin"), row("_parameters", "end_step", "finish")]
    triggers = json.dumps([{"name": "e", "id": "1", "timestamp": 5, "type": "event"}])
    rows = [*named, row("begin", "execution-triggers", triggers), row("finish", "attempt_ok", "True", 9)]
    record = run_record(RUN, rows, NOW)
    assert (record.start_step, record.end_step, record.status) == ("begin", "finish", "completed")
    assert [event.name for event in record.triggers] == ["e"]


@pytest.mark.parametrize(
    ("stored", "problem"),
    [
        ("{", "not a JSON list"),
        ('"x"', "not a JSON list"),
        ("[" * 9999, "not a JSON list"),
        ("[3]", "not a JSON object"),
        ('[{"name": 3}]', "without a name"),
        ('[{"name": "m", "type": "run", "id": "A"}]', "without a pathspec"),
        ('[{"name": "m", "type": "run", "id": "/1/end/2"}]', "without a pathspec"),
    ],
)
def test_a_broken_trigger_record_is_a_problem(stored: str, problem: str) -> None:
    record = run_record(RUN, [row("start", "execution-triggers", stored)], NOW)
    assert record.triggers == ()
    assert problem in record.problems[0]
    assert len(record.problems[0]) < 200


USUAL = {"name": "e", "id": "1", "timestamp": BORN // 1000, "type": "event"}
BY_RUN = {"name": "metaflow.E.end", "id": "E/7/end/9", "timestamp": BORN // 1000, "type": "run"}


def test_triggers_as_they_usually_are_written_are_read_whole() -> None:
    stored = row("start", "execution-triggers", json.dumps([USUAL, BY_RUN]))
    usual = (
        TriggerEvent("e", "1", at(0), "event"),
        TriggerEvent("metaflow.E.end", "E/7/end/9", at(0), "run"),
    )
    assert run_record(RUN, [stored], NOW).triggers == usual
    payload = json.dumps([{"name": "e", "id": "1", "payload": {"week": 5}}])
    carried = run_record(RUN, [stored, row("start", "lineage-trigger-payloads", payload)], NOW)
    assert carried.triggers == (replace(usual[0], payload={"week": 5}), usual[1])


@pytest.mark.parametrize(
    ("entry", "event_id", "problem"),
    [
        (USUAL | {"id": ""}, None, None),
        (USUAL | {"id": None}, None, None),
        (USUAL | {"id": "a/b"}, "a/b", None),
        (BY_RUN | {"id": "E/7"}, "E/7", None),
        (USUAL | {"name": ""}, None, "a trigger without a name"),
        (BY_RUN | {"name": ""}, None, "a trigger without a name"),
        *[
            (BY_RUN | {"id": i}, None, "a triggering run without a pathspec")
            for i in ("E", "E/", "/7/e/9", "E//e/9")
        ],
    ],
)
def test_triggers_that_differ_from_that_in_one_thing_are_read_or_named(
    entry: dict[str, object], event_id: str | None, problem: str | None
) -> None:
    record = run_record(RUN, [row("start", "execution-triggers", json.dumps([entry]))], NOW)
    assert [event.event_id for event in record.triggers] == ([] if problem else [event_id])
    assert [words.partition(":")[0] for words in record.problems] == ([problem] if problem else [])


@pytest.mark.parametrize("when", [float("nan"), float("inf"), 10**400, -(10**18), True, "5", None, [], 1e300])
def test_a_time_that_makes_no_sense_is_none(when: object) -> None:
    assert from_epoch(when) is None
    record = run_record(RUN | {"ts_epoch": when}, [row("m", "attempt", "0") | {"ts_epoch": when}], NOW)
    assert record.created_at is None


FIELDS = ["execution-triggers", "lineage-trigger-payloads", "attempt_ok", "start_step", "origin-run-id"]
KEYS = ["flow_id", "run_number", "run_id", "ts_epoch", "tags", "user_name"]


@given(
    st.dictionaries(
        st.sampled_from(["flow_id", "run_number", "run_id", "ts_epoch", "tags", "user_name"]), JSON
    ),
    st.lists(
        JSON
        | st.fixed_dictionaries(
            {
                "step_name": st.sampled_from(["start", "end", "_parameters"]) | JSON,
                "field_name": st.sampled_from(FIELDS) | JSON,
                "value": JSON | JSON.map(json.dumps),
                "ts_epoch": st.integers() | JSON,
                "task_id": st.just("1") | JSON,
            }
        ),
        max_size=5,
    ),
)
@example(run={"flow_id": "A/B", "run_id": "1/2"}, rows=[])
def test_nothing_at_all_makes_it_fail(run: dict[str, object], rows: list[object]) -> None:
    record = run_record(run, rows, NOW)
    assert isinstance(record, RunRecord)
    for row in (run_row(record), *edge_rows(record).values()):
        assert str(row[0]).encode()  # it can be written down
    assert run_from_row(run_row(record)) == record


@pytest.mark.slow
@given(records())
def test_what_was_planted_is_read_back(drawn: RunRecord) -> None:
    record = replace(
        drawn,
        flow="A",
        run_id="1",
        status="completed",
        created_at=at(0),
        finished_at=at(60),
        user="ann",
        tags=tuple(sorted(drawn.tags)),
        system_tags=("user:ann",),
        origin=None,
        inherited=False,
        start_step="begin",
        end_step="finish",
        failed_step=None,
        triggers=tuple(whole(event) for event in drawn.triggers),
        problems=(),
        # what names other runs has to be a pathspec; the contract test over all sources plants such
        reads=(),
        counted_reads=(),
        copied_reads=(),
        spawned_by=None,
        spawned=(),
        published=(),
    )
    planted = plant(record)
    assert run_record(planted.run_object, planted.metadata(), NOW) == record
    assert run_record(planted.run_object, needed_rows(planted.metadata()), NOW) == record


def whole(event):
    """An event as it can be written: in whole seconds, and with one payload for one name and id."""
    when = None if event.timestamp is None else event.timestamp.replace(microsecond=0)
    return replace(event, timestamp=when, payload=None)


def test_halves_of_characters_are_replaced() -> None:
    entry = {"name": "a\ud800", "id": "\udfffb", "timestamp": None, "type": "event"}
    rows = [row("start", "execution-triggers", json.dumps([entry]))]
    record = run_record(RUN | {"tags": ["\ud800", "é"], "user_name": "\ud801"}, rows, NOW)
    assert record.triggers[0].node == "event:a?/?b"
    assert (record.tags, record.user) == (("?", "é"), "?")
