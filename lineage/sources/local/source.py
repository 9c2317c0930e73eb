"""Metaflow's local store, read straight from disk."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from lineage.errors import SourceDenied, SourceInvalid, SourceUnreachable
from lineage.records.contents import RunContents
from lineage.records.fast_json import decode_json
from lineage.records.metadata import SILENCE_PATIENCE, id_time
from lineage.records.model import RunRecord, split_pathspec
from lineage.sources.changes import batches, listed_changes
from lineage.sources.local.contents import local_contents
from lineage.sources.local.process_pool import Readers
from lineage.sources.local.records import read_runs
from lineage.sources.protocol import Cancel, Changes, Known, KnownRun, Stamped, check
from metaflow_extensions.lineage.plugins.metadata.causes import from_epoch

_BATCH = 500  # runs, about a tenth of a second of reading
_RECENT = 60 * 10**9  # nanoseconds
_SILENT = "silent:"  # marks a stamp made from the times of all files of a run


class LocalSource:
    """The runs under a `.metaflow` folder.

    Parameters
    ----------
    path
        The `.metaflow` folder, or the folder that contains it.
    """

    def __init__(self, path: str | Path) -> None:
        given = Path(path).expanduser().absolute()
        self._root = str(given if given.name == ".metaflow" else given / ".metaflow")
        self._ends: dict[str, str] = {}  # see RunFolder

    @property
    def label(self) -> str:
        """The folder that contains `.metaflow`."""
        return f"local store at {os.path.dirname(self._root)}"  # noqa: PTH120 -- as the client says it

    @property
    def key(self) -> str:
        """The store's folder, with links resolved."""
        return f"local:{os.path.realpath(self._root)}"

    def read(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, RunRecord]:
        """The records of these runs; those that do not exist are left out."""
        self._check()
        check(cancel)
        return read_runs(self._root, pathspecs, self._ends)

    def contents(
        self, end_steps: Mapping[str, str], cancel: Cancel | None = None
    ) -> Mapping[str, RunContents]:
        """The contents by hash of these runs, given with their last steps; see `HasContents`."""
        contents = {}
        for pathspec, end_step in end_steps.items():
            check(cancel)
            contents[pathspec] = local_contents(self._root, pathspec, end_step, self._ends)
        return contents

    def latest(self, flow: str, before: datetime | None = None, cancel: Cancel | None = None) -> str | None:
        """Pathspec of the flow's run that was created last."""
        self._check()
        if not _is_name(flow):
            return None
        limit = None if before is None else before.timestamp()
        made = ((self._created(flow, run), run) for run in self._names(flow))
        newest_first = sorted((run for run in made if limit is None or run[0] <= limit), reverse=True)
        return next((f"{flow}/{run}" for _, run in newest_first if self._stamp(f"{flow}/{run}")), None)

    def flows(self) -> list[str]:
        """Names of all flows, sorted."""
        self._check()
        return sorted(flow for flow in self._names("") if self._is_flow(flow))

    def _is_flow(self, flow: str) -> bool:
        try:
            return stat.S_ISDIR(os.stat(f"{self._root}/{flow}/_meta").st_mode)  # noqa: PTH116 -- see _names
        except PermissionError:
            return True  # reported when its runs are requested
        except OSError:
            return False

    def scan(self, cancel: Cancel | None = None) -> Iterator[RunRecord]:
        """Every run of every flow."""
        for flow in self.flows():
            for runs in batches(self._runs(flow), _BATCH):
                yield from self.read([f"{flow}/{run}" for run in runs], cancel).values()

    def changes(self, known: Known, cancel: Cancel | None = None) -> Iterator[Changes]:
        """New and deleted runs, found by folder names, and runs that had not ended.

        A flow's folder changes when a run is added or removed, so an unchanged one is not even listed. Only
        `updates` finds out how a run ended, and whether a finished run got a tag or a silent one went on:
        checking the files of every run costs more than all the rest.
        """
        flows = {flow: self._flow_stamp(flow) for flow in self.flows()}
        count = 0
        with Readers(self._root) as readers:

            def listing(flow: str, had: Mapping[str, KnownRun], only: bool) -> Mapping[str, str | None]:
                nonlocal count
                stamps = self._listing(flow, had, only)
                count += len(stamps) - len(had)
                readers.expect(count)
                return stamps

            causes = partial(readers.read, whole=False)
            for change in listed_changes(known, flows, listing, causes, _BATCH, cancel):
                yield replace(change, read=tuple(self._settled(stamped, flows) for stamped in change.read))

    def updates(self, stamps: Mapping[str, str], cancel: Cancel | None = None) -> Iterator[Changes]:
        """Runs that were tagged since, silent runs that went on, and runs that are gone.

        Adding a tag rewrites the run object.
        """
        now = {
            pathspec: self._silent_stamp(pathspec) if stamp.startswith(_SILENT) else self._stamp(pathspec)
            for pathspec, stamp in stamps.items()
        }
        if gone := [run for run, stamp in now.items() if not stamp]:
            yield Changes(gone=tuple(gone))
        pending = {run: stamp for run, stamp in now.items() if stamp and stamp != stamps[run]}
        deleted = set(pending)
        with Readers(self._root) as readers:
            readers.expect(len(pending))
            for records in readers.read(batches(pending, _BATCH)):
                check(cancel)
                deleted -= records.keys()
                read = (Stamped(record, pending[pathspec]) for pathspec, record in records.items())
                yield Changes(read=tuple(map(self._with_all_files, read)))
        if deleted:
            yield Changes(gone=tuple(deleted))

    def _settled(self, read: Stamped, flows: Mapping[str, str]) -> Stamped:
        """Mark an old run without triggers in a new folder to be read again: it may still be being copied.

        Metaflow writes the triggers of a run before anything that makes it look finished; a copy may not.
        """
        record, stamped = read.record, self._with_all_files(read)
        if record.triggers or flows.get(record.flow):
            return stamped
        old = record.created_at is None or not _is_recent(int(record.created_at.timestamp() * 1e9))
        return stamped._replace(again=old and _is_recent(_written(f"{self._root}/{record.pathspec}")))

    def _with_all_files(self, stamped: Stamped) -> Stamped:
        """Stamp a silent run by the times of all its files."""
        if stamped.record.status != "unknown":
            return stamped
        return Stamped(stamped.record, self._silent_stamp(stamped.record.pathspec))

    def _check(self) -> None:
        """Raise an error if the folder is not a readable store, even one without runs."""
        try:
            os.scandir(self._root).close()
        except (FileNotFoundError, NotADirectoryError):
            raise SourceInvalid(
                f"There is no Metaflow store at {os.path.dirname(self._root)}: it has no folder "  # noqa: PTH120 -- see label
                ".metaflow. Is METAFLOW_DATASTORE_SYSROOT_LOCAL correct?"
            ) from None
        except PermissionError as exc:
            raise SourceDenied(f"No permission to read the {self.label}") from exc
        except OSError as exc:
            raise SourceUnreachable(f"The {self.label} cannot be read: {exc}") from exc

    def _names(self, flow: str) -> list[str]:
        try:
            return os.listdir(f"{self._root}/{flow}")  # noqa: PTH208 -- there may be a million of them
        except (FileNotFoundError, NotADirectoryError):
            return []
        except PermissionError as exc:
            raise SourceDenied(f"No permission to read {flow or 'any flow'} in the {self.label}") from exc
        except OSError as exc:
            raise SourceUnreachable(f"{flow} in the {self.label} cannot be read: {exc}") from exc

    def _runs(self, flow: str) -> list[str]:
        return [run for run in self._names(flow) if self._stamp(f"{flow}/{run}")]

    def _listing(self, flow: str, known: Mapping[str, KnownRun], only: bool) -> Mapping[str, str | None]:
        stamps: dict[str, str | None] = {}
        for run in known if only else self._names(flow):
            had = known.get(run)
            stamp = self._stamp(f"{flow}/{run}") if had is None or had.due else had.stamp
            if stamp or self._may_become(flow, run):
                stamps[run] = stamp or None
        return stamps

    def _may_become(self, flow: str, name: str) -> bool:
        """Whether a folder without a run object may get one: named like a run, less than a day old."""
        if not name.isdecimal():  # latest_run, data, …
            return False
        age = time.time_ns() - _written(f"{self._root}/{flow}/{name}")
        return age < SILENCE_PATIENCE.total_seconds() * 1e9

    def _flow_stamp(self, flow: str) -> str:
        """When a run was last added to or removed from a flow; empty if that is too recent to rely on.

        A run's folder exists a moment before its run object, and the clocks of file systems are coarse.
        """
        written = _written(f"{self._root}/{flow}")
        return "" if _is_recent(written) else str(written)

    def _stamp(self, pathspec: str) -> str:
        """When the run object was last written; empty if there is none, and so no run."""
        try:
            written = _changed(os.stat(f"{self._root}/{pathspec}/_meta/_self.json"))  # noqa: PTH116 -- see _names
        except PermissionError:
            return "?"
        except OSError:
            return ""
        # the file system's clock may be coarse: a second tag at nearly the same time shows a minute later
        return f"{written}~" if _is_recent(written) else str(written)

    def _silent_stamp(self, pathspec: str) -> str:
        """When anything was last written for a run, down to the metadata of its tasks."""
        if not self._stamp(pathspec):
            return ""
        run = f"{self._root}/{pathspec}"
        steps = [f"{run}/{step}" for step in _listed(run) if not step.startswith("_")]
        tasks = [f"{step}/{task}/_meta" for step in steps for task in _listed(step) if task != "_meta"]
        return f"{_SILENT}{max(map(_written, [f'{run}/_meta/_self.json', *tasks]))}"

    def _created(self, flow: str, run: str) -> float:
        """When a run was created, in seconds since 1970."""
        if (known := id_time(run)) is not None:
            return known
        try:
            stored = decode_json(Path(self._root, flow, run, "_meta", "_self.json").read_bytes())
            created = from_epoch(stored["ts_epoch"], 1000)
        except (OSError, ValueError, KeyError, TypeError):
            return 0.0
        return created.timestamp() if created else 0.0


def _is_name(name: str) -> bool:
    return split_pathspec(f"{name}/1") is not None


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 -- see LocalSource._names
    except OSError:
        return []


def _written(path: str) -> int:
    """When a file or folder was last written, in nanoseconds since 1970; 0 if it does not exist."""
    try:
        return _changed(os.stat(path))  # noqa: PTH116 -- see LocalSource._names
    except OSError:
        return 0


def _changed(status: os.stat_result) -> int:
    """When a file was last written, or copied here with the modification time of the original."""
    return max(status.st_mtime_ns, status.st_ctime_ns)


def _is_recent(written: int) -> bool:
    return time.time_ns() - written <= _RECENT
