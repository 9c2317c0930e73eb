"""Update a catalog from its source."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lineage.catalog.store import Catalog
from lineage.errors import SourceError
from lineage.progress import OnProgress
from lineage.records.model import Problem, RunRecord
from lineage.sources import Cancel, Source


@dataclass(frozen=True)
class Refreshed:
    """The result of a refresh."""

    read: int = 0  # number of runs read
    gone: int = 0  # number of runs that no longer exist
    seconds: float = 0.0
    problems: tuple[Problem, ...] = ()  # reasons why the catalog may be incomplete; empty if it is complete

    @property
    def complete(self) -> bool:
        """Whether the catalog now has every run of the source."""
        return not self.problems


def refreshed(
    catalog: Catalog, source: Source, progress: OnProgress | None = None, cancel: Cancel | None = None
) -> Refreshed:
    """Read new, changed and unfinished runs, and remove deleted ones.

    Whatever happens, runs that were read stay in the catalog, and the next refresh continues from there.

    Parameters
    ----------
    catalog, source
        The catalog and its source.
    progress
        Called from the first batch on; never called if there is nothing to read.
    cancel
        Cancels the refresh, between two batches or within one.

    Returns
    -------
    Refreshed
        If the source fails halfway, the result has a problem instead of an exception being raised.

    Raises
    ------
    Cancelled
        If `cancel` was set.
    SourceError
        If the source could not even be listed.
    """
    began, read, gone, total = time.monotonic(), 0, 0, None
    problems: list[Problem] = []
    listed, told = False, -1
    try:
        with rare_collections():
            for changes in source.changes(catalog, cancel):
                listed = True
                catalog.take(changes)
                read, gone = read + len(changes.read) + len(changes.plain), gone + len(changes.gone)
                total = changes.total if changes.total is not None else total
                problems += changes.problems
                if progress is not None and total and told != read:
                    told = read
                    progress(min(read, total), total)
            if not problems:
                catalog.mark_whole()
    except SourceError as exc:
        if not listed:
            raise
        of = "" if total is None else f" of {total:,}"
        reason = str(exc).replace(f"The {source.label} ", "it ", 1)
        problems.append(Problem(source.label, f"reading stopped after {read:,}{of} runs: {reason}"))
    return Refreshed(read, gone, time.monotonic() - began, tuple(problems))


def completed(
    catalog: Catalog,
    source: Source,
    pathspecs: Iterable[str],
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> dict[str, RunRecord | None]:
    """Complete the records of these runs that a refresh left unread or did not notice to have changed.

    Parameters
    ----------
    catalog, source, cancel
        As in `refreshed`.
    pathspecs
        The runs; those that are not in the catalog are ignored.
    progress
        Called if any of the runs is unread.

    Returns
    -------
    dict
        The records that were read, by pathspec; None for a run that turned out to be gone.
    """
    records: dict[str, RunRecord | None] = {}
    stamps = catalog.stamps(pathspecs)
    unread = sum(not stamp for stamp in stamps.values())
    with rare_collections():
        for change in source.updates(stamps, cancel):
            catalog.take(change)
            records.update({stamped.record.pathspec: stamped.record for stamped in change.read})
            records.update(dict.fromkeys(change.gone))
            if progress is not None and unread:
                progress(min(len(records), unread), unread)
    return records


@contextmanager
def rare_collections() -> Iterator[None]:
    """Run the garbage collector less often.

    Thousands of records are created, without cycles; searching them for cycles took a fifth of the time.
    """
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], 50_000), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
