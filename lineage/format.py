"""Format durations, sizes, times, counts and ids as text, and parse durations."""

from __future__ import annotations

import math
from datetime import datetime, timezone, tzinfo

from lineage.errors import InvalidArgument
from lineage.text import escape_hidden

LONGEST = 36_525 * 86_400  # seconds in a hundred years: a longer duration is a slip of the keyboard
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS = {"": 1, "s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400}  # seconds


# Labels of the facts that a run's line of text or tooltip states.
FACT_LABELS = {"failed_step": "at step", "user": "user", "origin": "resumes"}


def short_run_id(run_id: str) -> str:
    """Shorten a run id to fit a label; local run ids are microseconds since 1970, 16 digits.

    Examples
    --------
    >>> short_run_id("34"), short_run_id("1795556836029438"), short_run_id("argo-trainingflow-x7k2p")
    ('34', '…029438', 'argo-…-x7k2p')
    """
    if len(run_id) <= 12:
        return run_id
    if run_id.isdigit():
        return f"…{run_id[-6:]}"
    head, tail = run_id.split("-", 1)[0][:5], run_id.rsplit("-", 1)[-1][-6:]
    return f"{head}-…-{tail}"


def format_duration(seconds: float | None) -> str:
    """Format a number of seconds in one or two units.

    Examples
    --------
    >>> format_duration(0.4), format_duration(75), format_duration(7322), format_duration(200000)
    ('0.4 s', '1 min 15 s', '2 h 2 min', '2 d 7 h')
    """
    if seconds is None:
        return "—"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    for size, unit, small, small_unit in (
        (86400, "d", 3600, "h"),
        (3600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= size:
            rest = whole % size // small
            return f"{whole // size} {unit}" + (f" {rest} {small_unit}" if rest else "")
    raise AssertionError("every duration over a minute fits one of the units")


def parse_duration(text: str) -> float:
    """Parse a duration such as 90, 90s, 15min, 6h or 2d into seconds.

    Raises
    ------
    InvalidArgument
        If the text is not a duration, or the duration is negative or longer than a hundred years.

    Examples
    --------
    >>> parse_duration("1.5h"), parse_duration("90"), parse_duration("2 min")
    (5400.0, 90.0, 120.0)
    """
    try:
        number = text.strip().rstrip("smindh ")
        unit = text.strip()[len(number) :].strip()
        seconds = float(number) * _UNITS[unit]
    except (ValueError, KeyError, AttributeError):  # the last: it is no text at all
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise InvalidArgument(f"invalid duration {text!r}: use 90s, 15min, 6h or 2d")
    if seconds > LONGEST:
        raise InvalidArgument(f"the duration {text!r} is longer than a hundred years")
    return seconds


def format_size(size: float) -> str:
    """Format a number of bytes in a decimal unit.

    Examples
    --------
    >>> format_size(67), format_size(67_300), format_size(1_200_000_000)
    ('67 B', '67.3 kB', '1.2 GB')
    """
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"


def parse_time(text: str) -> datetime:
    """Parse a time in ISO 8601; the result has no time zone if the text has none.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> parse_time("2026-01-02T03:04Z").isoformat()
    '2026-01-02T03:04:00+00:00'
    """
    text = text.strip()
    # Python 3.10 knows no Z
    return datetime.fromisoformat(f"{text[:-1]}+00:00" if text[-1:] in ("Z", "z") else text)


def format_time(moment: datetime | None, zone: tzinfo = timezone.utc) -> str:
    """Format a time to the second, in UTC or another time zone.

    Examples
    --------
    >>> format_time(datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc))
    '2026-01-02 03:04:05 UTC'
    """
    return "—" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


def format_clock(moment: datetime, start: datetime, *, seconds: bool | None = None) -> str:
    """Format a time of day, with the date after the first day.

    Where clocks go back, an hour comes twice: its times have the offset from UTC.

    Parameters
    ----------
    start
        A time on the first day.
    seconds
        Whether to write the seconds; None writes them unless they are 0.

    Examples
    --------
    >>> format_clock(datetime(2026, 1, 1, 12, 5), datetime(2026, 1, 1)), format_clock(
    ...     datetime(2026, 1, 2, 0, 0, 30), datetime(2026, 1, 1)
    ... )
    ('12:05', '2026-01-02 00:00:30')
    """
    precise = moment.second != 0 if seconds is None else seconds
    words = f"{moment:%H:%M:%S}" if precise else f"{moment:%H:%M}"
    again = moment.replace(fold=1 - moment.fold)
    if moment.utcoffset() != again.utcoffset():
        words += f" {moment:%z}"
    return words if moment.date() == start.date() else f"{moment:%Y-%m-%d} {words}"


def format_day(moment: datetime) -> str:
    """Format the day and the month.

    Examples
    --------
    >>> format_day(datetime(2026, 11, 30))
    '30 Nov'
    """
    return f"{moment.day} {_MONTHS[moment.month - 1]}"


def format_count(count: int, noun: str) -> str:
    """Format a number with its noun, in the singular or plural.

    Examples
    --------
    >>> format_count(1, "run"), format_count(1200, "run")
    ('1 run', '1,200 runs')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def legible(text: object, length: int = 200) -> str:
    """Shorten a text, and escape invisible characters and those that change the writing direction.

    Examples
    --------
    >>> legible("a\\u202eb\\n")
    'a\\\\u202eb\\\\u000a'
    """
    kept = str(text)[: length + 1]
    kept = kept if len(kept) <= length else f"{kept[: length - 1]}…"
    return escape_hidden(kept)
