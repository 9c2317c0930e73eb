"""The times of a cron expression, as Argo would find them.

Argo Events' sensors and Argo Workflows' CronWorkflows both look for the next time with robfig/cron v3
(https://github.com/robfig/cron, spec.go, `SpecSchedule.Next`), which differs from Python's cron libraries
exactly where it matters here, so its steps are followed:

- day of month and day of week are either-or, unless one of them is a star; `*/2` is not a star;
- "jobs scheduled during daylight-savings leap-ahead transitions will not be run"; a wall-clock time that
  comes twice happens twice;
- where clocks skip midnight, or change by half an hour, it may look at a day or an hour twice, or skip it.

A time is a number of seconds since 1970; a wall time is that with the zone's offset added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from lineage.errors import InvalidArgument
from lineage.flow_map.cron_fields import CronFields, Every, read_cron, zone_named

_MINUTE, _HOUR, _DAY = 60, 3600, 86400  # seconds
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FIRST_DAY = date(1970, 1, 1).toordinal()
_YEARS = 5  # "If no time is found within five years, return zero"


class Cron:
    """A cron expression whose times can be listed."""

    def __init__(self, fields: CronFields | Every) -> None:
        self._fields = fields

    @property
    def begins_at_start(self) -> bool:
        """Whether its times depend on the start: those of an interval (`@every`)."""
        return isinstance(self._fields, Every)

    def between(self, start: datetime, end: datetime) -> list[datetime]:
        """Return its times after `start` up to and including `end`, in UTC, in order.

        Parameters
        ----------
        start, end
            Aware. An interval (`@every`) begins at `start`, where Argo would have begun to wait.

        Examples
        --------
        >>> new_york = parse_cron("30 1 * * *", "America/New_York")
        >>> night = datetime(2012, 11, 4, tzinfo=timezone.utc)  # clocks go back: 1:30 comes twice
        >>> [f"{moment:%d %H:%M}" for moment in new_york.between(night, night + timedelta(days=1))]
        ['04 05:30', '04 06:30']
        """
        return list(self.times(start, end))

    def times(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield what `between` returns."""
        if isinstance(self._fields, Every):
            yield from _steady(self._fields.interval, start, end)
            return
        search = _Search(self._fields)
        second, last = _whole_seconds(start), _whole_seconds(end)
        while (first := search.next_after(second, last)) is not None:
            for second in search.of_hour(first, last):
                yield _EPOCH + timedelta(seconds=second)


def parse_cron(text: str, zone: str = "UTC") -> Cron:
    """Parse a cron expression; parameters as for `lineage.flow_map.cron_fields.read_cron`.

    Raises
    ------
    InvalidArgument
        If Argo cannot read it; the message has the expression and the reason.
    """
    try:
        return Cron(read_cron(text, zone))
    except InvalidArgument as error:
        raise InvalidArgument(f"cron {text!r}: {error}") from None


def _steady(interval: timedelta, start: datetime, end: datetime) -> Iterator[datetime]:
    moment = start.astimezone(timezone.utc)
    while end - moment >= interval:
        moment += interval
        yield moment


def _whole_seconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(seconds=1)


