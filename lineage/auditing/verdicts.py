"""Compare what should have fired with what ran."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from lineage.auditing.audit import FlowAudit, Unexplained
from lineage.auditing.declared import Version
from lineage.auditing.past import Past, is_on_argo, key_of
from lineage.auditing.playing import Expected, Firing
from lineage.auditing.schedules import CLOCKS, format_clock_of, schedule_of, scheduled
from lineage.comparing.reasons import label, named
from lineage.format import format_count, format_time
from lineage.records.model import RunRecord, TriggerEvent


@dataclass
class _Matched:
    fired: list[str] = field(default_factory=list)
    other_causes: list[str] = field(default_factory=list)  # fired, with other causes than the rules give
    left: list[RunRecord] = field(default_factory=list)  # runs without a firing
    missed: list[Firing] = field(default_factory=list)  # firings without a run


def judge(
    key: str,
    versions: Sequence[Version],
    past: Past,
    expected: Expected,
    recorded: Collection[str],
    zone: tzinfo,
    grace: timedelta,
    deployed: bool = False,
) -> FlowAudit:
    """Judge one flow.

    Parameters
    ----------
    key
        Its key in a flow map.
    versions
        What it declared, over time.
    past, expected
        What was recorded, and what the engine found.
    recorded
        Pathspecs of all runs in `past`.
    zone
        The time zone of the text.
    grace
        What should have fired that shortly before the end may still start.
    deployed
        Whether the flow is known to be deployed, so that its schedule counts.
    """
    flow = versions[-1].declaration.flow
    runs = [record for record in past.runs.get(flow, ()) if key_of(record) == key]
    by_events = [record for record in runs if _fired(record)]
    matched = _match(expected.firings.get(key, []), by_events)
    window = past.window
    unsure = [(first, last) for first, last, _ in _unsure(versions)]
    by_clock = scheduled(versions, runs, window, deployed)
    missed = [
        firing
        for firing in (*matched.missed, *(Firing(time, ()) for time in by_clock.missed))
        if window.since <= firing.at <= window.until - grace
        and not any(first < firing.at < last for first, last in unsure)
    ]
    missed.sort(key=lambda firing: firing.at)
    clock = schedule_of(versions)
    explained, unexplained = _explained(matched.left, by_events, versions, past, recorded)
    within = {record.pathspec for record in runs if record.created_at and record.created_at >= window.since}
    return FlowAudit(
        key,
        tuple(run for run in (*matched.fired, *explained, *by_clock.fired) if run in within),
        tuple(missed),
        tuple(entry for entry in unexplained if entry.run in within),
        expected.held.get(key),
        len(within.difference(by_clock.fired, (record.pathspec for record in by_events))),
        (*_notes(versions, matched, within, zone), *by_clock.notes),
        tuple(listening.label for listening in versions[-1].declaration.listens),
        format_clock_of(clock) if clock else None,
        by_clock.judged,
        any(version.known for version in versions),
        zone,
        window.until,
    )


def _fired(record: RunRecord) -> bool:
    """Whether it has triggers of its own: a resumed run shows those of its origin."""
    return bool(record.triggers) and record.origin is None


def _causes(record: RunRecord) -> frozenset[str]:
    return frozenset(event.node for event in record.triggers)


def _match(firings: list[Firing], runs: list[RunRecord]) -> _Matched:
    """Pair firings with runs: those with the same causes, then those that share one."""
    matched = _Matched()
    open_firings: dict[frozenset[str], list[Firing]] = {}
    for firing in sorted(firings, key=lambda firing: firing.at):
        open_firings.setdefault(frozenset(firing.causes), []).append(firing)
    for record in runs:
        same = open_firings.get(_causes(record))
        if same:
            same.pop(0)
            matched.fired.append(record.pathspec)
        else:
            matched.left.append(record)
    rest = sorted((firing for some in open_firings.values() for firing in some), key=lambda firing: firing.at)
    by_cause: dict[str, list[Firing]] = {}
    for firing in rest:
        for cause in firing.causes:
            by_cause.setdefault(cause, []).append(firing)
    taken: set[int] = set()
    for record in list(matched.left):
        shared = (firing for cause in _causes(record) for firing in by_cause.get(cause, ()))
        free = (firing for firing in shared if id(firing) not in taken)
        match = next((firing for firing in free if _in_time(firing, record)), None)
        if match is not None:
            taken.add(id(match))
            matched.left.remove(record)
            matched.fired.append(record.pathspec)
            matched.other_causes.append(record.pathspec)
    matched.missed = [firing for firing in rest if id(firing) not in taken]
    return matched


def _in_time(firing: Firing, record: RunRecord) -> bool:
    return record.created_at is not None and record.created_at >= firing.at - CLOCKS


_CHANGES = 3  # of a declaration that a flow's sentence names
_UNORDERED = "by the recorded times, what triggered it had not arrived together"


def _explained(
    left: list[RunRecord],
    runs: list[RunRecord],
    versions: Sequence[Version],
    past: Past,
    recorded: Collection[str],
) -> tuple[list[str], list[Unexplained]]:
    """Of the runs without a firing, those whose causes cannot be played, and those that nothing explains."""
    explained, unexplained = [], []
    first_use: dict[str, str] = {}  # cause -> the first run that it triggered
    for record in runs:
        for cause in _causes(record):
            first_use.setdefault(cause, record.pathspec)
    for record in left:
        declared = _declared_at(record.created_at, versions)
        strange = [event for event in record.triggers if event.name not in declared]
        if strange:
            reason = f"{named([label(e.node) for e in strange])} is not among what it declares"
            unexplained.append(Unexplained(record.pathspec, reason))
        elif any(not _is_played(event, recorded, past) for event in record.triggers):
            explained.append(record.pathspec)
        else:
            lacking = declared - {event.name for event in record.triggers}
            again = sorted(cause for cause in _causes(record) if first_use[cause] != record.pathspec)
            already = f"{named(list(map(label, again)))} had fired it before" if again else _UNORDERED
            reason = f"{named(sorted(lacking))} had not arrived" if lacking else already
            unexplained.append(Unexplained(record.pathspec, reason))
    return explained, unexplained


def _declared_at(moment: datetime | None, versions: Sequence[Version]) -> set[str]:
    """Names of the events that a flow listened to at a time."""
    holding = [version for version in versions if moment is None or version.holds(moment)]
    return {
        listening.event
        for version in holding[-1:] or versions[:1]
        for listening in version.declaration.listens
    }


def _is_played(event: TriggerEvent, recorded: Collection[str], past: Past) -> bool:
    """Whether the cause is among what was played: a run that is gone, or older, is not."""
    if event.run:
        return event.run in recorded
    return event.timestamp is None or event.timestamp >= past.window.start


def _unsure(versions: Sequence[Version]) -> Iterator[tuple[datetime, datetime, bool]]:
    """The times in which a declaration changed: between two runs; and whether it is known of both."""
    for before, after in pairwise(versions):
        first = before.until or after.since
        last = after.first_run
        if first and last:
            yield first, last, before.known and after.known


def _notes(
    versions: Sequence[Version],
    matched: _Matched,
    within: Collection[str],
    zone: tzinfo,
) -> Iterator[str]:
    if not any(version.known for version in versions):
        yield "what it declares is not known, only what triggered it"
    changes = list(_unsure(versions))
    for first, last, known in changes[:_CHANGES]:
        between = f"between {format_time(first, zone)} and {format_time(last, zone)}"
        if known:
            lost = "when the sensor may have lost what had arrived"
            yield f"its declaration changed {between}, {lost}: not judged"
        else:
            yield f"what it declared {between} is not known, only what triggered it: not judged"
    if len(changes) > _CHANGES:
        yield f"and {format_count(len(changes) - _CHANGES, 'more change')} of it"
    if other := [run for run in matched.other_causes if run in within]:
        yield f"{named(other)} fired with other causes than the recorded times give: do the clocks disagree?"


def senders_note(past: Past) -> str:
    """How the ends of runs on people's machines are taken."""
    records = [record for some in past.runs.values() for record in some]
    if not past.on_argo:
        other = "ends of other runs are taken to send events as those do"
        return f"no run of Argo Workflows is recorded here: {other}"
    local = sum(not is_on_argo(record) for record in records)
    return f"{format_count(local, 'run')} outside Argo Workflows sent no event" if local else ""
