"""What every source can do. A source answers in batches with records and knows nothing of graphs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from lineage.errors import Cancelled
from lineage.records.model import Problem, RunRecord


class Cancel(Protocol):
    """What stops a long read from outside: a `threading.Event` is one."""

    def is_set(self) -> bool:
        """Whether to stop."""


def check(cancel: Cancel | None) -> None:
    """Raise `Cancelled` if somebody asked to stop."""
    if cancel is not None and cancel.is_set():
        raise Cancelled("Reading was stopped; what had been read by then is kept")


class KnownRun(NamedTuple):
    """What a catalog knows of a run, as far as a source needs it to say what changed."""

    stamp: str  # as the source gave it when the run was last read
    due: bool  # to be read again whatever the stamp: the run had not ended


class Known(Protocol):
    """What a catalog holds, for `Source.changes`."""

    def flows(self) -> list[str]:
        """Names of the flows that the catalog has runs of."""

    def listed(self) -> Mapping[str, str]:
        """Flows whose runs are all in the catalog, with the stamp that they had when they were listed."""

    def runs(self, flow: str) -> Mapping[str, KnownRun]:
        """The catalog's runs of a flow, by run id."""

    def unsettled(self) -> Mapping[str, KnownRun]:
        """The runs that had not ended, by pathspec."""

    def newest(self) -> float | None:
        """When the newest of the catalog's runs was created, in seconds since 1970; None without runs."""


class Stamped(NamedTuple):
    """A record that was just read."""

    record: RunRecord
    stamp: str  # differs whenever what a listing shows of the run differs: its tags, its file's time
    again: bool = False  # to be read at the next refresh, too: it may not have been all there


@dataclass(frozen=True)
class Changes:
    """One batch of what differs between a source and a catalog."""

    read: tuple[Stamped, ...] = ()
    gone: tuple[str, ...] = ()  # pathspecs of runs that the catalog has and the source no longer has
    total: int | None = None  # how many runs are to be read in all, once that is known
    listed: Mapping[str, str] = field(default_factory=dict)  # see `Known.listed`; all they have was read
    problems: tuple[Problem, ...] = ()  # what could not be read; the catalog is then incomplete


@runtime_checkable
class Source(Protocol):
    """A place where runs are recorded.

    Every method may raise a `lineage.errors.SourceError`, or `Cancelled` where it takes a `cancel`, and
    nothing else. A run that is there but whose record is broken is a record with `problems`, never an
    exception.
    """

    @property
    def label(self) -> str:
        """Where the runs come from, for people; never with a password."""

    @property
    def key(self) -> str | None:
        """What tells this place from others, the same in every process; without a password.

        The catalog of a source is found by it. None for a source that is not worth one.
        """

    def read(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, RunRecord]:
        """The records of these runs (`Flow/run_id`), by pathspec; runs that do not exist are left out."""

    def latest(self, flow: str, before: datetime | None = None, cancel: Cancel | None = None) -> str | None:
        """Pathspec of a flow's latest run, of those created up to a time (aware) if one is given.

        None if there is no such flow or it has no such run.
        """

    def flows(self) -> list[str]:
        """Names of all flows, sorted."""

    def scan(self, cancel: Cancel | None = None) -> Iterator[RunRecord]:
        """Every run of every flow, in no particular order."""

    def changes(self, known: Known, cancel: Cancel | None = None) -> Iterator[Changes]:
        """What a catalog has to take in: new runs, runs that changed or had not ended, runs gone.

        A source that reads much faster without knowing how runs ended may leave that out (`unread`).
        Whether a finished run changed (its tags) need not show either; `updates` tells both.
        """

    def updates(self, stamps: Mapping[str, str], cancel: Cancel | None = None) -> Iterator[Changes]:
        """Those of these runs, by pathspec, whose stamp is another now, read afresh and whole, or gone.

        None for a source whose `changes` miss nothing.
        """