class _Search:
    """Finds the next time of a cron expression, as robfig/cron does.

    A field that does not match is incremented until it does. When it wraps around, the search starts again
    with the largest field. The first increment sets all smaller fields to zero.
    """

    def __init__(self, fields: CronFields) -> None:
        self._fields = fields
        self._minutes = sorted(fields.minutes)
        self._offset = _offsets(fields.zone)

    def next_after(self, second: int, last: int) -> int | None:
        """The next time after a second; None if there is none up to `last`, or none in five years."""
        second += 1
        limit = self._date(second).year + _YEARS
        self._added = False
        while second <= last and self._date(second).year <= limit:
            for increment in (self._month, self._day, self._hour, self._minute):
                second, wrapped = increment(second)
                if wrapped:
                    break
            else:
                if not second % _MINUTE:
                    return second if second <= last else None
                second += -second % _MINUTE  # all offsets of today are whole minutes
                self._added = True
        return None

    def of_hour(self, first: int, last: int) -> Iterator[int]:
        """A time and those after it in the same hour up to `last`.

        Only itself where clocks change in that hour, or where a change has led to an hour or a day that does
        not match: then `next_after` must look again.
        """
        yield first
        minute = self._wall(first) % _HOUR // _MINUTE
        hour = first - minute * _MINUTE
        day = self._date(first)
        of_day = day.month in self._fields.months and self._matches(day)
        of_hour = self._wall(first) % _DAY // _HOUR in self._fields.hours
        if of_day and of_hour and self._offset(first) == self._offset(hour + _HOUR):
            later = (hour + other * _MINUTE for other in self._minutes if other > minute)
            yield from (second for second in later if second <= last)

    def _month(self, second: int) -> tuple[int, bool]:
        while self._date(second).month not in self._fields.months:
            if not self._added:
                self._added = True
                second = self._at(self._date(second).replace(day=1), 0)
            second = self._later(second, months=1)
            if self._date(second).month == 1:
                return second, True
        return second, False

    def _day(self, second: int) -> tuple[int, bool]:
        while not self._matches(self._date(second)):
            if not self._added:
                self._added = True
                second = self._at(self._date(second), 0)
            second = self._later(second, days=1)
            hour = self._wall(second) % _DAY // _HOUR
            if hour:  # midnight is skipped here
                second += (24 - hour if hour > 12 else -hour) * _HOUR
            if self._date(second).day == 1:
                return second, True
        return second, False

    def _hour(self, second: int) -> tuple[int, bool]:
        while (hour := self._wall(second) % _DAY // _HOUR) not in self._fields.hours:
            if not self._added:
                self._added = True
                second = self._at(self._date(second), hour * _HOUR)
                hour = self._wall(second) % _DAY // _HOUR  # another one if the full hour is skipped
            second += self._ahead(second, hour, 24, self._fields.hours, _HOUR)
            if self._wall(second) % _DAY // _HOUR == 0:
                return second, True
        return second, False

    def _minute(self, second: int) -> tuple[int, bool]:
        while (minute := self._wall(second) % _HOUR // _MINUTE) not in self._fields.minutes:
            if not self._added:
                self._added = True
                second -= second % _MINUTE
            second += self._ahead(second, minute, 60, self._fields.minutes, _MINUTE)
            if self._wall(second) % _HOUR // _MINUTE == 0:
                return second, True
        return second, False

    def _ahead(self, second: int, value: int, end: int, matching: frozenset[int], unit: int) -> int:
        """Seconds to the next matching value, or to the wrap; one unit where clocks change before it."""
        if self._offset(second) != self._offset(second + (end - value) * unit):
            return unit
        return (min((v for v in matching if v > value), default=end) - value) * unit

    def _matches(self, day: date) -> bool:
        in_month = day.day in self._fields.days
        in_week = day.isoweekday() % 7 in self._fields.weekdays
        return in_month and in_week if self._fields.both_days else in_month or in_week

    def _wall(self, second: int) -> int:
        return second + self._offset(second)

    def _date(self, second: int) -> date:
        return date.fromordinal(self._wall(second) // _DAY + _FIRST_DAY)

    def _at(self, day: date, seconds: int) -> int:
        """The time at which a wall clock shows these seconds of a day, as Go's `time.Date` has it.

        Of a wall time that is skipped or comes twice, it gives "a time that is correct in one of the two
        zones involved in the transition, but it does not guarantee which" (https://pkg.go.dev/time#Date).
        """
        wall = (day.toordinal() - _FIRST_DAY) * _DAY + seconds
        return wall - self._offset(wall - self._offset(wall))

    def _later(self, second: int, months: int = 0, days: int = 0) -> int:
        """The same wall time on a later date, as Go's `Time.AddDate` has it."""
        wall, day = self._wall(second), self._date(second)
        month = day.month - 1 + months
        first = date(day.year + month // 12, month % 12 + 1, 1)
        return self._at(first + timedelta(days=day.day - 1 + days), wall % _DAY)


def _offsets(zone: str) -> Callable[[int], int]:
    """The offset of a zone from UTC, in seconds, by time."""
    place = zone_named(zone)
    if place.key == "UTC":
        return lambda second: 0

    @lru_cache(maxsize=64)  # each time is looked at by several fields
    def offset(second: int) -> int:
        shown = datetime.fromtimestamp(second, place).utcoffset()
        return shown.days * _DAY + shown.seconds if shown is not None else 0

    return offset
