"""Bring a catalog up to date with its source."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lineage.catalog.store import Catalog
from lineage.errors import SourceError
from lineage.records.model import Problem, RunRecord
from lineage.sources import Cancel, Source

# Called with how many runs are read and how many there are to read; None while that is not known.
Progress = Callable[[int, "int | None"], None]


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did."""

    read: int = 0  # runs that were read
    gone: int = 0  # runs that no longer exist
    seconds: float = 0.0
    problems: tuple[Problem, ...] = ()  # why the catalog may be incomplete; empty if it is complete

    @property
    def complete(self) -> bool:
        """Whether the catalog now has every run of the source."""
        return not self.problems


def refreshed(
    catalog: Catalog, source: Source, progress: Progress | None = None, cancel: Cancel | None = None
) -> Refreshed:
    """Read what is new, what changed and what had not ended, and forget what is gone.

    What was read stays in the catalog whatever happens, and the next refresh goes on from there.

    Parameters
    ----------
    catalog, source
        The catalog, and the source that it is of.
    progress
        Told how far it is, from the first batch on; never called if there is nothing to read.
    cancel
        Stops it, between two batches or within one.

    Returns
    -------
    Refreshed
        With a problem instead of an exception where the source failed half-way.

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
        with _rare_collections():
            for changes in source.changes(catalog, cancel):
                listed = True
                catalog.take(changes)
                read, gone = read + len(changes.read), gone + len(changes.gone)
                total = changes.total if changes.total is not None else total
                problems += changes.problems
                if progress is not None and total and told != read:
                    told = read
                    progress(min(read, total), total)
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
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> dict[str, RunRecord | None]:
    """Read, of these runs, what a refresh left unread or did not notice; it stays in the catalog.

    Parameters
    ----------
    catalog, source, cancel
        As in `refreshed`.
    pathspecs
        The runs; those that are not in the catalog are passed over.
    progress
        Told how far it is if there is anything unread.

    Returns
    -------
    dict
        What was read, by pathspec; None for a run that turned out to be gone.
    """
    found: dict[str, RunRecord | None] = {}
    stamps = catalog.stamps(pathspecs)
    unread = sum(not stamp for stamp in stamps.values())
    with _rare_collections():
        for change in source.updates(stamps, cancel):
            catalog.take(change)
            found.update({one.record.pathspec: one.record for one in change.read})
            found.update(dict.fromkeys(change.gone))
            if progress is not None and unread:
                progress(min(len(found), unread), unread)
    return found


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let Python look for garbage less often.

    Records are made by the thousand and have no cycles; looking for these took a fifth of the time.
    """
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], 50_000), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
