"""The contents of runs by hash, from a metadata service: two requests for a run.

Routes: github.com/Netflix/metaflow-service, services/metadata_service/api/artifact.py; a list of artifacts
has those of the latest attempt of each task.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from lineage.errors import SourceDenied, SourceError, SourceInvalid
from lineage.records.contents import RunContents, code_of, is_users
from lineage.records.metadata import Row
from lineage.records.model import split_pathspec
from lineage.sources.service.bodies import TooLong
from lineage.sources.service.http import HttpClient

_LONGEST = 1 << 20  # bytes, about 2,000 artifacts; of a larger run only two tasks are asked
_PARAMETERS = "_parameters"  # the step whose task stores the parameters
_ARTIFACT = ("step_name", "task_id", "name", "sha")  # fields


def service_contents(http: HttpClient, pathspec: str, end_step: str) -> RunContents:
    """Read the contents of one run.

    Parameters
    ----------
    http
        Sends the requests.
    pathspec
        The run.
    end_step
        Its last step; if that was not reached, the task that stored artifacts last tells of them.

    Raises
    ------
    SourceDenied
        If the server refuses access; other failures are in `unread`.
    """
    if split_pathspec(pathspec) is None:
        return RunContents(unread="its name cannot be that of a run in this store")
    flow, run_id = pathspec.split("/")
    run = f"/flows/{quote(flow, '')}/runs/{quote(run_id, '')}"
    try:
        rows = _artifacts(http, run, end_step)
        given = [row for row in rows if row["step_name"] == _PARAMETERS]
        last = _of_last_task(rows, end_step)
        parameters = _hashes(given)
        own = {name: sha for name, sha in _hashes(last).items() if name not in parameters}
        return RunContents(parameters, own, _code(http, run, given) or _code(http, run, last))
    except SourceDenied:
        raise
    except SourceError as exc:
        return RunContents(unread=str(exc))


def _artifacts(http: HttpClient, run: str, end_step: str) -> list[Row]:
    """The artifacts of a run; those of two of its tasks if it has many, or if the server lacks the route."""
    try:
        rows = _rows(http, f"{run}/artifacts", _ARTIFACT, _LONGEST)
    except TooLong:
        rows = []
    return rows or [row for task in _two_tasks(http, run, end_step) for row in _of_task(http, run, task)]


def _two_tasks(http: HttpClient, run: str, end_step: str) -> list[Row]:
    """The task with the parameters, and that of the last step or the one that began last."""
    given = _tasks(http, run, _PARAMETERS)
    last = _tasks(http, run, end_step)
    if not last:
        steps = [str(row["step_name"]) for row in _rows(http, f"{run}/steps", ("step_name",))]
        last = [task for step in steps if step != _PARAMETERS for task in _tasks(http, run, step)]
    return [*given[:1], *sorted(last, key=_written_at)[-1:]]


def _tasks(http: HttpClient, run: str, step: str) -> list[Row]:
    return _rows(http, f"{run}/steps/{quote(step, '')}/tasks", ("step_name", "task_id"))


def _of_task(http: HttpClient, run: str, task: Row) -> list[Row]:
    """The artifacts of a task's latest attempt."""
    rows = _rows(http, f"{_path(run, task)}/artifacts", _ARTIFACT)
    latest = max((_attempt(row) for row in rows), default=0)
    return [row for row in rows if _attempt(row) == latest]


def _path(run: str, task: Row) -> str:
    return f"{run}/steps/{quote(str(task['step_name']), '')}/tasks/{quote(str(task['task_id']), '')}"


def _rows(http: HttpClient, path: str, fields: tuple[str, ...], longest: int | None = None) -> list[Row]:
    """Objects that have these fields; none for a 404."""
    answer = http.get(path, longest)
    rows = [] if answer.status == 404 else answer.body
    if not isinstance(rows, list) or not all(isinstance(row, dict) and {*fields} <= {*row} for row in rows):
        raise SourceInvalid(f"The server did not answer {path} with a list of objects with {fields[-1]}")
    return rows


def _of_last_task(rows: Iterable[Row], end_step: str) -> list[Row]:
    """The artifacts of the last step, or of the task that stored some last."""
    tasks: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        tasks.setdefault((str(row["step_name"]), str(row["task_id"])), []).append(row)
    steps = {task: stored for task, stored in tasks.items() if task[0] != _PARAMETERS}
    ends = {task: stored for task, stored in steps.items() if task[0] == end_step}
    return max((ends or steps).values(), key=lambda stored: max(map(_written_at, stored)), default=[])


def _written_at(row: Row) -> int:
    return _number(row, "ts_epoch")


def _attempt(row: Row) -> int:
    return _number(row, "attempt_id")


def _number(row: Row, name: str) -> int:
    return row[name] if isinstance(row.get(name), int) else 0


def _hashes(rows: Iterable[Row]) -> Mapping[str, str]:
    return {str(row["name"]): str(row["sha"]) for row in rows if is_users(str(row["name"]))}


def _code(http: HttpClient, run: str, of_task: list[Row]) -> Mapping[str, str]:
    """The code that the task of these artifacts ran."""
    if not of_task:
        return {}
    rows = _rows(http, f"{_path(run, of_task[0])}/metadata", ("field_name",))
    return code_of({str(row["field_name"]): row.get("value") for row in sorted(rows, key=_written_at)})
