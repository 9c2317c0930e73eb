"""A record as a row of the catalog, and back."""

from __future__ import annotations

import json
import zlib
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from operator import attrgetter
from typing import Any

from lineage.records.fast_json import decode_json
from lineage.records.metadata import SILENCE_PATIENCE
from lineage.records.model import DEFAULTS, RunRecord, TriggerEvent

RunRow = tuple[str, str, int | None, int | None, str]  # pathspec, status, created, finished, body
EdgeRow = tuple[str, str, int]  # cause, effect, kind

TRIGGER, RESUME, DOUBTFUL = 0, 1, 2  # doubtful: a trigger of a resumed run, perhaps its origin's

# A record begins with what has columns of its own, in this order; all its other fields are the body.
_BODY = tuple(f.name for f in fields(RunRecord))[5:]
_values = attrgetter(*_BODY)
_TRIGGERS = _BODY.index("triggers")
_LISTS = tuple(_BODY.index(name) for name in _BODY if DEFAULTS[name] == () and name != "triggers")
LAYOUT = zlib.crc32(",".join(_BODY).encode()) & 0xFFFF  # another one for other fields

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_encode = json.JSONEncoder(separators=(",", ":"), default=str).encode


def run_row(record: RunRecord) -> RunRow:
    """A run's row; times are in microseconds since 1970."""
    body = list(_values(record))
    body[_TRIGGERS] = [[e.name, e.event_id, _micros(e.timestamp), e.type, e.payload] for e in record.triggers]
    created, finished = _micros(record.created_at), _micros(record.finished_at)
    return (record.pathspec, record.status, created, finished, _encode(body))


def run_from_row(row: tuple[Any, ...]) -> RunRecord:
    """The record that a row was made of."""
    pathspec, status, created, finished, body = row
    flow, run_id = pathspec.split("/", 1)
    values = decode_json(body)
    values[_TRIGGERS] = tuple(
        [TriggerEvent(name, id_, _moment(at), kind, load) for name, id_, at, kind, load in values[_TRIGGERS]]
    )
    for place in _LISTS:
        values[place] = tuple(values[place])
    return RunRecord(flow, run_id, status, _moment(created), _moment(finished), *values)


def edge_rows(record: RunRecord) -> dict[str, EdgeRow]:
    """The edges into a run, by cause."""
    pathspec, rows = record.pathspec, {}
    kind = DOUBTFUL if record.origin else TRIGGER
    for event in record.triggers:
        rows[event.node] = (event.node, pathspec, kind)
    if record.origin:
        rows[record.origin] = (record.origin, pathspec, RESUME)
    return rows


def due_at(record: RunRecord, now: datetime) -> float | None:
    """From when on a run is to be read again whatever its stamp; None for never.

    Parameters
    ----------
    record
        The run, just read.
    now
        The time of reading, aware.

    Returns
    -------
    float or None
        Seconds since 1970. A run that fell silent, or of which something could not be read, is asked for
        less and less often: after a tenth of its age, so that one that comes back is late by at most that
        much.
    """
    whole = not record.problems
    if record.status in ("completed", "unread") and whole:  # the latter is read when somebody is shown it
        return None
    ended = record.finished_at or record.created_at
    if record.status == "failed" and whole:  # Argo can retry a failed run; nobody does so after days
        return None if ended is not None and now - ended > SILENCE_PATIENCE else 0.0
    if record.status == "running" or ended is None:
        return 0.0
    return now.timestamp() + (now - ended).total_seconds() / 10


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else _EPOCH + micros * _MICROSECOND
