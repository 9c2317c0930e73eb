"""The recorded runs of a time, with some time before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from lineage.catalog import Catalog, Refreshed, completed, with_catalog
from lineage.comparing.reasons import ARGO, runtime_of_tags
from lineage.errors import InvalidArgument
from lineage.format import format_time, parse_duration, parse_time
from lineage.progress import OnProgress
from lineage.records.model import Problem, RunRecord
from lineage.sources import Cancel, Source
from lineage.tracing.as_of import as_known_at

_SHORTEST_LEAD = timedelta(days=1)  # of AND groups, part may have arrived that long before


@dataclass(frozen=True)
class AuditedTime:
    """The time that is judged, and the time before it that is played."""

    since: datetime
    until: datetime

    @property
    def start(self) -> datetime:
        """From when on the past is played: once more the length of the window, at least a day."""
        return self.since - max(self.until - self.since, _SHORTEST_LEAD)


@dataclass(frozen=True)
class Past:
    """The runs that began in the played time, by flow, the oldest first."""

    window: AuditedTime
    runs: Mapping[str, list[RunRecord]]
    before: Mapping[str, RunRecord]  # of flows without a run in that time, the latest one before
    later: Mapping[str, RunRecord]  # the first one after it, of each flow that has one
    problems: tuple[Problem, ...] = ()

    @property
    def on_argo(self) -> bool:
        """Whether any run is recorded as one of Argo Workflows."""
        return any(is_on_argo(record) for records in self.runs.values() for record in records)


def is_on_argo(record: RunRecord) -> bool:
    """Whether Argo Workflows ran it: only then its end sends an event."""
    return runtime_of_tags(record.system_tags) == ARGO


def key_of(record: RunRecord) -> str:
    """Key of its flow in a flow map: under `@project` with project and branch."""
    return ".".join(part for part in (record.project, record.branch, record.flow) if part)


def window_of(since: object, until: object, now: datetime) -> AuditedTime:
    """Read the arguments `since` and `until` of an audit.

    Raises
    ------
    InvalidArgument
        If one is neither a time nor a duration before now, or nothing lies between them.
    """
    first, last = _moment("since", since, now), now if until is None else _moment("until", until, now)
    last = min(last, now)
    if first >= last:
        raise InvalidArgument(
            f"the time to audit is empty: since {format_time(first)}, until {format_time(last)}"
        )
    return AuditedTime(first, last)


def _moment(name: str, given: object, now: datetime) -> datetime:
    try:
        if isinstance(given, timedelta):
            return now - given
        # a bare number would be seconds, or a year; the letter after a time is Z
        if isinstance(given, str) and given.strip()[-1:].isalpha() and given.strip()[-1] not in "zZ":
            return now - timedelta(seconds=parse_duration(given))
        moment = parse_time(given) if isinstance(given, str) else given
        if isinstance(moment, datetime):
            return moment.astimezone(timezone.utc)  # one without a time zone is local, as Metaflow's are
    except (ValueError, OverflowError, OSError):
        pass  # reported below, like every other invalid value
    raise InvalidArgument(
        f"{name} must be a duration before now such as '7d', or a time such as '2026-01-31T18:00+00:00'"
    )


def read_past(
    source: Source, window: AuditedTime, progress: OnProgress | None = None, cancel: Cancel | None = None
) -> Past:
    """Read the runs of a time from the source's catalog, which is refreshed first."""
    if source.key is None:
        return _of_records(source.scan(cancel), window)

    def ask(catalog: Catalog, done: Refreshed) -> Past:
        runs: dict[str, list[RunRecord]] = {}
        for flow in catalog.flows():
            keys = catalog.after(flow, window.start)
            completed(catalog, source, keys, progress, cancel)
            latest_before = catalog.latest(flow, len(keys) + 1)[len(keys) :]
            runs[flow] = list(catalog.records([*keys, *latest_before]).values())
        return _past(runs, window, done.problems)

    return with_catalog(source, ask, progress, cancel)


def _of_records(records: Iterable[RunRecord], window: AuditedTime) -> Past:
    by_flow: dict[str, list[RunRecord]] = {}
    for record in records:
        by_flow.setdefault(record.flow, []).append(record)
    return _past(by_flow, window)


def _past(
    by_flow: Mapping[str, list[RunRecord]], window: AuditedTime, problems: tuple[Problem, ...] = ()
) -> Past:
    """Sort the runs of each flow into those of the played time, the latest before, and the first after."""
    runs: dict[str, list[RunRecord]] = {}
    before: dict[str, RunRecord] = {}
    later: dict[str, RunRecord] = {}
    for flow, records in by_flow.items():
        for record in sorted(records, key=_created):
            known = as_known_at(record, window.until)
            if known is None:
                later.setdefault(flow, record)
            elif known.created_at and known.created_at > window.start:
                runs.setdefault(flow, []).append(known)
            else:
                before[flow] = known
    before = {flow: record for flow, record in before.items() if flow not in runs}
    return Past(window, runs, before, later, problems)


def _created(record: RunRecord) -> tuple[float, str]:
    return (record.created_at.timestamp() if record.created_at else 0.0, record.pathspec)
