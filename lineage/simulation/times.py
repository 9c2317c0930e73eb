"""The times that a simulation is given: when it starts and ends, and when something happens."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo

from lineage import format
from lineage.errors import InvalidArgument

LONGEST = timedelta(seconds=format.LONGEST)  # of a horizon or duration


class LocalZone(tzinfo):
    """The time zone of this machine, with its daylight saving; `datetime.astimezone` fixes the offset."""

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """Offset from UTC at a wall time."""
        return moment.replace(tzinfo=None).astimezone().utcoffset() if moment else None

    def dst(self, moment: datetime | None) -> timedelta | None:
        """Not known."""
        return None

    def tzname(self, moment: datetime | None) -> str | None:
        """Abbreviation of the zone at a wall time."""
        return moment.replace(tzinfo=None).astimezone().tzname() if moment else None

    def fromutc(self, moment: datetime) -> datetime:
        """The wall time of a time in UTC; of two equal wall times the second has `fold=1`."""
        local = datetime.fromtimestamp(moment.replace(tzinfo=timezone.utc).timestamp())
        return local.replace(tzinfo=self)


LOCAL = LocalZone()


def read_time(given: object, what: str) -> datetime:
    """Return a time as an aware datetime; one without a zone is local, as in `as_of`.

    Parameters
    ----------
    given
        A datetime, or text in ISO 8601 such as `"2026-11-30T09:00"`.
    what
        Its name in the message.

    Raises
    ------
    InvalidArgument
        If it is neither.

    Examples
    --------
    >>> read_time("2026-11-30T09:00+01:00", "start").isoformat()
    '2026-11-30T09:00:00+01:00'
    """
    try:
        moment = format.parse_time(given) if isinstance(given, str) else given
        if isinstance(moment, datetime):
            moment = moment if moment.utcoffset() is not None else moment.replace(tzinfo=LOCAL)
            moment.astimezone(timezone.utc)
            return moment
    except (ValueError, OverflowError, OSError):
        pass  # reported below, like every other invalid value
    raise InvalidArgument(
        f"{what} must be a datetime or ISO 8601 text like '2026-11-30T09:00', not {given!r}"
    )
