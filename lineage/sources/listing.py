"""What changed, for sources that can list a flow's runs cheaply and read runs in batches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import TypeVar

from lineage.errors import SourceError
from lineage.model import Problem, RunRecord
from lineage.sources.base import Cancel, Changes, Known, KnownRun, Stamped, check

Read = Callable[[Collection[str], "Cancel | None"], Mapping[str, RunRecord]]
# The runs of a flow that exist, by run id, each with its stamp.
Listing = Callable[[str, Mapping[str, KnownRun]], Mapping[str, str]]
T = TypeVar("T")


def listed_changes(
    known: Known, flows: Iterable[str], listing: Listing, read: Read, size: int, cancel: Cancel | None = None
) -> Iterator[Changes]:
    """List every flow, then read what is new, what changed, and what had not ended, in batches.

    A flow that cannot be listed is a problem of its own: the others are read, and none of its runs counts
    as gone.

    Parameters
    ----------
    known
        What the catalog holds. It is asked about a flow before the flow is listed: a run that another
        process adds in between is then not taken for one that is gone.
    flows
        Names of all flows of the source.
    listing, read
        How to list one flow, and how to read runs.
    size
        Runs to read in one batch; as much is lost if the process dies.
    """
    pending: dict[str, str] = {}
    listed = set(flows)
    for flow in sorted(listed | set(known.flows())):
        check(cancel)
        had = known.runs(flow)
        try:
            there = listing(flow, had) if flow in listed else {}
        except SourceError as exc:
            yield Changes(problems=(Problem(flow, str(exc)),))
            continue
        pending.update(
            {f"{flow}/{run}": stamp for run, stamp in there.items() if is_due(had.get(run), stamp)}
        )
        if gone := tuple(f"{flow}/{run}" for run in had if run not in there):
            yield Changes(gone=gone)
    yield Changes(total=len(pending))
    for batch in batches(pending, size):
        check(cancel)
        records = read(batch, cancel)
        stamped = (Stamped(record, pending[pathspec]) for pathspec, record in records.items())
        yield Changes(read=tuple(stamped), total=len(pending))


def is_due(known: KnownRun | None, stamp: str) -> bool:
    """Whether a run is to be read, by what is known of it and by its stamp now."""
    return known is None or known.due or known.stamp != stamp


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most `size`.

    Examples
    --------
    >>> list(batches("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch
