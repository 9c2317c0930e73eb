"""Whether Argo can read a cron expression and a time zone, and what is wrong where it cannot.

Argo Workflows' CronWorkflows and Argo Events' `conditionsReset` use robfig/cron v3
(https://pkg.go.dev/github.com/robfig/cron/v3): five fields, days of the week from 0 to 6. Only the
former knows descriptors such as `@daily` (argo-events, pkg/sensors/listener.go).
"""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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
_EVERY = re.compile(r"@every (\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+")
_ZONE = re.compile(r"(?:CRON_)?TZ=(\S+) +")


def cron_problem(text: str, *, descriptors: bool) -> str | None:
    """What Argo cannot read in a cron expression; None if it can read it.

    Parameters
    ----------
    text
        The expression, with `CRON_TZ=… ` before it or without.
    descriptors
        Whether `@daily` and its like are taken.

    Examples
    --------
    >>> cron_problem("0 9 * * 1-5", descriptors=False)
    >>> cron_problem("0 9 * * 7", descriptors=False)
    'the day of week 7 is not within 0 to 6'
    >>> cron_problem("@daily", descriptors=False)
    'the word @daily is not taken here; five fields are'
    """
    if zone := _ZONE.match(text):
        if reason := zone_problem(zone[1]):
            return reason
        text = text[zone.end() :]
    text = text.strip()
    if text.startswith("@"):
        if not descriptors:
            return f"the word {text} is not taken here; five fields are"
        known = text in _DESCRIPTORS or _EVERY.fullmatch(text)
        return None if known else f"the word {text} is not known"
    parts = text.split()
    if len(parts) != len(_FIELDS):
        names = ", ".join(name for name, *_ in _FIELDS)
        return f"it has {len(parts)} fields instead of five ({names})"
    problems = (_field_problem(part, *field) for part, field in zip(parts, _FIELDS, strict=True))
    return next(filter(None, problems), None)


def five_fields(text: str, zone: str) -> tuple[str, str]:
    """An expression that Argo reads as five fields where there are such, and the time zone that it is in.

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
    if found := _ZONE.match(text):
        text, zone = text[found.end() :], found[1]
    return _DESCRIPTORS.get(text.strip(), text.strip()), zone


def zone_problem(name: str) -> str | None:
    """Why a time zone is not known; None if it is, as are UTC and the empty name.

    Examples
    --------
    >>> zone_problem("Europe/Berlin")
    >>> zone_problem("Berlin")
    "the time zone 'Berlin' is not known; IANA names such as Europe/Berlin are"
    """
    if name in ("", "UTC", "Local"):  # the two words of Go's time.LoadLocation
        return None
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"the time zone {name!r} is not known; IANA names such as Europe/Berlin are"
    return None


def _field_problem(part: str, name: str, low: int, high: int, names: tuple[str, ...]) -> str | None:
    for piece in part.split(","):
        base, slash, step = piece.partition("/")
        if slash and not (step.isascii() and step.isdigit() and int(step)):
            return f"the {name} {piece} has a step that is not a number above 0"
        first, dash, last = base.partition("-")
        if first in ("*", "?") and not dash:
            continue
        numbers = [_number(one, low, names) for one in ([first, last] if dash else [first])]
        if None in numbers:
            return f"the {name} {piece} is not a number, a range or a name that is known"
        known = [one for one in numbers if one is not None]
        if not low <= known[0] <= known[-1] <= high:
            return f"the {name} {piece} is not within {low} to {high}"
    return None


def _number(text: str, low: int, names: tuple[str, ...]) -> int | None:
    if text.lower() in names:
        return names.index(text.lower()) + low
    return int(text) if text.isascii() and text.isdigit() else None
