"""The cascades that began since a time, from a source's catalog."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from lineage.catalog import Catalog, Refreshed, completed, rare_collections, with_catalog
from lineage.catalog.window import Window, window_of
from lineage.errors import InvalidArgument
from lineage.format import parse_duration, parse_time
from lineage.progress import OnProgress
from lineage.records.cascades import RecentCascades
from lineage.sources import Cancel, Source, open_source
from lineage.tracing.cascades import Lookup, cascades_of
from lineage.tracing.effects import ScannedEffects

Since = str | timedelta | datetime
_DATE = re.compile(r"\d-\d")  # in a time, and in no duration


def recent_cascades(
    since: Since,
    source: Source | str | None = None,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> RecentCascades:
    """Group the runs since a time into cascades; arguments and errors as `lineage.recent`."""
    now = datetime.now(timezone.utc)
    start = start_of(since, now)
    opened = open_source(source)
    if opened.key is None:
        records = {record.pathspec: record for record in opened.scan(cancel)}
        scanned = ScannedEffects(records.values())
        window = window_of(records.values(), start)
        cascades = cascades_of(window, Lookup(scanned.records, scanned.effects, scanned.told_causes))
        return RecentCascades(tuple(cascades), start, now, opened.label)

    def ask(catalog: Catalog, done: Refreshed) -> RecentCascades:
        with rare_collections():
            window = _whole_window(catalog, opened, start, progress, cancel)
            cascades = cascades_of(window, Lookup(catalog.records, catalog.effects, catalog.told_causes))
        return RecentCascades(tuple(cascades), start, now, opened.label, done.problems)

    return with_catalog(opened, ask, progress, cancel)


def _whole_window(
    catalog: Catalog, source: Source, start: datetime, progress: OnProgress | None, cancel: Cancel | None
) -> Window:
    """The window, in which it is known how each run ended."""
    window = catalog.window(start)
    if unread := [run[0] for run in window.runs if run[1] == "unread"]:
        completed(catalog, source, unread, progress, cancel)
        window = catalog.window(start)
    return window


def start_of(since: Since, now: datetime) -> datetime:
    """The start of the window, aware UTC.

    Parameters
    ----------
    since
        A duration before now such as `"7d"` or a `timedelta`, or a time, also as ISO 8601 text (one without a
        zone is local).
    now
        The present (aware).

    Raises
    ------
    InvalidArgument
        If it is neither.
    """
    try:
        if isinstance(since, str) and _DATE.search(since):
            since = parse_time(since)
        if isinstance(since, datetime):
            return since.astimezone(timezone.utc)
        before = since if isinstance(since, timedelta) else timedelta(seconds=parse_duration(since))
        return now - before
    except (OverflowError, OSError):  # further back than there are years
        return datetime(1970, 1, 1, tzinfo=timezone.utc)
    except InvalidArgument:
        raise
    except ValueError:
        raise InvalidArgument(f"since must be like '7d', a timedelta or a datetime, not {since!r}") from None
