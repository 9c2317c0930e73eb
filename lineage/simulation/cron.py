"""Cron expressions with the semantics of Argo.

Argo Events' sensors and Argo Workflows' CronWorkflows both use robfig/cron v3
(https://pkg.go.dev/github.com/robfig/cron/v3), whose rules differ from those of Python's cron
libraries exactly where it matters here, so this module implements them:

- five fields, `*` and `?` alike, names of months and days, days of the week 0 to 6, `5/15` for 5-59/15;
- day of month and day of week are either-or, unless one of them is a star; `*/2` is not a star;
- a wall-clock time that daylight saving skips does not happen ("jobs scheduled during daylight-savings
  leap-ahead transitions will not be run"), and one that comes twice happens twice.

`conditionsReset` takes no descriptors such as `@daily` (argo-events, pkg/sensors/listener.go), and its
time zone "defaults to UTC" (https://argoproj.github.io/argo-events/sensors/trigger-conditions/).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lineage.errors import InvalidArgument

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_DAYS = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 6, _DAYS),
)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Cron:
    """A parsed cron expression in its time zone."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday
    both_days: bool  # day of month and day of week must both match
    zone: ZoneInfo

    def between(self, start: datetime, end: datetime) -> list[datetime]:
        """Return its times after `start` up to and including `end`, in UTC, in order.

        Parameters
        ----------
        start, end
            Aware.

        Examples
        --------
        >>> new_york = parse_cron("30 1 * * *", "America/New_York")
        >>> night = datetime(2012, 11, 4, tzinfo=timezone.utc)  # clocks go back: 1:30 comes twice
        >>> [f"{moment:%d %H:%M}" for moment in new_york.between(night, night + _DAY)]
        ['04 05:30', '04 06:30']
        """
        first = start.astimezone(self.zone).date() - _DAY
        last = end.astimezone(self.zone).date() + _DAY
        found: set[datetime] = set()
        for day in _days(first, last):
            if self._on(day):
                found.update(moment for moment in self._moments(day) if start < moment <= end)
        return sorted(found)

    def _on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return in_month and in_week if self.both_days else in_month or in_week

    def _moments(self, day: date) -> Iterator[datetime]:
        for hour in self.hours:
            for minute in self.minutes:
                yield from _instants(datetime.combine(day, time(hour, minute)), self.zone)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _instants(wall: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The instants at which clocks show this wall time: none, one or two."""
    for fold in (0, 1):
        instant = wall.replace(tzinfo=zone, fold=fold).astimezone(timezone.utc)
        if instant.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
            yield instant


def parse_cron(text: str, zone: str = "UTC") -> Cron:
    """Parse a cron expression.

    Parameters
    ----------
    text
        Five fields: minute, hour, day of month, month, day of week.
    zone
        An IANA name such as `America/Los_Angeles`.

    Raises
    ------
    InvalidArgument
        If a field or the time zone is invalid; the message names it.
    """
    parts = text.split() if isinstance(text, str) else []
    if len(parts) != 5:
        fields = ", ".join(name for name, *_ in _FIELDS)
        raise InvalidArgument(f"cron {text!r} must have five fields ({fields}), not {len(parts)}")
    values = [_field(part, *spec, text) for part, spec in zip(parts, _FIELDS, strict=True)]
    (minutes, _), (hours, _), (days, any_day), (months, _), (weekdays, any_weekday) = values
    return Cron(
        tuple(sorted(minutes)),
        tuple(sorted(hours)),
        frozenset(days),
        frozenset(months),
        frozenset(weekdays),
        any_day or any_weekday,
        zone_of(zone),
    )


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone with an IANA name.

    Raises
    ------
    InvalidArgument
        If there is no time zone of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise InvalidArgument(
            f"unknown time zone {name!r}: use an IANA name such as America/Los_Angeles"
        ) from None


def _field(
    part: str, name: str, low: int, high: int, names: dict[str, int], text: str
) -> tuple[set[int], bool]:
    """The values of one field, and whether it is a star."""
    found: set[int] = set()
    star = False
    for piece in part.split(","):
        try:
            values, is_star = _range(piece, low, high, names)
        except ValueError as exc:
            raise InvalidArgument(f"cron {text!r}: the {name} {piece!r} {exc}") from None
        found |= values
        star |= is_star
    return found, star


def _range(piece: str, low: int, high: int, names: dict[str, int]) -> tuple[set[int], bool]:
    base, slash, step_text = piece.partition("/")
    step = _number(step_text, {}) if slash else 1
    if step < 1:
        raise ValueError("has a step below 1")
    first_text, dash, last_text = base.partition("-")
    if first_text in ("*", "?"):
        first, last = low, high
    else:
        first = _number(first_text, names)
        last = _number(last_text, names) if dash else (high if slash else first)
    if not low <= first <= last <= high:
        raise ValueError(f"is not within {low} to {high}")
    return set(range(first, last + 1, step)), first_text in ("*", "?") and step == 1


def _number(text: str, names: dict[str, int]) -> int:
    if text.lower() in names:
        return names[text.lower()]
    if not (text.isascii() and text.isdigit()):
        raise ValueError(
            "is not a number" if not names else "is neither a number nor a name such as MON or JAN"
        )
    return int(text)
