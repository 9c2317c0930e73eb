"""The runs that read a run's artifacts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

from lineage.catalog import Catalog, Refreshed, with_catalog
from lineage.client.run_names import RunLike, named_runs, resolve
from lineage.errors import InvalidArgument
from lineage.progress import OnProgress
from lineage.records.model import RunRecord
from lineage.sources import Cancel, Source, open_source

_LONG_AGO = datetime.min.replace(tzinfo=timezone.utc)


def readers_of(
    run: RunLike,
    artifact: str | None = None,
    source: Source | str | None = None,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> list[str]:
    """Pathspecs of the runs that read a run; arguments and errors as `lineage.consumers`."""
    names = named_runs(run)
    if len(names) > 1:
        raise InvalidArgument(f"ask for the consumers of one run at a time, not {len(names)}")
    opened = open_source(source)
    (pathspec,) = resolve(names, opened, cancel=cancel)
    if opened.key is None:
        return _in_order(pathspec, artifact, opened.scan(cancel))

    def ask(catalog: Catalog, _: Refreshed) -> list[str]:
        readers = catalog.readers([pathspec]).get(pathspec, ())
        return _in_order(pathspec, artifact, catalog.records(readers).values())

    return with_catalog(opened, ask, progress, cancel)


def _in_order(pathspec: str, artifact: str | None, records: Iterable[RunRecord]) -> list[str]:
    readers = [record for record in records if _has_read(record, pathspec, artifact)]
    readers.sort(key=lambda record: (record.created_at or _LONG_AGO, record.pathspec))
    return [record.pathspec for record in readers]


def _has_read(record: RunRecord, pathspec: str, artifact: str | None) -> bool:
    """Whether a run read an artifact of another; one that was only counted may be any."""
    if any(counted.run == pathspec for counted in record.counted_reads):
        return True
    reads = (*record.reads, *record.copied_reads)
    return any(read.run == pathspec and artifact in (None, read.artifact) for read in reads)
