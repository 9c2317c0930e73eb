"""Convert records to rows of the catalog and back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields
from datetime import datetime, timedelta, timezone
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from lineage.records.fast_json import decode_json
from lineage.records.metadata import SILENCE_PATIENCE
from lineage.records.model import DEFAULTS, ArtifactRead, CountedReads, RunRecord, TriggerEvent, run_of
from lineage.sources.protocol import PlainRun, Stamped

SETTLED = timedelta(hours=1)  # after its end, a completed run does not change; see `lineage.catalog`

RunRow = tuple[str, str, int | None, int | None, str]  # pathspec, status, created, finished, body
EdgeRow = tuple[str, str, int]  # cause, effect, kinds
ToldRow = tuple[str, str]  # cause, effect

# The reasons for an edge, as bit flags. Doubtful: a trigger of a resumed run, which may be its origin's.
# Copied: read only by tasks that a resume copied, so it is not a cause of its own.
TRIGGER, RESUME, DOUBTFUL, SPAWN, READ, COPIED = 1, 2, 4, 8, 16, 32

# The first fields of a record have columns of their own, in this order; the other fields are the body.
_BODY = tuple(f.name for f in fields(RunRecord))[5:]
_values = attrgetter(*_BODY)
_USER, _TAGS, _SYSTEM_TAGS, _TRIGGERS = map(_BODY.index, ("user", "tags", "system_tags", "triggers"))
_LISTS = tuple(_BODY.index(name) for name in ("tags", "system_tags", "problems"))
# Rare fields come last and are omitted if empty: reads, spawned runs, published events.
_USUAL = _BODY.index("problems") + 1
_PLAIN_BODY: list[Any] = [DEFAULTS[name] for name in _BODY[:_USUAL]]
_PARTS: dict[str, type] = {"reads": ArtifactRead, "copied_reads": ArtifactRead, "counted_reads": CountedReads}
LAYOUT = zlib.crc32(",".join(_BODY).encode()) & 0xFFFF  # changes when the fields do

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_SETTLED = SETTLED // _MICROSECOND
_encode = json.JSONEncoder(separators=(",", ":"), default=str).encode


class StoredRun(NamedTuple):
    """The rows of a run."""

    row: tuple[Any, ...]  # of the table of runs, up to its time of reading
    edges: dict[str, EdgeRow]  # into the run, by cause
    told: list[ToldRow]


def stored_run(stamped: Stamped, now: datetime) -> StoredRun:
    """The rows of a run that was read at a time (aware)."""
    record = stamped.record
    due = 0.0 if stamped.again else due_at(record, now)
    return StoredRun((*run_row(record), stamped.stamp, due), edge_rows(record), told_rows(record))


def stored_plain_runs(runs: Iterable[PlainRun], now: datetime) -> Iterator[StoredRun]:
    """The same rows as those of records with these facts, in a third of the time."""
    read_at, body = microseconds(now), _PLAIN_BODY.copy()
    for pathspec, created, finished, *of_body, triggers, stamp in runs:
        body[_USER], body[_TAGS], body[_SYSTEM_TAGS] = of_body
        body[_TRIGGERS] = _trigger_rows(triggers)
        settled = finished + _SETTLED
        due = settled / 1e6 if read_at <= settled else None
        row = (pathspec, "completed", created, finished, _encoded(body, triggers), stamp, due)
        causes = [event.node for event in triggers]
        yield StoredRun(row, {cause: (cause, pathspec, TRIGGER) for cause in causes}, [])


def run_row(record: RunRecord) -> RunRow:
    """The row of a run; times are in microseconds since 1970."""
    body = list(_values(record))
    body[_TRIGGERS] = _trigger_rows(record.triggers)
    if not any(body[_USUAL:]):
        del body[_USUAL:]
    else:
        rare = zip(_BODY[_USUAL:], body[_USUAL:], strict=True)
        body[_USUAL:] = [list(map(astuple, v)) if name in _PARTS else v for name, v in rare]
    created, finished = _micros(record.created_at), _micros(record.finished_at)
    return (record.pathspec, record.status, created, finished, _encoded(body, record.triggers))


def _trigger_rows(triggers: Iterable[TriggerEvent]) -> list[list[Any]]:
    return [[e.name, e.event_id, _micros(e.timestamp), e.type, e.payload] for e in triggers]


def _encoded(body: list[Any], triggers: Iterable[TriggerEvent]) -> str:
    """The body as JSON. msgspec takes a tenth of the time, but writes the NaN of a payload as null."""
    if any(event.payload is not None for event in triggers):
        return _encode(body)
    try:
        return msgspec.json.encode(body).decode()
    except (msgspec.MsgspecError, UnicodeError, TypeError):  # half a character, or no JSON
        return _encode(body)


def run_from_row(row: tuple[Any, ...]) -> RunRecord:
    """The record stored in a row."""
    pathspec, status, created, finished, body = row
    flow, run_id = pathspec.split("/", 1)
    values = decode_json(body)
    values[_TRIGGERS] = tuple(
        [TriggerEvent(name, id_, _moment(at), kind, load) for name, id_, at, kind, load in values[_TRIGGERS]]
    )
    for place in _LISTS:
        values[place] = tuple(values[place])
    if len(values) > _USUAL:
        rare = zip(_BODY[_USUAL:], values[_USUAL:], strict=True)
        values[_USUAL:] = [_rare_value(name, value) for name, value in rare]
    return RunRecord(flow, run_id, status, _moment(created), _moment(finished), *values)


def _rare_value(name: str, value: Any) -> Any:
    if name in _PARTS:
        return tuple(_PARTS[name](*part) for part in value)
    return tuple(value) if isinstance(value, list) else value


def edge_rows(record: RunRecord) -> dict[str, EdgeRow]:
    """The edges into a run that its own record tells, by cause."""
    pathspec, trigger = record.pathspec, DOUBTFUL if record.origin else TRIGGER
    kinds = {event.node: trigger for event in record.triggers}
    for cause, kind in _rare_causes(record):
        kinds[cause] = kinds.get(cause, 0) | kind
    return {cause: (cause, pathspec, kind) for cause, kind in kinds.items()}


def _rare_causes(record: RunRecord) -> Iterator[tuple[str, int]]:
    """The causes of a run that are not triggers, and their kinds."""
    if record.origin:
        yield record.origin, RESUME
    if record.spawned_by:
        yield run_of(record.spawned_by), SPAWN
    for read in record.reads:
        yield read.run, READ
    for counted in record.counted_reads:
        yield counted.run, READ
    for copied in record.copied_reads:
        yield copied.run, COPIED


def told_rows(record: RunRecord) -> list[ToldRow]:
    """The edges out of a run known only from its own record: to spawned runs and published events."""
    if not record.spawned and not record.published:
        return []
    return [(record.pathspec, effect) for effect in dict.fromkeys((*record.spawned, *record.published))]


def due_at(record: RunRecord, now: datetime) -> float | None:
    """The time from which a run must be read again whatever its stamp; None for never.

    Parameters
    ----------
    record
        The run, as just read.
    now
        The time of reading (aware).

    Returns
    -------
    float or None
        Seconds since 1970. A silent run, or one that could not be read completely, is read again after a
        tenth of its age, so that a run that resumes is noticed with at most that delay.
    """
    whole = not record.problems
    ended = record.finished_at or record.created_at
    if record.status == "completed" and whole:
        return None if ended is None or now - ended > SETTLED else (ended + SETTLED).timestamp()
    if record.status == "unread" and whole:  # how it ended is read when it is shown
        # it may go on, and read or publish more; hardly any run does so for longer than a day
        young = ended is not None and now - ended < SILENCE_PATIENCE
        return _a_tenth_later(now, ended) if young and ended else None
    if record.status == "failed" and whole:  # Argo can retry a failed run, but rarely after days
        return None if ended is not None and now - ended > SILENCE_PATIENCE else 0.0
    if record.status == "running" or ended is None:
        return 0.0
    return _a_tenth_later(now, ended)


def _a_tenth_later(now: datetime, since: datetime) -> float:
    return now.timestamp() + (now - since).total_seconds() / 10


def microseconds(moment: datetime) -> int:
    """A time (aware) as the catalog stores it: microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else microseconds(moment)


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else _EPOCH + micros * _MICROSECOND
