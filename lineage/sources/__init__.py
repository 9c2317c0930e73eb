"""Places where runs are recorded."""

from __future__ import annotations

from lineage.errors import InvalidArgument
from lineage.sources.base import Source
from lineage.sources.client import ClientSource
from lineage.sources.memory import MemorySource

__all__ = ["ClientSource", "MemorySource", "Source", "open_source"]


def open_source(source: Source | None = None) -> Source:
    """The source to read from.

    Parameters
    ----------
    source
        A source object, taken as it is; None for what Metaflow is configured for.

    Raises
    ------
    InvalidArgument
        If `source` is neither.
    """
    if source is None:
        return ClientSource()
    if isinstance(source, Source):
        return source
    raise InvalidArgument(f"source must be a lineage source or None, not {source!r}")
