"""Parse stored metadata into records; the only module that knows Metaflow's format.

A source passes what Metaflow's metadata service would return: the run object
(`flow_id`, `run_number`, `ts_epoch` in milliseconds, `user_name`, `tags`, `system_tags`, …) and its
tasks' metadata rows (`step_name`, `task_id`, `field_name`, `value`, `ts_epoch`). Nothing here raises
on broken data: each value that cannot be read adds a sentence to `RunRecord.problems`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import inf
from typing import Any

from lineage.records import links
from lineage.records.model import RunRecord, Status, TriggerEvent
from lineage.records.recorded_triggers import recorded_triggers
from lineage.text import clean_text
from metaflow_extensions.lineage.plugins.metadata.causes import (
    PAYLOADS_FIELD,
    TRIGGERS_FIELD,
    from_epoch,
)
from metaflow_extensions.lineage.plugins.provenance.record import READS_FIELD, SPAWNED_BY_FIELD

ORIGIN_FIELD = "origin-run-id"
CLONE_FIELD = "origin-task-id"  # only tasks that a resume copied have it

# The fields that a record is made of; of other rows only the time counts.
FIELDS = frozenset(
    {
        TRIGGERS_FIELD,
        PAYLOADS_FIELD,
        ORIGIN_FIELD,
        CLONE_FIELD,
        "start_step",
        "end_step",
        "attempt",
        "attempt_ok",
        *links.FIELDS,
    }
)

# Metaflow sends a heartbeat every 10 s; its own UI considers a silent run failed after six minutes
# (metaflow-service, ui_backend_service: HEARTBEAT_THRESHOLD).
HEARTBEAT_PATIENCE = timedelta(minutes=6)
# Without heartbeats (local runs) a run that wrote nothing for a day is neither running nor failed.
SILENCE_PATIENCE = timedelta(days=1)

_TIMES = range(1, 253_402_300_800_000)  # milliseconds from 1970 to the end of the calendar
_ID_DIGITS = 16  # of an id that is a time, from 2001 to 2286

Row = Mapping[str, Any]


def run_record(
    run: Row, rows: Iterable[Row], now: datetime | None, origin: RunRecord | None = None
) -> RunRecord:
    """Build the record of a run.

    Parameters
    ----------
    run
        The run object as Metaflow's metadata provider gives it.
    rows
        Metadata rows of its tasks: at least those of `_parameters`, of the start and the end step, and
        of failed tasks. Order does not matter.
    now
        The time of reading, aware; decides whether a silent run still counts as running. None if `rows`
        do not say how the run ended: its status is `unread` then.
    origin
        The record of the run that this one resumed, which completes its own; see `lineage.records.resumed`.

    Returns
    -------
    RunRecord
    """
    latest = _Latest(rows)
    start, end = latest.endpoints(origin)
    resumed = latest.origin()
    unnamed = end == "end" and origin is None and resumed is not None
    status, finished_at = ("unread", None) if now is None else _status(run, latest, end, unnamed, now)
    problems: list[str] = []
    # a slash would end the flow's name in a pathspec; Metaflow's names have none, a broken store's may
    flow = clean_text(run.get("flow_id")).replace("/", "\N{DIVISION SLASH}")
    system_tags = texts(run.get("system_tags"))
    triggers = _triggers(latest, start, problems)
    inherited = not triggers and origin is not None and latest.cloned(start)
    run_id = run_id_of(run)
    linked = _links(latest, f"{flow}/{run_id}", start, origin, problems)
    return RunRecord(
        flow=flow,
        run_id=run_id,
        status=status,
        created_at=_created_at(run, latest),
        finished_at=finished_at,
        user=owner_of(run.get("user_name") or run.get("user"), system_tags),
        tags=texts(run.get("tags")),
        system_tags=system_tags,
        origin=None if resumed is None else f"{flow}/{resumed}",
        start_step=start,
        end_step=end,
        failed_step=_failed_step(latest) if status == "failed" else None,
        triggers=origin.triggers if inherited and origin else triggers,
        inherited=bool(inherited and origin and origin.triggers),
        problems=tuple(problems),
        **linked,
    )


def needed_rows(rows: Iterable[Row]) -> list[Row]:
    """Reduce rows to those that determine the record: of most, only the first and last times matter."""
    rows = list(rows)
    kept = [row for row in rows if isinstance(field := row.get("field_name"), str) and field in FIELDS]
    times = [when for row in rows if (when := _millis(row.get("ts_epoch"))) > 0]
    if times:
        kept += [{"ts_epoch": min(times)}, {"ts_epoch": max(times)}]
    return kept


def owner_of(user: object, system_tags: tuple[str, ...]) -> str | None:
    """The user who started a run, given the one that its run object names.

    When a tag is added, the local store rewrites the run object with the user who added it; the system tag
    stays.
    """
    for tag in system_tags:
        if tag.startswith("user:") and len(tag) > 5:
            return tag[5:]
    return clean_text(user) if user else None


def run_id_of(run: Row) -> str:
    """The id that people see: `run_id` where there is one, else `run_number`."""
    return clean_text(run.get("run_id") or run.get("run_number"))


def id_time(run_id: str) -> float | None:
    """The creation time in a run id, in seconds since 1970; None if the id contains none.

    The local provider makes ids of microseconds since 1970 (LocalMetadataProvider.new_run_id).
    """
    return int(run_id) / 1e6 if len(run_id) == _ID_DIGITS and run_id.isdecimal() else None


def texts(value: object) -> tuple[str, ...]:
    """The texts of a stored list, such as tags, sorted; none if it is not a list."""
    return tuple(sorted(map(clean_text, value))) if isinstance(value, (list, tuple, set, frozenset)) else ()


def broken_record(pathspec: str, reason: str) -> RunRecord:
    """The record of a run that exists but could not be read."""
    flow, run_id = pathspec.split("/", 1)
    return RunRecord(flow=flow, run_id=run_id, problems=(reason,))


def _millis(value: object) -> float:
    """The time of a row in milliseconds since 1970; 0 if it is invalid."""
    if type(value) is int and value in _TIMES:
        return value
    return float(value) if isinstance(value, (int, float)) and from_epoch(value, 1000) else 0


Dated = tuple[float, str]  # when it was written, in milliseconds since 1970, and the value


class _Latest:
    """The latest value of each field of each task, and when the run wrote first and last."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.fields: dict[str, dict[tuple[str, str], Dated]] = {}  # field -> (step, task) -> value
        self.attempts: dict[str, list[str]] = {}  # field -> its values in all attempts of all tasks
        first, last = inf, -inf
        for row in rows:  # of millions in a refresh: the usual types are told apart without a call
            if type(row) is not dict and not isinstance(row, Mapping):
                continue
            when = row.get("ts_epoch")
            if type(when) is not int or when not in _TIMES:
                when = _millis(when)
            last = when if when > last else last
            first = when if 0 < when < first else first
            field = row.get("field_name")
            if isinstance(field, str) and field in FIELDS:
                value = row.get("value")
                if type(value) is not str or not value.isascii():
                    value = clean_text(value)
                of_field = self.fields.setdefault(field, {})
                task = (str(row.get("step_name")), str(row.get("task_id")))
                if task not in of_field or when >= of_field[task][0]:
                    of_field[task] = (when, value)
                if field in links.OF_EVERY_ATTEMPT:
                    self.attempts.setdefault(field, []).append(value)
        self.linked = not links.FIELDS.isdisjoint(self.fields)
        self.first_write = first  # milliseconds since 1970; infinite if it never wrote
        self.last_write = last  # likewise

    def of_step(self, step: str, field: str) -> Dated | None:
        """The latest value of a field over all tasks of a step."""
        of_field = self.fields.get(field)
        if of_field is None:
            return None
        return max((value for (name, _), value in of_field.items() if name == step), default=None)

    def endpoints(self, origin: RunRecord | None) -> tuple[str, str]:
        """Names of the first and the last step."""
        start = self.of_step("_parameters", "start_step")
        end = self.of_step("_parameters", "end_step")
        return (
            start[1] if start else origin.start_step if origin else "start",
            end[1] if end else origin.end_step if origin else "end",
        )

    def cloned(self, step: str) -> bool:
        """Whether a resume copied this step's task instead of running it."""
        return self.of_step(step, CLONE_FIELD) is not None

    def origin(self) -> str | None:
        """The id of the run that this one resumed."""
        # a run that resumes none records the string "None"
        return min(
            {id_ for _, id_ in self.fields.get(ORIGIN_FIELD, {}).values()} - {"None", ""}, default=None
        )

    def succeeded(self, step: str) -> float | None:
        """When a task of this step last succeeded."""
        ends = self.fields.get("attempt_ok", {}).items()
        well = [when for (name, _), (when, value) in ends if name == step and value == "True"]
        return max(well, default=None)

    def failures(self) -> list[tuple[float, str]]:
        """Time and step of each failed task without a later attempt, in order of time."""
        begun = {task: when for task, (when, _) in self.fields.get("attempt", {}).items()}
        return sorted(
            (when, task[0])
            for task, (when, value) in self.fields.get("attempt_ok", {}).items()
            if value == "False" and begun.get(task, 0) <= when
        )


