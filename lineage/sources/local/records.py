"""Read many runs of a local store at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timezone

from lineage.records.model import RunRecord, split_pathspec
from lineage.records.resumed import Raw, resolved_records
from lineage.sources.local.run_folder import RunFolder


def read_runs(
    root: str, pathspecs: Collection[str], ends: dict[str, str] | None = None
) -> dict[str, RunRecord]:
    """The records of these runs; those that do not exist are left out.

    Parameters
    ----------
    root
        The `.metaflow` folder.
    pathspecs
        Pathspecs; those that `split_pathspec` rejects, such as paths out of the store, are ignored.
    ends
        A cache shared between calls to make them faster, see `RunFolder`.
    """
    known_ends = {} if ends is None else ends

    def fetch(wanted: Collection[str]) -> Mapping[str, Raw]:
        named = [pathspec for pathspec in wanted if split_pathspec(pathspec)]
        raws = [RunFolder(f"{root}/{pathspec}", pathspec, known_ends).raw() for pathspec in named]
        return {pathspec: raw for pathspec, raw in zip(named, raws, strict=True) if raw is not None}

    return resolved_records(pathspecs, fetch, datetime.now(timezone.utc))


def read_causes(root: str, pathspecs: Collection[str]) -> dict[str, RunRecord]:
    """Like `read_runs` in a third of the time, without how the runs ended: their status is `unread`.

    Runs whose triggers cannot be found that way (resumed, or just begun) are read in full.
    """
    brief = {pathspec: _caused(root, pathspec) for pathspec in pathspecs}
    whole = read_runs(root, [pathspec for pathspec, record in brief.items() if record is None])
    records = {pathspec: record or whole.get(pathspec) for pathspec, record in brief.items()}
    return {pathspec: record for pathspec, record in records.items() if record is not None}


def _caused(root: str, pathspec: str) -> RunRecord | None:
    raw = RunFolder(f"{root}/{pathspec}", pathspec, {}).causes() if split_pathspec(pathspec) else None
    record = raw.record(None) if raw else None
    return None if record is None or record.origin else record
