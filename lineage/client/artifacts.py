"""Parameters, code and artifacts of a run, read through the Metaflow client."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from metaflow import Run, Task
from metaflow.datastore import TaskDataStore

from lineage.errors import ArtifactUnavailable, nearest
from lineage.format import format_size
from lineage.records.contents import is_users
from metaflow_extensions.lineage.plugins.metadata.plain_artifacts import plain_artifact, task_datastore
from metaflow_extensions.lineage.plugins.metadata.plain_pickle import IncludedFile, NotPlain
from metaflow_extensions.lineage.plugins.trigger.recorded import end_task, task_fields

TOO_LARGE = 50_000_000  # bytes as stored; loading more would block the notebook for a value too long to read
LARGE_PARAMETER = (
    100_000  # bytes as stored; parameters are read without being asked for, and rarely that large
)


@dataclass(frozen=True)
class Artifact:
    """An artifact by name, not yet loaded."""

    name: str
    step: str
    size: int | None = None  # bytes as stored (pickled); None if not recorded
    type: str | None = None  # name of the Python type; None if not recorded


@dataclass(frozen=True)
class Unread:
    """Placeholder for a value that was not read; its `repr` gives the reason."""

    reason: str
    loadable: bool = False  # whether `artifact_value` can load it, by unpickling

    def __repr__(self) -> str:
        return self.reason


@dataclass(frozen=True)
class RunDetails:
    """The parameters, code and artifacts of one run."""

    parameters: Mapping[str, Any] = field(default_factory=dict)  # by name, sorted; `Unread` if not read
    code: Mapping[str, str] = field(default_factory=dict)  # script, commit and branch, as far as recorded
    artifacts: tuple[Artifact, ...] = ()
    loadable: tuple[Artifact, ...] = ()  # parameters that `artifact_value` loads, but nothing else does


def run_details(run: Run, values: bool = True) -> RunDetails:
    """Read a run's parameters, its code, and the names of the artifacts of its last task.

    Loads no artifacts, and of parameters only numbers, text, booleans, None and lists, tuples and dicts of
    these. Nothing is unpickled, because that would run whatever the run's owner stored. Takes eight calls
    of the client.

    Parameters
    ----------
    run
        The run.
    values
        Whether to read the values of parameters; their names are always read.
    """
    given = task_of(run, "_parameters")
    constants = task_fields(given) if given else {}
    task = last_task(run, task_of(run, constants["end_step"]) if "end_step" in constants else end_task(run))
    fields = task_fields(task) if task else {}
    parameters = _parameters(given, fields, values) if given else {}
    left = _artifacts(task, fields) if task else ()
    # parameters are constants of every task; listing them once is enough
    results = tuple(artifact for artifact in left if artifact.name not in parameters)
    unread = {name for name, value in parameters.items() if isinstance(value, Unread) and value.loadable}
    loadable = tuple(artifact for artifact in left if artifact.name in unread)
    return RunDetails(parameters, _code(constants or fields), results, loadable)


def parameter_values(run: Run, limit: int) -> dict[str, Any]:
    """Read the values that a run's parameters had, by the names of their class variables.

    Parameters
    ----------
    run
        The run.
    limit
        Maximum size of a value in bytes, as stored.

    Returns
    -------
    dict
        Plain data; an `IncludedFile` for a file; `Unread` for anything else. Class variables and `Config`s,
        which Metaflow stores alike, are there, too.
    """
    given = task_of(run, "_parameters")
    if given is None:
        return {}
    names = sorted(artifact.id for artifact in given if is_users(artifact.id))
    task = last_task(run, end_task(run))
    try:
        store = task_datastore(given, task_fields(task) if task else {})
    except Exception as exc:  # each datastore raises its own exceptions
        return dict.fromkeys(names, _unloadable(exc))
    return {name: _plain_parameter(store, name, limit) for name in names}


def artifact_value(run: Run, name: str, limit: int = TOO_LARGE) -> Any:
    """Load an artifact of a run's last task.

    Parameters
    ----------
    run, name
        The run and the artifact.
    limit
        Maximum size in bytes to load.

    Raises
    ------
    ArtifactUnavailable
        If the artifact does not exist, is too large, or cannot be loaded here; the message gives the reason
        and what to do.
    """
    pathspec, task = run.pathspec, last_task(run, end_task(run))
    if task is None:
        raise ArtifactUnavailable(f"{pathspec} has no tasks, so it has no artifacts")
    try:
        return task_artifact(task, name, limit)
    except KeyError:
        known = nearest(name, (artifact.id for artifact in task))
        raise ArtifactUnavailable(f"{pathspec} has no artifact {name!r}{known}") from None


def task_artifact(task: Task, name: str, limit: int = TOO_LARGE) -> Any:
    """Load an artifact of one task; arguments as for `artifact_value`.

    Raises
    ------
    KeyError
        If the task has no such artifact.
    ArtifactUnavailable
        If it is too large, or cannot be loaded here.
    """
    pathspec = "/".join(task.path_components[:2])
    size = _sizes_and_types(task, task_fields(task)).get(name, (None, None))[0]
    if size is not None and size > limit:
        load = f'Run("{pathspec}").data.{name}'
        raise ArtifactUnavailable(
            f"{name} of {pathspec} is too large to load here ({format_size(size)}); "
            f"load it yourself with {load}"
        )
    artifact = task[name]
    try:
        with _client_cache:
            return artifact.data
    except Exception as exc:  # unpickling may run code of any package
        raise ArtifactUnavailable(f"{name} of {pathspec} cannot be loaded: {exc!r}") from exc


def plain_value(run: Run, name: str, limit: int) -> Any:
    """Read an artifact that all tasks of a run share and that is plain data, without unpickling.

    Parameters
    ----------
    run, name
        The run and the artifact.
    limit
        Maximum size in bytes to read.

    Raises
    ------
    ArtifactUnavailable
        If the artifact does not exist, is larger, is anything else, or cannot be read here.
    """
    task = last_task(run, end_task(run))
    if task is None:
        raise ArtifactUnavailable(f"{run.pathspec} has no tasks, so it has no artifacts")
    fields = task_fields(task)
    # a task that goes on or was killed has stored nothing; the run's own record then has what all share
    given = None if "attempt_ok" in fields else task_of(run, "_parameters")
    try:
        return plain_artifact(task_datastore(given or task, fields), name, limit)
    except KeyError:
        raise ArtifactUnavailable(f"{run.pathspec} has no artifact {name!r}") from None
    except Exception as exc:  # each datastore raises its own exceptions
        raise ArtifactUnavailable(f"{name} of {run.pathspec} cannot be read: {exc}") from exc


# the client caches loaded artifacts in files, with an index that is not thread-safe
_client_cache = threading.Lock()


def task_of(run: Run, step: str) -> Task | None:
    """A task of a step; None if the run did not reach it."""
    try:
        return run[step].task
    except KeyError:
        return None


def last_task(run: Run, end: Task | None) -> Task | None:
    """The end task or, in an unfinished run, the task that began last."""
    tasks = (task for step in run for task in step)
    return end or max(tasks, key=lambda task: task.created_at, default=None)


def _artifacts(task: Task, fields: Mapping[str, str]) -> tuple[Artifact, ...]:
    """The artifacts of a task by name, with type and size if the datastore records them."""
    known = _sizes_and_types(task, fields)
    names = sorted(artifact.id for artifact in task if is_users(artifact.id))
    return tuple(Artifact(name, task.path_components[2], *known.get(name, (None, None))) for name in names)


def _parameters(given: Task, fields: Mapping[str, str], values: bool) -> dict[str, Any]:
    """Values by name; `fields` is metadata of a task, which has the location of the run's datastore."""
    names = sorted(artifact.id for artifact in given if is_users(artifact.id))
    if not values:
        return dict.fromkeys(names, Unread("not asked for"))
    try:
        store = task_datastore(given, fields)
    except Exception as exc:  # each datastore raises its own exceptions
        return dict.fromkeys(names, _unloadable(exc))
    return {name: _parameter(store, name) for name in names}


