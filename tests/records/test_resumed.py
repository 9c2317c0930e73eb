"""Records of resumed runs, completed from the runs that they resumed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lineage.records.metadata import run_record
from lineage.records.model import RunRecord, TriggerEvent
from lineage.records.resumed import RawRun, resolved_records
from tests.records.test_metadata import BORN, NOW, RUN, WELL, row


def test_a_resumed_run_shows_its_origins_trigger_and_steps() -> None:
    named = [row("_parameters", "start_step", "begin"), row("_parameters", "end_step", "finish")]
    triggers = json.dumps([{"name": "e", "id": "1", "timestamp": 5, "type": "event"}])
    origin = RawRun(RUN, [*named, row("begin", "execution-triggers", triggers)])
    cloned = [row("begin", "origin-run-id", "1"), row("begin", "origin-task-id", "7")]
    resumed = RawRun(RUN | {"run_number": "2"}, [*cloned, row("finish", "attempt_ok", "True", 5)])
    stored = {"A/1": origin, "A/2": resumed}
    asked: list[list[str]] = []

    def fetch(wanted: list[str]) -> dict[str, RawRun]:
        asked.append(sorted(wanted))
        return {pathspec: stored[pathspec] for pathspec in wanted if pathspec in stored}

    record = resolved_records(["A/2"], fetch, NOW)["A/2"]
    assert asked == [["A/2"], ["A/1"]]  # one more read, only for such runs
    assert (record.origin, record.inherited, record.status) == ("A/1", True, "completed")
    assert [event.name for event in record.triggers] == ["e"]


def test_only_a_resumed_run_whose_first_task_was_copied_inherits_triggers() -> None:
    event = TriggerEvent("e", "1", None, "event")
    origin = RunRecord("A", "0", triggers=(event,))
    resumed, copied = row("start", "origin-run-id", "0"), row("start", "origin-task-id", "7")
    own = row("start", "execution-triggers", json.dumps([{"name": "own", "id": "2", "type": "event"}]))

    def triggers(*rows: dict[str, object], origin: RunRecord | None = origin) -> tuple[list[str], bool]:
        record = run_record(RUN, rows, NOW, origin)
        return [trigger.name for trigger in record.triggers], record.inherited

    assert triggers(resumed, copied) == (["e"], True)
    assert triggers(resumed) == ([], False)
    assert triggers(resumed, copied, own) == (["own"], False)
    assert triggers(resumed, copied, origin=None) == ([], False)
    assert triggers(resumed, copied, origin=replace(origin, triggers=())) == ([], False)


def test_faults_met_while_loading_are_problems_of_the_record() -> None:
    broken = row("start", "execution-triggers", "{")
    stored = {"A/1": RawRun(RUN, [broken, WELL], ("a task is missing",)), "A/2": RunRecord("A", "2")}
    read = resolved_records(["A/2", "A/1", "A/3"], lambda wanted: stored, NOW)
    assert list(read) == ["A/2", "A/1"]
    assert read["A/2"] is stored["A/2"]
    assert read["A/1"].status == "completed"
    assert read["A/1"].problems[0] == "a task is missing"
    assert "not a JSON list" in read["A/1"].problems[1]
    assert RawRun(RUN, [WELL]).record(NOW).problems == ()


def test_the_steps_of_a_resumed_run_that_has_triggers_are_called_as_its_origins_are() -> None:
    origin = RawRun(RUN, [row("_parameters", "end_step", "finish")])
    triggers = json.dumps([{"name": "e", "id": "1", "timestamp": 5, "type": "event"}])
    rows = [row("start", "origin-run-id", "1"), row("start", "execution-triggers", triggers)]
    resumed = RawRun(RUN | {"run_number": "2"}, [*rows, row("finish", "attempt_ok", "True", 5)])
    stored = {"A/1": origin, "A/2": resumed}
    found = resolved_records(["A/2"], lambda wanted: {p: stored[p] for p in wanted if p in stored}, NOW)
    assert (found["A/2"].status, found["A/2"].end_step) == ("completed", "finish")


@pytest.mark.parametrize(
    ("ends", "heartbeat", "status"),
    [
        ([row("finish", "attempt_ok", "True", 5)], None, "unknown"),
        ([row("finish", "attempt_ok", "True", 5)], BORN // 1000, "unknown"),
        ([row("finish", "attempt_ok", "True", 5)], NOW.timestamp(), "running"),
        ([row("finish", "attempt_ok", "False", 5)], None, "failed"),
        ([row("end", "attempt_ok", "True", 5)], None, "completed"),
    ],
)
def test_a_resumed_run_without_its_origin_does_not_say_what_its_last_step_is_called(
    ends: list[dict[str, object]], heartbeat: float | None, status: str
) -> None:
    rows = [row("begin", "origin-run-id", "1"), *ends]
    assert run_record(RUN | {"last_heartbeat_ts": heartbeat}, rows, NOW).status == status


@pytest.mark.parametrize("shape", ["chain", "circle"])
def test_resumes_of_resumes_end_also_where_a_broken_store_makes_a_circle(shape: str) -> None:
    def resumed(run_id: str, origin: str) -> RawRun:
        rows = [row("start", "origin-run-id", origin), row("start", "origin-task-id", "1")]
        return RawRun(RUN | {"run_number": run_id}, rows)

    chain = {f"A/{n}": resumed(str(n), str(n + 1)) for n in range(1, 3000)}
    circle = {"A/1": resumed("1", "2"), "A/2": resumed("2", "1")}
    stored = chain if shape == "chain" else circle
    found = resolved_records(["A/1"], lambda wanted: {p: stored[p] for p in wanted if p in stored}, NOW)
    assert found["A/1"].origin == "A/2"
