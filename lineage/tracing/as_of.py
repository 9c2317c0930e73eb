"""Runs as they were known at a time in the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from lineage.errors import InvalidArgument
from lineage.format import parse_time
from lineage.records.model import RunRecord


def moment_of(as_of: object) -> datetime | None:
    """Parse an `as_of` argument into an aware time in UTC.

    Examples
    --------
    >>> moment_of("2026-01-02T03:04:05+00:00")
    datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)

    Raises
    ------
    InvalidArgument
        If it is not a time.
    """
    if as_of is None:
        return None
    try:
        moment = parse_time(as_of) if isinstance(as_of, str) else as_of
        if isinstance(moment, datetime):
            return moment.astimezone(timezone.utc)  # a naive one is local, like `Run.created_at`
    except (ValueError, OverflowError, OSError):
        pass  # reported below, like every other invalid value
    raise InvalidArgument(
        f"as_of must be a datetime or ISO 8601 text like '2026-01-31T18:00+00:00', not {as_of!r}"
    )


def as_known_at(record: RunRecord, moment: datetime | None) -> RunRecord | None:
    """Return a record as it was at a time: None if the run had not begun, running if it had not ended.

    Parameters
    ----------
    record
        The run as it is known now.
    moment
        The time, aware; None for now.
    """
    if moment is None:
        return record
    if record.created_at is not None and record.created_at > moment:
        return None
    if record.finished_at is not None and record.finished_at > moment:
        return replace(record, status="running", finished_at=None)
    return record
