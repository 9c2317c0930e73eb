"""Many runs of a local store at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timezone

from lineage.localstore.run_folder import RunFolder
from lineage.model import RunRecord, split_pathspec
from lineage.origins import Raw, resolved_records


def read_runs(root: str, pathspecs: Collection[str]) -> dict[str, RunRecord]:
    """The records of these runs; those that do not exist are left out.

    Parameters
    ----------
    root
        The `.metaflow` folder.
    pathspecs
        Names that `split_pathspec` accepts: a folder outside of the store is not one.
    """
    ends: dict[str, str] = {}

    def fetch(wanted: Collection[str]) -> Mapping[str, Raw]:
        named = [pathspec for pathspec in wanted if split_pathspec(pathspec)]
        raws = [RunFolder(f"{root}/{pathspec}", pathspec, ends).raw() for pathspec in named]
        return {pathspec: raw for pathspec, raw in zip(named, raws, strict=True) if raw is not None}

    return resolved_records(pathspecs, fetch, datetime.now(timezone.utc))
