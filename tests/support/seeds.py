"""How many random cases a test tries: some in `make test`, and as many as LINEAGE_SEEDS says elsewhere."""

from __future__ import annotations

import os


def seeds(usual: int) -> range:
    """The seeds of a test whose cases are drawn at random; the first ones are always the same cases."""
    return range(int(os.environ.get("LINEAGE_SEEDS", usual)))
