"""The one reader of cron expressions, as Argo reads them.

Argo Workflows' CronWorkflows and Argo Events' `conditionsReset` use robfig/cron v3
(https://pkg.go.dev/github.com/robfig/cron/v3; parser.go): five fields, `*` and `?` alike, names of months and
days, days of the week from 0 to 6, `5/15` for 5-59/15, and `CRON_TZ=… ` or `TZ=… ` in front. Only the former
takes descriptors such as `@daily` and `@every 1h` (argo-events, pkg/sensors/listener.go).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lineage.errors import InvalidArgument

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# name, lowest, highest, names of numbers from the lowest on
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 6, _DAYS),
)
_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}  # seconds
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_EVERY = re.compile(rf"@every ((?:{_PART.pattern})+)")
_ZONE = re.compile(r"(?:CRON_)?TZ=(\S+) +")
_UTC = ("", "UTC", "Local")  # words of Go's time.LoadLocation; Argo's containers have no other local time


@dataclass(frozen=True)
class CronFields:
    """The minutes, hours and days of a cron expression, and its time zone."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday
    both_days: bool  # day of month and day of week must both match, because one of them is a star
    zone: str  # IANA name


@dataclass(frozen=True)
class Every:
    """A steady interval: `@every 1h30m`."""

    interval: timedelta  # whole seconds, at least one


def read_cron(text: str, zone: str = "UTC") -> CronFields | Every:
    """Read a cron expression.

    Parameters
    ----------
    text
        Five fields or a descriptor, with `CRON_TZ=… ` in front or without.
    zone
        Its time zone, unless the expression names one: an IANA name.

    Raises
    ------
    InvalidArgument
        If Argo cannot read it, with the reason.

    Examples
    --------
    >>> sorted(read_cron("0 9-11 * * MON", "Asia/Tokyo").hours), read_cron("@every 90m")
    ([9, 10, 11], Every(interval=datetime.timedelta(seconds=5400)))
    """
    if not isinstance(text, str):
        raise InvalidArgument(f"a cron expression is a text such as '0 9 * * *', not {text!r}")
    text, zone = five_fields(text, zone)
    if reason := zone_problem(zone):
        raise InvalidArgument(reason)
    if text.startswith("@"):
        return _every(text)
    parts = text.split()
    if len(parts) != len(_FIELDS):
        names = ", ".join(name for name, *_ in _FIELDS)
        raise InvalidArgument(f"it has {len(parts)} fields instead of five ({names})")
    values = [_field(part, *field) for part, field in zip(parts, _FIELDS, strict=True)]
    (minutes, _), (hours, _), (days, any_day), (months, _), (weekdays, any_weekday) = values
    return CronFields(minutes, hours, days, months, weekdays, any_day or any_weekday, zone)


def cron_problem(text: str, zone: str = "UTC", *, descriptors: bool) -> str | None:
    """Say why Argo cannot read a cron expression; None if it can.

    Parameters
    ----------
    text, zone
        As for `read_cron`.
    descriptors
        Whether `@daily` and the like are taken.

    Examples
    --------
    >>> cron_problem("0 9 * * 1-5", descriptors=False)
    >>> cron_problem("0 9 * * 7", descriptors=False)
    'the day of week 7 is not within 0 to 6'
    >>> cron_problem("@daily", descriptors=False)
    'the word @daily is not taken here; five fields are'
    """
    if not descriptors and (match := _ZONE.sub("", text, count=1).strip()).startswith("@"):
        return f"the word {match} is not taken here; five fields are"
    try:
        read_cron(text, zone)
    except InvalidArgument as error:
        return str(error)
    return None


def five_fields(text: str, zone: str) -> tuple[str, str]:
    """An expression as five fields where Argo reads it so, and the time zone that it is in.

    Parameters
    ----------
    text
        The expression.
    zone
        Its time zone, unless the expression begins with one.

    Examples
    --------
    >>> five_fields("CRON_TZ=Asia/Tokyo @daily", "UTC")
    ('0 0 * * *', 'Asia/Tokyo')
    >>> five_fields("@every 1h", "UTC")
    ('@every 1h', 'UTC')
    """
    if named := _ZONE.match(text):
        text, zone = text[named.end() :], named[1]
    return _DESCRIPTORS.get(text.strip(), text.strip()), zone


def zone_problem(name: str) -> str | None:
    """Why a time zone is not known; None if it is, as are UTC and the empty name.

    Examples
    --------
    >>> zone_problem("Europe/Berlin")
    >>> zone_problem("Berlin")
    "the time zone 'Berlin' is not known; IANA names such as Europe/Berlin are"
    """
    try:
        zone_named(name)
    except InvalidArgument as error:
        return str(error)
    return None


def zone_named(name: str) -> ZoneInfo:
    """The time zone with an IANA name; the empty name is UTC.

    Raises
    ------
    InvalidArgument
        If there is none of that name.
    """
    try:
        return ZoneInfo("UTC" if name in _UTC else name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise InvalidArgument(
            f"the time zone {name!r} is not known; IANA names such as Europe/Berlin are"
        ) from None


def _every(text: str) -> Every:
    interval = _EVERY.fullmatch(text)
    if interval is None:
        raise InvalidArgument(f"the word {text} is not known")
    try:
        duration = timedelta(seconds=sum(float(n) * _UNITS[u] for n, u in _PART.findall(interval[1])))
    except OverflowError:
        raise InvalidArgument(f"the interval of {text} is too long") from None
    return Every(max(timedelta(seconds=1), timedelta(seconds=duration // timedelta(seconds=1))))


def _field(part: str, name: str, low: int, high: int, names: tuple[str, ...]) -> tuple[frozenset[int], bool]:
    """The values of a field, and whether it is a star."""
    values: set[int] = set()
    star = False
    for piece in filter(None, part.split(",")):
        try:
            numbers = _range(piece, low, high, names)
        except ValueError as error:
            raise InvalidArgument(f"the {name} {piece} {error}") from None
        values.update(numbers)
        star |= piece.startswith(("*", "?")) and numbers.step == 1
    return frozenset(values), star


def _range(piece: str, low: int, high: int, names: tuple[str, ...]) -> range:
    base, slash, step = piece.partition("/")
    if slash and not (step.isascii() and step.isdigit() and int(step)):
        raise ValueError("has a step that is not a number above 0")
    first, dash, last = base.partition("-")
    if first in ("*", "?"):
        start, end = low, high
    else:
        start = _number(first, low, names)
        end = _number(last, low, names) if dash else high if slash else start
    if not low <= start <= end <= high:
        raise ValueError(f"is not within {low} to {high}")
    return range(start, end + 1, int(step or 1))


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + low
    if not (text.isascii() and text.isdigit()):
        raise ValueError("is not a number, a range or a name that is known")
    return int(text)
