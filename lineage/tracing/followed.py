"""Count the effects of runs that a walk upstream leaves out."""

from __future__ import annotations

from collections.abc import Iterable

from lineage.catalog import CatalogError, known_catalog
from lineage.records.model import is_event
from lineage.sources import Source, open_source


def count_followed(keys: Iterable[str], source: Source | str | None = None) -> int | None:
    """Number of runs that followed from runs or events, as far as the catalog knows without a refresh.

    Returns
    -------
    int or None
        None if the source has no catalog yet, or none that can be read.
    """
    with known_catalog(open_source(source)) as catalog:
        if catalog is None:
            return None
        met = set(keys)
        frontier = met
        count = 0
        try:
            if not catalog.is_whole:
                return None
            while frontier:
                reached = {effect for effects in catalog.effects(frontier).values() for effect in effects}
                frontier = reached - met
                met |= frontier
                count += sum(not is_event(key) for key in frontier)
        except CatalogError:  # a broken catalog is rebuilt by the next walk downstream
            return None
        return count
