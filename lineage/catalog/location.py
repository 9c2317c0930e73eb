"""Paths of catalog files: one for each source, readable only by its owner."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """The folder of all catalogs: `LINEAGE_CACHE`, or else a folder in the user's cache."""
    if given := os.environ.get("LINEAGE_CACHE"):
        return Path(given).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "metaflow-lineage"


def catalog_path(key: str) -> Path:
    """The path of a source's catalog.

    Parameters
    ----------
    key
        `Source.key`. Only its digest appears in the name, because addresses may be confidential.
    """
    kind = "".join(c for c in key.partition(":")[0] if c.isalnum()) or "source"
    digest = hashlib.sha256(key.encode()).hexdigest()[:20]
    return cache_folder() / f"{kind}-{digest}.sqlite"
