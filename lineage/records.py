"""Stored metadata -> records: the only place that knows how Metaflow writes things down.

A source hands over what Metaflow's metadata service would answer: the run object
(`flow_id`, `run_number`, `ts_epoch` in milliseconds, `user_name`, `tags`, `system_tags`, …) and its
tasks' metadata rows (`step_name`, `task_id`, `field_name`, `value`, `ts_epoch`). Nothing here raises
on broken data: what cannot be read becomes a sentence in `RunRecord.problems`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from lineage.model import RunRecord, Status, TriggerEvent

TRIGGERS_FIELD = "execution-triggers"
PAYLOADS_FIELD = "lineage-trigger-payloads"
ORIGIN_FIELD = "origin-run-id"

# Metaflow sends a heartbeat every 10 s; its own UI gives a silent run up after six minutes
# (metaflow-service, ui_backend_service: HEARTBEAT_THRESHOLD).
HEARTBEAT_PATIENCE = timedelta(minutes=6)
# Without heartbeats (local runs) a run that wrote nothing for a day is neither running nor failed.
SILENCE_PATIENCE = timedelta(days=1)

Row = Mapping[str, Any]
Payloads = Mapping[tuple[str, str], Any]  # by name and id of the event


def run_record(run: Row, rows: Iterable[Row], now: datetime) -> RunRecord:
    """The record of one run.

    Parameters
    ----------
    run
        The run object as Metaflow's metadata provider gives it.
    rows
        Metadata rows of its tasks: at least those of `_parameters`, of the start and the end step, and
        of failed tasks. Order does not matter.
    now
        The time of reading, aware; decides whether a silent run still counts as running.

    Returns
    -------
    RunRecord
    """
    latest = _Latest(rows)
    start, end = latest.endpoints()
    created_at = from_epoch(run.get("ts_epoch"), 1000)
    status, finished_at = _status(run, latest, end, created_at, now)
    problems: list[str] = []
    flow = str(run.get("flow_id"))
    return RunRecord(
        flow=flow,
        run_id=run_id_of(run),
        status=status,
        created_at=created_at,
        finished_at=finished_at,
        user=_text(run.get("user_name") or run.get("user")),
        tags=_texts(run.get("tags")),
        system_tags=_texts(run.get("system_tags")),
        origin=latest.origin(flow),
        start_step=start,
        end_step=end,
        triggers=_triggers(latest, start, problems),
        problems=tuple(problems),
    )


def run_id_of(run: Row) -> str:
    """The id that people see: `run_id` where there is one, else `run_number`."""
    return str(run.get("run_id") or run.get("run_number"))


def broken_record(pathspec: str, reason: str) -> RunRecord:
    """A run that is there but whose record could not be read."""
    flow, run_id = pathspec.split("/", 1)
    return RunRecord(flow=flow, run_id=run_id, problems=(reason,))


def from_epoch(value: object, per_second: int = 1) -> datetime | None:
    """An aware UTC time from a number since 1970, or None if it is no sensible number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    try:
        return datetime.fromtimestamp(value / per_second, timezone.utc)
    except (OverflowError, OSError, ValueError):
        return None


