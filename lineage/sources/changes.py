"""Find changes, for sources that can list a flow's runs cheaply and read runs in batches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import TypeVar

from lineage.errors import SourceError, SourceUnreachable
from lineage.records.model import Problem, RunRecord
from lineage.sources.protocol import Cancel, Changes, Known, KnownRun, Stamped, check

# Reads runs batch by batch and yields the records of each batch.
ReadRuns = Callable[[Iterable[list[str]]], Iterator[Mapping[str, RunRecord]]]
# The existing runs of a flow by run id, with their stamps; only the given ones if the last argument is true.
# The stamp is None for a folder that may become a run: the flow is listed again next time.
Listing = Callable[[str, Mapping[str, KnownRun], bool], Mapping[str, "str | None"]]
T = TypeVar("T")

_PATIENCE = 3  # flows in a row that cannot be reached before the source counts as unreachable


def listed_changes(
    known: Known,
    flows: Mapping[str, str],
    listing: Listing,
    read: ReadRuns,
    size: int,
    cancel: Cancel | None = None,
) -> Iterator[Changes]:
    """List the flows, then read new, changed and unfinished runs in batches.

    A flow that cannot be listed is reported as a problem: the other flows are still read, and none of its
    runs counts as gone.

    Parameters
    ----------
    known
        The contents of the catalog. It is queried before a flow is listed, so that a run that another
        process adds in between does not count as gone.
    flows
        All flows of the source, each with a stamp. If the stamp equals the one in the catalog, no run of
        the flow was added or removed. An empty stamp carries no information.
    listing, read
        Functions that list a flow and read runs. `listing` is given the runs in the catalog or, for a flow
        without additions, only those that may have changed; it need not look for others then. See
        `in_turn` for a source that reads one batch at a time.
    size
        Runs to read in one batch; a process that dies loses up to this many.
    """
    plan = _Plan(known)
    for flow in sorted(set(flows) | set(known.flows())):
        check(cancel)
        yield from plan.look_at(flow, flows.get(flow), listing)
    pending, total = plan.pending, len(plan.pending)
    yield Changes(total=total)
    for records in read(batches(pending, size)):
        check(cancel)
        stamped = (Stamped(record, pending[pathspec]) for pathspec, record in records.items())
        yield Changes(read=tuple(stamped), total=total)
    yield Changes(listed=plan.listed, total=total)


def in_turn(
    read: Callable[[Collection[str], Cancel | None], Mapping[str, RunRecord]], cancel: Cancel | None
) -> ReadRuns:
    """Adapt `Source.read` to the `read` argument of `listed_changes`."""
    return lambda some: (read(batch, cancel) for batch in some)


class _Plan:
    """The runs to read."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._listed_before = known.listed()
        self._unsettled: dict[str, dict[str, KnownRun]] = {}
        for pathspec, had in known.unsettled().items():
            flow, _, run_id = pathspec.partition("/")
            self._unsettled.setdefault(flow, {})[run_id] = had
        self.pending: dict[str, str] = {}  # stamps by pathspec
        self.listed: dict[str, str] = {}
        self._unlisted = 0  # flows in a row that did not answer

    def look_at(self, flow: str, stamp: str | None, listing: Listing) -> Iterator[Changes]:
        """Add the runs of a flow that must be read; a stamp of None marks a flow that no longer exists."""
        same = bool(stamp) and self._listed_before.get(flow) == stamp
        had = self._unsettled.get(flow, {}) if same else self._known.runs(flow)
        if same and not had:
            return
        try:
            stamps = listing(flow, had, same) if stamp is not None else {}
        except SourceError as exc:
            self._unlisted += isinstance(exc, SourceUnreachable)
            if self._unlisted >= _PATIENCE:
                raise
            yield Changes(problems=(Problem(flow, str(exc)),))
            return
        self._unlisted = 0
        for run, now in stamps.items():
            if now is not None and is_due(had.get(run), now):
                self.pending[f"{flow}/{run}"] = now
        if stamp and None not in stamps.values():
            self.listed[flow] = stamp
        if gone := tuple(f"{flow}/{run}" for run in had if stamps.get(run) is None):
            yield Changes(gone=gone)


def is_due(known: KnownRun | None, stamp: str) -> bool:
    """Whether a run must be read, given what is known of it and its current stamp."""
    return known is None or known.due or known.stamp != stamp


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Split items into lists of at most `size`.

    Examples
    --------
    >>> list(batches("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch
