"""The protocol of sources: they return records in batches and know nothing about graphs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from lineage.errors import Cancelled
from lineage.records.contents import RunContents
from lineage.records.model import Problem, RunRecord, TriggerEvent
from metaflow_extensions.lineage.plugins.metadata.causes import from_epoch


class Cancel(Protocol):
    """Cancels a long read; a `threading.Event` fits."""

    def is_set(self) -> bool:
        """Whether the read should stop."""


def check(cancel: Cancel | None) -> None:
    """Raise `Cancelled` if the read was cancelled."""
    if cancel is not None and cancel.is_set():
        raise Cancelled("Reading was cancelled; everything read so far is kept")


class KnownRun(NamedTuple):
    """The part of a catalog's knowledge of a run that a source needs to find changes."""

    stamp: str  # given by the source when the run was last read
    due: bool  # must be read again whatever the stamp, because the run had not ended


class Known(Protocol):
    """The contents of a catalog, for `Source.changes`."""

    def flows(self) -> list[str]:
        """Names of the flows with runs in the catalog."""

    def listed(self) -> Mapping[str, str]:
        """Flows with all their runs in the catalog, with the stamp that they had when listed."""

    def runs(self, flow: str) -> Mapping[str, KnownRun]:
        """The catalog's runs of a flow, by run id."""

    def unsettled(self) -> Mapping[str, KnownRun]:
        """The runs that had not ended, by pathspec."""


class Stamped(NamedTuple):
    """A record that was just read."""

    record: RunRecord
    stamp: str  # changes whenever the run looks different in a listing: its tags, the time of its file
    again: bool = False  # read it again at the next refresh, because it may have been incomplete


class PlainRun(NamedTuple):
    """A run that was just read, completed, and about which only its triggers and tags are to be told.

    Everything else is as a `RunRecord` has it by default, so that a source with many of them need not make
    a record of each.
    """

    pathspec: str
    created: int  # microseconds since 1970
    finished: int  # microseconds since 1970
    user: str | None
    tags: tuple[str, ...]
    system_tags: tuple[str, ...]
    triggers: tuple[TriggerEvent, ...]
    stamp: str  # see `Stamped`

    def record(self) -> RunRecord:
        """The record of the run."""
        flow, run_id = self.pathspec.split("/", 1)
        created, finished = (from_epoch(when, 10**6) for when in (self.created, self.finished))
        facts = self.user, self.tags, self.system_tags
        return RunRecord(flow, run_id, "completed", created, finished, *facts, triggers=self.triggers)


@dataclass(frozen=True)
class Changes:
    """One batch of differences between a source and a catalog."""

    read: tuple[Stamped, ...] = ()
    gone: tuple[str, ...] = ()  # pathspecs of runs in the catalog that the source no longer has
    total: int | None = None  # total number of runs to read, once known
    listed: Mapping[str, str] = field(
        default_factory=dict
    )  # see `Known.listed`; all runs of these flows were read
    problems: tuple[Problem, ...] = ()  # failures to read; the catalog is then incomplete
    plain: tuple[PlainRun, ...] = ()  # further runs that were read


@runtime_checkable
class HasContents(Protocol):
    """A source that reads content hashes faster than Metaflow's client does; optional."""

    def contents(
        self, end_steps: Mapping[str, str], cancel: Cancel | None = None
    ) -> Mapping[str, RunContents]:
        """The contents by hash of these runs, by pathspec; `end_steps` has the last step of each."""


class Reader(Protocol):
    """The part of a source that a walk upstream needs."""

    @property
    def label(self) -> str:
        """Name of the store for messages, without a password."""

    def read(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, RunRecord]:
        """The records of these runs (`Flow/run_id`), by pathspec; runs that do not exist are left out."""

    def latest(self, flow: str, before: datetime | None = None, cancel: Cancel | None = None) -> str | None:
        """Pathspec of a flow's latest run, or of the latest one created up to `before` (aware).

        None if the flow does not exist or has no such run.
        """

    def flows(self) -> list[str]:
        """Names of all flows, sorted."""


@runtime_checkable
class Source(Reader, Protocol):
    """A place where runs are recorded.

    Methods raise only `lineage.errors.SourceError`, or `Cancelled` if they take a `cancel`. A run with a
    broken record is returned as a record with `problems`, never raised as an exception.
    """

    @property
    def key(self) -> str | None:
        """Identifies the store: unique, the same in every process, without a password.

        It selects the source's catalog. None for a source that does not need one.
        """

    def scan(self, cancel: Cancel | None = None) -> Iterator[RunRecord]:
        """Every run of every flow, in no particular order."""

    def changes(self, known: Known, cancel: Cancel | None = None) -> Iterator[Changes]:
        """Everything a catalog must update: new runs, changed or unfinished runs, and deleted runs.

        A source may omit how runs ended (status `unread`) if that makes it much faster, and need not notice
        changes of finished runs (their tags); `updates` returns both.
        """

    def updates(self, stamps: Mapping[str, str], cancel: Cancel | None = None) -> Iterator[Changes]:
        """Those of the given runs whose stamp has changed, read again in full, and those that are gone.

        Nothing if the source's `changes` are always complete.
        """


@runtime_checkable
class HasStamps(Protocol):
    """A source where the stamps of runs are much cheaper than the runs; see the rule in `lineage.catalog`."""

    def stamps(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, str]:
        """The stamps that these runs have now, by pathspec; runs that do not exist are left out."""

    def read_stamped(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, Stamped]:
        """The records of these runs with their stamps; runs that do not exist are left out."""


@runtime_checkable
class HasNews(Protocol):
    """A source that can tell cheaply whether something happened, for those who watch it."""

    def news(
        self, unfinished: Collection[str], since: datetime, cancel: Cancel | None = None
    ) -> set[str] | None:
        """Pathspecs of the runs that began since a time (aware), and of those unfinished ones that ended.

        None if the source cannot tell without reading everything.
        """