class _Latest:
    """The latest value of each field of each task, and when it was written."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.values: dict[tuple[str, str, str], tuple[float, str]] = {}
        self.last_write: float = 0  # milliseconds since 1970
        for row in rows:
            self._add(row)

    def _add(self, row: Row) -> None:
        when = row.get("ts_epoch") or 0
        if not isinstance(when, (int, float)):
            return
        key = (str(row.get("step_name")), str(row.get("task_id")), str(row.get("field_name")))
        if key not in self.values or when >= self.values[key][0]:
            self.values[key] = (when, str(row.get("value")))
        self.last_write = max(self.last_write, when)

    def of_step(self, step: str, field: str) -> tuple[float, str] | None:
        """The latest value of a field over all tasks of a step."""
        found = [v for (s, _, f), v in self.values.items() if s == step and f == field]
        return max(found, default=None)

    def endpoints(self) -> tuple[str, str]:
        start = self.of_step("_parameters", "start_step")
        end = self.of_step("_parameters", "end_step")
        return (start[1] if start else "start", end[1] if end else "end")

    def origin(self, flow: str) -> str | None:
        # a run that resumes nothing writes the word None
        ids = {v for (_, _, f), (_, v) in self.values.items() if f == ORIGIN_FIELD} - {"None", ""}
        return f"{flow}/{min(ids)}" if ids else None

    def succeeded(self, step: str) -> float | None:
        """When a task of this step last ended well."""
        ends = [
            when
            for (s, _, f), (when, value) in self.values.items()
            if s == step and f == "attempt_ok" and value == "True"
        ]
        return max(ends, default=None)

    def failed(self) -> float | None:
        """When a task failed that has not begun another attempt since."""
        begun = {(s, t): when for (s, t, f), (when, _) in self.values.items() if f == "attempt"}
        ends = [
            when
            for (s, t, f), (when, value) in self.values.items()
            if f == "attempt_ok" and value == "False" and begun.get((s, t), 0) <= when
        ]
        return max(ends, default=None)


def _status(
    run: Row, latest: _Latest, end_step: str, created_at: datetime | None, now: datetime
) -> tuple[Status, datetime | None]:
    if (ended := latest.succeeded(end_step)) is not None:
        return "completed", from_epoch(ended, 1000)
    if (ended := latest.failed()) is not None:
        return "failed", from_epoch(ended, 1000)
    heartbeat = from_epoch(run.get("last_heartbeat_ts"))
    if heartbeat is not None:
        alive = now - heartbeat <= HEARTBEAT_PATIENCE
        return ("running", None) if alive else ("failed", heartbeat)
    written = [t for t in (from_epoch(latest.last_write, 1000), created_at) if t is not None]
    silent = not written or now - max(written) > SILENCE_PATIENCE
    return ("unknown" if silent else "running"), None


def _triggers(latest: _Latest, start_step: str, problems: list[str]) -> tuple[TriggerEvent, ...]:
    stored = latest.of_step(start_step, TRIGGERS_FIELD)
    if stored is None:
        return ()
    entries = _json(stored[1])
    if not isinstance(entries, list):
        problems.append(f"its {TRIGGERS_FIELD} record is no JSON list: {_excerpt(stored[1])}")
        return ()
    payloads = _payloads(latest, start_step, problems)
    events = (_trigger(entry, payloads, problems) for entry in entries)
    return tuple(event for event in events if event is not None)


def _payloads(latest: _Latest, start_step: str, problems: list[str]) -> Payloads:
    stored = latest.of_step(start_step, PAYLOADS_FIELD)
    if stored is None:
        return {}
    entries = _json(stored[1])
    try:
        return {(str(entry["name"]), str(entry["id"])): entry["payload"] for entry in entries}
    except (TypeError, KeyError):
        problems.append(f"its {PAYLOADS_FIELD} record is no JSON list of payloads: {_excerpt(stored[1])}")
        return {}


def _trigger(
    entry: object, payloads: Mapping[tuple[str, str], Any], problems: list[str]
) -> TriggerEvent | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        problems.append(f"a trigger without a name: {_excerpt(entry)}")
        return None
    name, is_run = entry["name"], entry.get("type") == "run"
    timestamp = from_epoch(entry.get("timestamp"))
    event_id = _text(entry.get("id")) or ""
    if is_run and (event_id.count("/") < 1 or not all(event_id.split("/")[:2])):
        problems.append(f"a triggering run without a pathspec: {_excerpt(entry)}")
        return None
    if not event_id:  # events of other makers may come without one; name and time then tell them apart
        event_id = str(int(timestamp.timestamp())) if timestamp else "unknown"
    payload = payloads.get((name, event_id))
    return TriggerEvent(
        name=name,
        event_id=event_id,
        timestamp=timestamp,
        type="run" if is_run else "event",
        payload=payload if isinstance(payload, dict) else None,
    )


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _excerpt(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(sorted(map(str, value))) if isinstance(value, (list, tuple, set, frozenset)) else ()
