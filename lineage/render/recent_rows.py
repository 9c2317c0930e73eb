"""The facts of recent cascades in words, for the table in a terminal and the one in a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from statistics import median

from lineage.format import format_count, format_duration, format_time, legible, short_run_id
from lineage.records.cascades import Cascade, RecentCascades

ROWS = 200  # cascades in a table; the rest is counted
_ENOUGH = 3  # completed cascades of a root from which their usual duration is known


def title(recent: RecentCascades) -> str:
    """The window in words: "Last 7 days", or "Since 2026-01-02 03:04:05 UTC" for a window of odd length."""
    seconds = (recent.read_at - recent.since).total_seconds()
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds > 0 and seconds % size == 0:
            return "Last " + (word if seconds == size else format_count(int(seconds // size), word))
    return f"Since {format_time(recent.since)}"


def summary(recent: RecentCascades) -> str:
    """How much there is, and where it was read from."""
    runs = {run for cascade in recent.cascades for run in cascade.runs}
    projects = {cascade.project for cascade in recent.cascades if cascade.project}
    parts = [format_count(len(recent.cascades), "cascade"), format_count(len(runs), "run")]
    parts += [format_count(len(projects), "project")] if projects else []
    return ", ".join(parts) + f" · {legible(recent.source)}"


def nothing(recent: RecentCascades) -> str:
    """The sentence for an empty table."""
    return f"No run began since {format_time(recent.since)} in the {legible(recent.source)}."


def sections(recent: RecentCascades) -> Iterator[tuple[str, list[Cascade]]]:
    """Headings and their cascades: those that failed, then the others by the day (UTC) of their start."""
    shown = recent.cascades
    failed = [cascade for cascade in shown if cascade.status == "failed"]
    if failed:
        yield f"Failed: {len(failed):,} of {len(shown):,}", failed
    days: dict[str, list[Cascade]] = {}
    for cascade in shown:
        if cascade.status != "failed":
            days.setdefault(_day(cascade.started_at, recent.read_at), []).append(cascade)
    yield from days.items()


def _day(moment: datetime, now: datetime) -> str:
    day = f"{moment:%A} {moment.day} {moment:%B}"
    if moment.date() == now.date():
        return f"Today, {day}"
    return day if moment.year == now.year else f"{day} {moment.year}"


def root(cascade: Cascade) -> tuple[str, str]:
    """Name and id of the root."""
    rest = cascade.root.removeprefix("event:").partition("/")[2]
    word = f"event {rest[:8]}" if cascade.is_event else short_run_id(rest)
    return legible(cascade.name, 40), legible(word, 24)


def origin(cascade: Cascade) -> str:
    """The run or event that it followed from; an empty text if that is not known."""
    if cascade.after:
        return f"after {legible(cascade.after, 40)}"
    return "event from outside" if cascade.is_event else ""


def state(cascade: Cascade) -> str:
    """Its failed runs, its running runs, or else its number of runs, in words."""
    count = len(cascade)
    if cascade.status == "failed":
        of_all = f"{len(cascade.failed)} of {count}: " if len(cascade.failed) > 1 else ""
        flow = cascade.failed[0].split("/")[0]
        name = "" if cascade.failed[0] == cascade.root else legible(flow, 30)
        step = f"in {legible(cascade.failed_step, 24)}" if cascade.failed_step else ""
        return f"{of_all}{name} {step}".strip() or "at the root"
    if cascade.status == "running":
        return legible(", ".join(dict.fromkeys(run.split("/")[0] for run in cascade.running)), 40)
    resumed = len(cascade.resumed & set(cascade.runs))
    words = format_count(count, "run")
    return f"{words}, {resumed:,} resumed" if resumed else words


def owner(cascade: Cascade) -> tuple[str, str]:
    """The user of the root, and its project with its branch."""
    place = " · ".join(part for part in (cascade.project, cascade.branch) if part)
    return legible(cascade.user or "—", 24), legible(place, 40)


def took(cascade: Cascade, now: datetime) -> str:
    """How long it took, or has taken so far."""
    if cascade.status == "running":
        return f"{format_duration((now - cascade.started_at).total_seconds())} so far"
    return format_duration(cascade.duration)


def usual(cascades: Sequence[Cascade]) -> dict[str, float]:
    """Median duration in seconds of the completed cascades of each name; of names with three or more."""
    durations: dict[str, list[float]] = {}
    for cascade in cascades:
        if cascade.status == "completed" and cascade.duration is not None:
            durations.setdefault(cascade.name, []).append(cascade.duration)
    return {name: median(those) for name, those in durations.items() if len(those) >= _ENOUGH}
