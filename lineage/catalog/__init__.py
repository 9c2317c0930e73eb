"""The catalog: a local cache that answers which runs a run triggered, refreshed before each query.

Internal; `lineage.refresh` and `lineage.trace` use it.

What may be reused instead of read
----------------------------------
A look never shows less than one without the catalog would. These rules, one for each line of a record, say
when a run in the catalog need not be read:

- **Immutable** once a run has completed: its triggers, origin, steps, times, reads, spawned runs and
  published events. All are written before or together with the success of its end task.
- **Settled** is a run that completed, was read without problems, and had ended an hour before it was read
  (`rows.SETTLED`): longer than clocks differ, and than a store takes to show the last writes. A run that
  completed later than that is read once more after the hour, which finds whatever was copied in meanwhile.
- **Never reused**: runs that had not ended, failed ones (Argo may retry them), and unreadable ones; a
  refresh reads those again when they are due (`rows.due_at`).
- **Tags, deletions, and heartbeats**, which show that a retry has begun, may change at any time. They make
  up a run's stamp: the metadata service gives it in its listing of a flow, PostgreSQL in a digest of each
  flow and then in a listing, the local store by the times of files; see `Source.changes`, `Source.updates`
  and `HasStamps.stamps`. A run whose stamp is another one is read again, and one without a stamp is gone.
- **A resumed run** shows its origin's triggers and steps, so it is reused only together with its origin.

A walk upstream reuses runs only where stamps are much cheaper than runs: at the metadata service. A walk
downstream refreshes the catalog first. `fresh=True` reads everything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TypeVar

from lineage.catalog.location import cache_folder, catalog_path
from lineage.catalog.soundness import is_passing
from lineage.catalog.store import Catalog
from lineage.catalog.updates import Refreshed, completed, rare_collections, refreshed
from lineage.errors import InvalidArgument, LineageError
from lineage.progress import OnProgress, meter
from lineage.sources import Cancel, Source, open_source

__all__ = [
    "Catalog",
    "CatalogError",
    "Refreshed",
    "cache_folder",
    "catalog_path",
    "completed",
    "known_catalog",
    "open_catalog",
    "rare_collections",
    "refresh",
    "with_catalog",
]

T = TypeVar("T")
CatalogError = sqlite3.Error  # what a broken catalog raises when it is asked


def open_catalog(source: Source | str | None = None) -> Catalog:
    """Open the catalog of a source without refreshing it; use it in a `with` statement.

    Raises
    ------
    InvalidArgument
        If the source has no catalog.
    """
    opened = open_source(source)
    if opened.key is None:
        raise InvalidArgument(f"the source {opened.label!r} has no catalog: it is read in full each time")
    return Catalog(catalog_path(opened.key))


@contextmanager
def known_catalog(source: Source) -> Iterator[Catalog | None]:
    """The catalog of a source as it stands; None if there is none yet, or it cannot be opened."""
    path = catalog_path(source.key) if source.key is not None else None
    try:
        catalog = Catalog(path) if path is not None and path.exists() else None
    except (OSError, sqlite3.Error):
        catalog = None
    with nullcontext() if catalog is None else catalog:
        yield catalog


def refresh(
    source: Source | str | None = None, progress: OnProgress | bool = True, cancel: Cancel | None = None
) -> Refreshed:
    """Refresh the catalog of a source.

    Parameters
    ----------
    source
        As in `lineage.trace`.
    progress
        Whether to show a progress bar if the refresh takes more than a second; or a function to call
        instead with the number of runs read and the total (None while that is unknown).
    cancel
        A `threading.Event`, or any object with its method `is_set`, that cancels the refresh.

    Returns
    -------
    Refreshed
        The work done, and the problems met.

    Raises
    ------
    InvalidArgument
        If the source has no catalog.
    SourceError
        If the source cannot be read at all.
    Cancelled
        If `cancel` was set.
    """
    opened = open_source(source)
    if not isinstance(progress, bool):
        return with_catalog(opened, lambda catalog, done: done, progress, cancel)
    with meter("reading") if progress else nullcontext() as shown:
        return with_catalog(opened, lambda catalog, done: done, shown, cancel)


def with_catalog(
    source: Source,
    ask: Callable[[Catalog, Refreshed], T],
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
    fresh: bool = False,
) -> T:
    """Refresh a source's catalog and query it; a corrupt catalog is rebuilt and queried again.

    If `fresh` is true, everything in it is discarded and read again.

    Raises
    ------
    LineageError
        If the catalog's file cannot be used at all; the message gives the reason.
    """
    try:
        with open_catalog(source) as catalog:
            try:
                if fresh:
                    catalog.clear()
                return ask(catalog, refreshed(catalog, source, progress, cancel))
            except sqlite3.DatabaseError as exc:
                if is_passing(exc):
                    raise
                catalog.rebuild(exc)
                return ask(catalog, refreshed(catalog, source, progress, cancel))
    except sqlite3.Error as exc:
        raise LineageError(
            f"The catalog in {cache_folder()} cannot be used: {exc}. Wait for the process that uses it or "
            "end it, set LINEAGE_CACHE to another folder, or delete the catalog; nothing is lost"
        ) from exc