def _parameter(store: TaskDataStore, name: str) -> Any:
    """A parameter as it is shown."""
    value = _plain_parameter(store, name, LARGE_PARAMETER)
    return Unread(_format_file(value.descriptor)) if isinstance(value, IncludedFile) else value


def _plain_parameter(store: TaskDataStore, name: str, limit: int) -> Any:
    """A parameter that is plain data; runs belong to other people, so nothing is unpickled here."""
    size, kind = _known(store).get(name, (None, None))
    if size is None:
        return Unread("not loaded: its size is not recorded")
    of_kind = f", {kind}" if kind else ""
    if size > limit:
        return Unread(f"too large to be shown here: {format_size(size)}{of_kind}", loadable=True)
    try:
        return plain_artifact(store, name, limit)
    except NotPlain:
        return Unread(
            f"not loaded, because it is not plain data: {format_size(size)}{of_kind}", loadable=True
        )
    except Exception as exc:  # each datastore raises its own exceptions
        return _unloadable(exc)


def _unloadable(exc: Exception) -> Unread:
    return Unread(f"cannot be loaded: {exc if type(exc) is LookupError else repr(exc)}")


def _format_file(descriptor: Mapping[str, Any]) -> str:
    """Describe an `IncludeFile`: the parameter holds only the location of a file of any size."""
    size = descriptor.get("size")
    return f"a file of {format_size(size)}" if isinstance(size, int) else "a file"


def _code(fields: Mapping[str, str]) -> dict[str, str]:
    git = _json_object(fields.get("git-info"))
    code = {
        "script": fields.get("script-name"),
        "commit": git.get("commit_sha"),
        "branch": git.get("branch_name"),
    }
    return {name: str(value) for name, value in code.items() if value}


def _json_object(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _sizes_and_types(task: Task, fields: Mapping[str, str]) -> dict[str, tuple[int | None, str | None]]:
    """Size and type of each artifact, from the task's datastore; empty if that cannot be read."""
    try:
        return _known(task_datastore(task, fields))
    except Exception:  # no access, or the layout of another version; sizes are optional
        return {}


def _known(store: TaskDataStore) -> dict[str, tuple[int | None, str | None]]:
    return {name: (info.get("size"), _type(info.get("type"))) for name, info in store._info.items()}


def _type(text: str | None) -> str | None:
    """`<class 'pandas.core.frame.DataFrame'>` -> `DataFrame`."""
    match = re.fullmatch(r"<class '(?:.*\.)?(\w+)'>", text or "")
    return match[1] if match else None
