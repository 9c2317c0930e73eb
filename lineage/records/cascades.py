"""Cascades: a run or an event, with all that it set off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property

from lineage.records.model import Problem, Status

# A plain tuple: a window may have tens of thousands, and a named one takes three times as long to make.
RunTimes = tuple[str, str, int, "int | None"]  # pathspec, status, created, finished; in µs since 1970

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Cascade:
    """A run or an event, with all that it set off.

    Attributes
    ----------
    root
        Pathspec of the run, or key of the event, that it began with.
    user, project, branch
        Of that run; of the first run, if it began with an event.
    after
        Pathspec of the run that started the root before the time that was asked for; None if none did.
    failed_step
        The step in which the first of its failed runs failed, or None.
    spans
        Pathspec, status, start and end of each run, by start; times are in microseconds since 1970, and the
        end is None if it is not known.
    resumed
        Pathspecs of failed runs that a later run resumed: these do not count as failures.
    """

    root: str
    user: str | None
    project: str | None
    branch: str | None
    after: str | None
    failed_step: str | None
    spans: tuple[RunTimes, ...]
    resumed: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Name of the root's flow, or of its event."""
        return self.root.removeprefix("event:").partition("/")[0]

    @property
    def is_event(self) -> bool:
        """Whether it began with an event."""
        return self.root.startswith("event:")

    @property
    def runs(self) -> list[str]:
        """Pathspecs of its runs, by start."""
        return [span[0] for span in self.spans]

    @cached_property
    def failed(self) -> list[str]:
        """Pathspecs of its failed runs that no later run resumed, by start."""
        return [s[0] for s in self.spans if s[1] == "failed" and s[0] not in self.resumed]

    @cached_property
    def running(self) -> list[str]:
        """Pathspecs of its runs that have not ended, by start."""
        return [span[0] for span in self.spans if span[1] == "running"]

    @property
    def starts_from(self) -> list[str]:
        """The runs to trace it by: those that failed, or else its root."""
        return self.failed or [self.root]

    @cached_property
    def status(self) -> Status:
        """`failed` if any run did, `running` if any run is, `unknown`, or `completed`."""
        if self.failed:
            return "failed"
        if self.running:
            return "running"
        ended = all(span[1] in ("completed", "failed") for span in self.spans)
        return "completed" if ended else "unknown"

    @property
    def started_at(self) -> datetime:
        """When its first run began (aware UTC)."""
        return _moment(self.spans[0][2])

    @cached_property
    def finished_at(self) -> datetime | None:
        """When its last run ended (aware UTC); None while a run is running, or if no end is known."""
        ends = [span[3] for span in self.spans if span[3] is not None]
        return _moment(max(ends)) if ends and not self.running else None

    @property
    def duration(self) -> float | None:
        """Seconds from the start of the first run to the end of the last; None while it is running."""
        return None if self.finished_at is None else (self.finished_at - self.started_at).total_seconds()

    def __len__(self) -> int:
        return len(self.spans)


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


@dataclass(frozen=True)
class RecentCascades:
    """Cascades of a time window, the newest first, with where they were read from; see `lineage.Recent`."""

    cascades: tuple[Cascade, ...]
    since: datetime  # aware UTC
    read_at: datetime  # aware UTC
    source: str  # the label of the source
    problems: tuple[Problem, ...] = ()
