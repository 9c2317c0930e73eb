"""Compare the times of a flow's schedule with the runs that started by themselves.

A schedule fires only where the flow is deployed, which no record says: a run that started at one of its times
does. From the first of these on, its schedule is judged.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lineage.auditing.declared import Version
from lineage.auditing.past import AuditedTime, is_on_argo
from lineage.comparing.reasons import runtime_of_tags, scheduled_time
from lineage.errors import InvalidArgument
from lineage.flow_map.declarations import Clock
from lineage.records.model import RunRecord
from lineage.simulation.cron import Cron, parse_cron

CLOCKS = timedelta(minutes=5)  # by which two machines' clocks may differ
_LATE = timedelta(days=1)  # that the first pod of a run may wait for a machine
_OTHERS = ("step-functions", "airflow")  # what also starts runs by a schedule, as runs record it


@dataclass(frozen=True)
class Scheduled:
    """The outcome of each time of a schedule."""

    fired: tuple[str, ...] = ()  # pathspecs of the runs that started by it
    missed: tuple[datetime, ...] = ()
    notes: tuple[str, ...] = ()  # what could not be judged
    judged: bool = False


def scheduled(
    versions: Sequence[Version], runs: Sequence[RunRecord], window: AuditedTime, deployed: bool
) -> Scheduled:
    """Pair the times of a flow's schedule with its runs.

    Parameters
    ----------
    versions
        What the flow declared, over time.
    runs
        Its runs in the played time.
    window
        The audited time; what was missed before it is left out.
    deployed
        Whether the flow is known to be deployed, the whole time.
    """
    times, notes = _times(versions, window)
    if not times:
        return Scheduled(notes=tuple(notes))
    started = dict(_started(times, [run for run in runs if _by_itself(run)]))
    if not started and not deployed:
        notes.append(
            "no run by its schedule is recorded: whether it is deployed is not known, so it is not judged"
        )
        return Scheduled(notes=tuple(notes))
    first = window.since if deployed else max(window.since, min(started))
    missed = tuple(time for time in times if time >= first and time not in started)
    return Scheduled(tuple(started.values()), missed, tuple(notes), judged=True)


def schedule_of(versions: Sequence[Version]) -> Clock | None:
    """The schedule that a flow declared last."""
    return versions[-1].declaration.schedule


def format_clock_of(clock: Clock) -> str:
    """A schedule in a sentence."""
    return f"{clock.cron}, {clock.timezone}"


def _times(versions: Sequence[Version], window: AuditedTime) -> tuple[list[datetime], list[str]]:
    """The times of the schedules while each certainly held, and what is not known of them."""
    times: list[datetime] = []
    notes: list[str] = []
    for number, version in enumerate(versions):
        clock = version.declaration.schedule
        if clock is None:
            continue
        cron = _cron(clock)
        if cron is None or cron.begins_at_start:
            notes.append(f"when its schedule ({format_clock_of(clock)}) starts is not recorded: not judged")
            continue
        # the first run that declared it may have started by it, and waited
        held = version.since - _LATE if version.since and not number else version.since
        since = max(filter(None, (held, window.start)))
        until = min(filter(None, (version.until, window.until)))
        times += cron.between(since, until)
    return times, notes


def _cron(clock: Clock) -> Cron | None:
    try:
        return parse_cron(clock.cron, clock.timezone)
    except InvalidArgument:
        return None  # Argo does not start it; the flow map's problems say so


def _by_itself(record: RunRecord) -> bool:
    """Whether a run may have started by a schedule."""
    caused = record.triggers or record.origin or record.spawned_by
    deployed = scheduled_time(record.run_id) or runtime_of_tags(record.system_tags) in _OTHERS
    return bool(deployed and not caused)


def _started(times: Sequence[datetime], runs: Sequence[RunRecord]) -> Iterator[tuple[datetime, str]]:
    """The times at which a run started, with the run."""
    taken: set[datetime] = set()
    for record in runs:
        time = next((t for t in _candidates(times, record) if t not in taken), None)
        if time is not None:
            taken.add(time)
            yield time, record.pathspec


def _candidates(times: Sequence[datetime], record: RunRecord) -> Iterator[datetime]:
    """The times for which a run can have started: the one in its name, or the one before it began."""
    time = scheduled_time(record.run_id)
    if time and is_on_argo(record):
        number = bisect_left(times, time)
        yield from (each for each in times[number : number + 1] if each == time)
    elif record.created_at is not None:
        number = bisect_right(times, record.created_at)
        yield from times[max(number - 1, 0) : number]
        yield from (time for time in times[number : number + 1] if time - record.created_at <= CLOCKS)
