"""The folder of small JSON files that Metaflow's local provider writes for a run.

`<flow>/<run>/_meta/_self.json` is the run object; a task's metadata is in the files
`<step>/<task>/_meta/sysmeta_<field>_<milliseconds>.json`
(metaflow/plugins/metadata_providers/local.py). Only the files that a record needs are opened.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from typing import Any

from lineage.records.fast_json import decode_json
from lineage.records.links import FIELDS as LINK_FIELDS
from lineage.records.metadata import (
    CLONE_FIELD,
    FIELDS,
    ORIGIN_FIELD,
    Row,
    broken_record,
    id_time,
)
from lineage.records.model import RunRecord
from lineage.records.resumed import Raw, RawRun
from lineage.sources.local.small_files import names_in, read_bytes
from metaflow_extensions.lineage.plugins.metadata.causes import TRIGGERS_FIELD
from metaflow_extensions.lineage.plugins.provenance.record import MARKER_PREFIX, marked_task

_SELF = "_meta/_self.json"
_PARAMETERS = "_parameters"


def _prefixes(*fields: str) -> tuple[str, ...]:
    """The file name prefixes of these fields."""
    return tuple(f"sysmeta_{field}_" for field in fields)


# For a successful run these fields are enough, and only their files are opened.
_OF_PARAMETERS = _prefixes("start_step", "end_step")
_OURS = "sysmeta_lineage-"  # payloads of triggers, reads, spawned runs, published events
_OF_START = (*_prefixes(TRIGGERS_FIELD, ORIGIN_FIELD, CLONE_FIELD), _OURS)
_OF_LINKS = _prefixes(*sorted(LINK_FIELDS))
_OF_END = _prefixes("attempt_ok")
_OF_CAUSES = (*_OF_START, *_OF_END, MARKER_PREFIX)
_OF_ANY = _prefixes(*sorted(FIELDS))
_MARK = MARKER_PREFIX[0]  # looked at first: nearly all files begin otherwise


class RunFolder:
    """The folder of one run.

    Parameters
    ----------
    path, pathspec
        The folder, and the run.
    ends
        The end task (`end/3`) of the last run read of each flow; updated here. The next run's end task is
        nearly always the same, so that it need not be searched for.
    """

    def __init__(self, path: str, pathspec: str, ends: dict[str, str]) -> None:
        self.path = path
        self.pathspec = pathspec
        self._ends = ends
        self.problems: list[str] = []
        self._listed: dict[str, list[str]] = {}

    def raw(self) -> Raw | None:
        """The stored data of the run; None if there is no such run."""
        try:
            run = self._self()
            return run if run is None or isinstance(run, RunRecord) else self._raw(run)
        except PermissionError as exc:
            where = os.path.relpath(exc.filename, self.path) if exc.filename else "its folder"
            return broken_record(self.pathspec, f"no permission to read {where} of {self.path}")
        except OSError as exc:
            if exc.errno == errno.ENAMETOOLONG:  # a made-up name in a record
                return None
            return broken_record(self.pathspec, f"its files cannot be read: {exc}")

    def causes(self) -> RawRun | None:
        """The run's triggers, without its end or its tags; None if they are unclear."""
        flow, run_id = self.pathspec.split("/")
        try:
            rows = [row for task in self._started() for row in self._causing_rows(task)]
            created = id_time(run_id)
            run: dict[str, Any] | None = {"ts_epoch": created * 1000} if created else self._json(_SELF)
        except OSError:
            return None
        if not rows or self.problems or run is None or (not created and _written_anew(run, rows)):
            return None
        run["flow_id"], run["run_id"] = flow, run_id
        return RawRun(run, rows)

    def _causing_rows(self, task: str) -> list[Row]:
        """The rows of a start task that record triggers; empty if more may follow.

        An attempt that ended has recorded its triggers; one that failed before that is retried.
        """
        names = self._files(task, _OF_CAUSES)
        ends = [name for name in names if name.startswith(_OF_END)]
        if not ends:
            return []
        rows = self._rows_in(task, [name for name in names if name.startswith(_OF_START)])
        rows += self._marked_rows(names)
        if any(row["field_name"] == TRIGGERS_FIELD for row in rows):
            return rows
        return rows if any(row.get("value") == "True" for row in self._rows_in(task, ends)) else []

    def _self(self) -> dict[str, Any] | RunRecord | None:
        born = id_time(self.pathspec.split("/")[1])
        try:
            if (run := self._json(_SELF)) is not None:
                return run
        except PermissionError:
            # adding a tag rewrites the file, readable by that user only (LocalMetadataProvider, tempfile)
            if born is None or not self._steps():
                raise
            self.problems.append(f"no permission to read {_SELF}: its owner and its tags are unknown")
        except (FileNotFoundError, NotADirectoryError):
            # an interrupted start or a deletion leaves an empty folder
            if not self._steps():
                return None
            return broken_record(self.pathspec, f"its folder {self.path} has no {_SELF}")
        # the id still has the creation time, and the tasks have the triggers and the outcome
        return {"ts_epoch": born * 1000} if born else broken_record(self.pathspec, "; ".join(self.problems))

    def _raw(self, run: dict[str, Any]) -> RawRun:
        flow, run_id = self.pathspec.split("/")
        run["flow_id"], run["run_id"] = flow, run_id
        rows = self._rows_of_finished(run) or list(self._rows())
        return RawRun(run, rows, tuple(dict.fromkeys(self.problems)))

    def _rows_of_finished(self, run: dict[str, Any]) -> list[Row]:
        """The few rows needed of a successful run; empty if it is not clear that the run succeeded.

        Metaflow rejects a flow with a step called `start` or `end` that also marks another step as its
        first or last (metaflow/lint.py), so folders with these names are the first and last step.
        """
        rows = [row for task in self._end_tasks(run["flow_id"]) for row in self._task_rows(task, _OF_END)]
        if not any(row.get("value") == "True" for row in rows):
            return []
        starts = [row for task in self._started() for row in self._task_rows(task, _OF_START)]
        if not starts or any(map(_is_resumed, starts)):
            return []
        starts += [row for task in self._started() for row in self._marked_rows(self._metadata(task))]
        if _written_anew(run, starts):
            rows += [{"ts_epoch": min(self._times(task), default=0)} for task in self._tasks(_PARAMETERS)]
        return rows + starts

    def _started(self) -> list[str]:
        """The tasks of the step `start`; the local provider numbers tasks from 0, which is _parameters."""
        return ["start/1"] if self._metadata("start/1") else self._tasks("start")

    def _end_tasks(self, flow: str) -> list[str]:
        usual = self._ends.get(flow)
        if usual is not None and self._metadata(usual):
            return [usual]
        tasks = self._tasks("end")
        if len(tasks) == 1:
            self._ends[flow] = tasks[0]
        return tasks

    def _rows(self) -> Iterator[Row]:
        """The rows needed of any run; all tasks are read if the last step did not succeed."""
        parameters = [row for task in self._tasks(_PARAMETERS) for row in self._first_rows(task)]
        yield from parameters
        names = {row["field_name"]: row.get("value") for row in parameters}
        start, end = names.get("start_step") or "start", names.get("end_step") or "end"
        end_rows = [row for task in self._tasks(end) for row in self._task_rows(task, _OF_END)]
        start_rows = [row for task in self._tasks(start) for row in self._task_rows(task, _OF_START)]
        ended = any(row.get("value") == "True" for row in end_rows)
        if ended and not any(map(_is_resumed, start_rows)):
            yield from end_rows
            yield from start_rows
            for task in self._tasks(start):
                yield from self._marked_rows(self._metadata(task))
            return
        for step in set(self._steps()) - {_PARAMETERS}:
            for task in self._tasks(step):
                yield from self._task_rows(task, _OF_ANY)
                if times := self._times(task):
                    yield from ({"ts_epoch": when} for when in (min(times), max(times)))

    def _marked_rows(self, names: Iterable[str]) -> Iterator[Row]:
        """Links to other runs recorded by tasks, which marker files beside the start task's metadata name."""
        for name in [name for name in names if name[0] == _MARK and name.startswith(MARKER_PREFIX)]:
            task = marked_task(name)
            if task and not task.startswith("."):
                yield from self._task_rows(task, _OF_LINKS)

    def _steps(self) -> list[str]:
        return [name for name in names_in(self.path) if not name.startswith((".", "_meta"))]

    def _tasks(self, step: str) -> list[str]:
        """The tasks of a step, as `step/task`."""
        if "/" in step or step.startswith("."):  # a name read from a file must not lead out of the folder
            return []
        return [f"{step}/{name}" for name in names_in(f"{self.path}/{step}") if name[0] not in "_."]

    def _first_rows(self, task: str) -> Iterator[Row]:
        """The rows of the task that is written before any step: step names, and the time of the first."""
        yield from self._task_rows(task, _OF_PARAMETERS)
        yield {"field_name": "", "ts_epoch": min(self._times(task), default=0)}

    def _task_rows(self, task: str, prefixes: tuple[str, ...]) -> list[Row]:
        """The metadata rows of one task from the files with these prefixes."""
        return self._rows_in(task, self._files(task, prefixes))

    def _rows_in(self, task: str, names: list[str]) -> list[Row]:
        step, _, task_id = task.partition("/")
        rows: list[Row] = []
        for name in names:
            row = self._json(f"{task}/_meta/{name}")
            if row is not None:
                row["field_name"] = name[8 : name.rindex("_")]
                row["step_name"], row["task_id"] = step, task_id
                rows.append(row)
        return rows

    def _times(self, task: str) -> list[int]:
        """When each metadata file of a task was written, in milliseconds since 1970, from its name."""
        names = [name for name in self._metadata(task) if name.startswith("sysmeta_")]
        ends = [name[name.rfind("_") + 1 : -5] for name in names]
        return [int(end) for end in ends if end.isdecimal()]

    def _files(self, task: str, prefixes: tuple[str, ...]) -> list[str]:
        """The metadata files of a task with these prefixes."""
        return [name for name in self._metadata(task) if name.startswith(prefixes)]

    def _metadata(self, task: str) -> list[str]:
        names = self._listed.get(task)
        if names is None:
            names = self._listed[task] = names_in(f"{self.path}/{task}/_meta")
        return names

    def _json(self, name: str) -> dict[str, Any] | None:
        """The JSON object in a file; any other content is recorded as a problem of the run."""
        try:
            value = decode_json(read_bytes(f"{self.path}/{name}"))
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            return value
        self.problems.append(f"its file {name} is not a JSON object; it may be half-written")
        return None


def _written_anew(run: dict[str, Any], starts: list[Row]) -> bool:
    """Whether the run object is newer than its first step, because a tag was added."""
    born = min((_number(row.get("ts_epoch")) for row in starts), default=0.0)
    return _number(run.get("ts_epoch")) > born


def _is_resumed(row: Row) -> bool:
    """A resumed run has tasks that it copied, and each may be one that read something."""
    return row.get("field_name") == ORIGIN_FIELD and row.get("value") not in (None, "None", "")


def _number(value: object) -> float:
    return value if isinstance(value, (int, float)) else 0.0