def _created_at(run: Row, latest: _Latest) -> datetime | None:
    if (born := id_time(run_id_of(run))) is not None:
        return from_epoch(born)
    # when a tag is added, the local store rewrites the run object with the time of the change
    return from_epoch(min(t for t in (_millis(run.get("ts_epoch")), latest.first_write) if t > 0), 1000)


def _moment(millis: float) -> datetime | None:
    """The time of a row; None if it had none that is valid."""
    return from_epoch(millis, 1000) if millis > 0 else None


def _status(
    run: Row, latest: _Latest, end_step: str, unnamed: bool, now: datetime
) -> tuple[Status, datetime | None]:
    """How a run ended, and when; `unnamed` if its last step may have another name."""
    if (ended := latest.succeeded(end_step)) is not None:
        return "completed", _moment(ended)
    if failures := latest.failures():
        return "failed", _moment(failures[-1][0])
    heartbeat = from_epoch(run.get("last_heartbeat_ts"))
    if heartbeat is not None:
        alive = now - heartbeat <= HEARTBEAT_PATIENCE
        if unnamed and not alive:
            return "unknown", None
        return ("running", None) if alive else ("failed", heartbeat)
    last = from_epoch(max(latest.last_write, _millis(run.get("ts_epoch"))), 1000)
    silent = last is None or now - last > SILENCE_PATIENCE
    return ("unknown" if silent or unnamed else "running"), None


def _failed_step(latest: _Latest) -> str | None:
    """The step that failed first: the others of a foreach may go on and fail later."""
    failures = latest.failures()
    return failures[0][1] if failures else None


def _links(
    latest: _Latest, pathspec: str, start_step: str, origin: RunRecord | None, problems: list[str]
) -> dict[str, Any]:
    if not latest.linked and origin is None:
        return {}
    reads = latest.fields.get(READS_FIELD, {})
    spawned_by = latest.of_step(start_step, SPAWNED_BY_FIELD)
    return links.links_of(
        pathspec,
        {task: value for task, (_, value) in reads.items()},
        latest.attempts,
        spawned_by[1] if spawned_by else None,
        {step for step, _ in latest.fields.get(CLONE_FIELD, {})},
        origin,
        problems,
    )._asdict()


def _triggers(latest: _Latest, start_step: str, problems: list[str]) -> tuple[TriggerEvent, ...]:
    recorded = latest.of_step(start_step, TRIGGERS_FIELD)
    if recorded is None:
        return ()
    payloads = latest.of_step(start_step, PAYLOADS_FIELD)
    return recorded_triggers(recorded[1], payloads and payloads[1], problems)
