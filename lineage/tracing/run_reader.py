"""One look at a source: each run is read once, and a settled one comes from the catalog."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime

from lineage.catalog import Catalog, CatalogError, catalog_path, known_catalog
from lineage.records.model import RunRecord
from lineage.sources.protocol import Cancel, Changes, HasStamps, Source, Stamped

# The runs that a walk from these ones is going to read, as far as the catalog knows.
Route = Callable[[Catalog, Iterable[str]], Collection[str]]


class RunReader:
    """Reads the runs of one trace.

    It follows the rule of `lineage.catalog`: if the source can tell the stamps of runs, those that are
    settled and still have the stamp that the catalog knows are not read. All others that a walk is going to
    ask for, as far as the catalog knows, are read in one batch.

    Parameters
    ----------
    source
        The source.
    route
        Predicts from the catalog what a walk will read; None to read everything.
    """

    def __init__(self, source: Source, route: Route | None) -> None:
        self._source, self._route = source, route
        self._records: dict[str, RunRecord | None] = {}  # None for a run that does not exist
        self._read: dict[str, Stamped] = {}  # from the source

    @property
    def label(self) -> str:
        """That of the source."""
        return self._source.label

    def read(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, RunRecord]:
        """The records of these runs; those that do not exist are left out."""
        wanted = [pathspec for pathspec in pathspecs if pathspec not in self._records]
        if wanted and isinstance(self._source, HasStamps):
            self._read_stamped(self._source, wanted, cancel)
        elif wanted:
            records = self._source.read(wanted, cancel)
            self._records.update({pathspec: records.get(pathspec) for pathspec in wanted})
        return {p: record for p in pathspecs if (record := self._records[p]) is not None}

    def latest(self, flow: str, before: datetime | None = None, cancel: Cancel | None = None) -> str | None:
        """Pathspec of the flow's latest run."""
        return self._source.latest(flow, before, cancel)

    def flows(self) -> list[str]:
        """Names of all flows."""
        return self._source.flows()

    def remember(self) -> None:
        """Add to the catalog what was read from a source that can tell stamps."""
        if self._read and self._source.key is not None:
            # without it, or if another process keeps it locked, the next look reads these runs again
            with suppress(CatalogError), Catalog(catalog_path(self._source.key)) as catalog:
                catalog.take(Changes(read=tuple(self._read.values())))

    def _read_stamped(self, source: HasStamps, wanted: Collection[str], cancel: Cancel | None) -> None:
        ahead = self._settled(source, wanted, cancel) - self._records.keys()
        stamped = source.read_stamped(sorted(ahead), cancel) if ahead else {}
        self._read.update(stamped)
        self._records.update({p: stamped[p].record if p in stamped else None for p in ahead})

    def _settled(self, source: HasStamps, wanted: Collection[str], cancel: Cancel | None) -> set[str]:
        """Take settled runs from the catalog; returns the runs that have to be read."""
        if self._route is None:
            return set(wanted)
        with known_catalog(self._source) as catalog:
            if catalog is None:
                return set(wanted)
            try:
                asked = self._route(catalog, wanted)
                records = catalog.records(asked)
                stamps = catalog.settled(records)
            except CatalogError:  # the catalog is broken; the next walk downstream rebuilds it
                return set(wanted)
        now = source.stamps(sorted(stamps), cancel) if stamps else {}
        same = {p: records[p] for p, stamp in stamps.items() if now.get(p) == stamp}
        self._records.update({p: same[p] for p in same if _is_rooted(p, same)})
        return set(asked)


def _is_rooted(pathspec: str, same: Mapping[str, RunRecord]) -> bool:
    """Whether the runs that a run resumed, on whose records its own depends, are unchanged as well."""
    met: set[str] = set()
    while (origin := same[pathspec].origin) is not None and pathspec not in met:
        met.add(pathspec)
        if origin not in same:
            return False
        pathspec = origin
    return True


class CatalogReader:
    """Reads runs from a catalog as it stands, to find out what a walk is going to read."""

    label = "the catalog"

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def read(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, RunRecord]:
        """The records of these runs; those that are not in the catalog are left out."""
        return self._catalog.records(pathspecs)
