"""Which random cases a test tries: the first ones in `make test`, and others in `make soak`."""

from __future__ import annotations

import os


def seeds(usual: int) -> range:
    """The seeds of a test whose cases are drawn at random: so many, or those of LINEAGE_SEEDS (20-320)."""
    first, last = os.environ.get("LINEAGE_SEEDS", f"0-{usual}").split("-")
    return range(int(first), int(last))
