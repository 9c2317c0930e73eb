"""What a run's tasks left behind: parameters, code, and artifacts, read through the Metaflow client."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from metaflow import Run, Task
from metaflow.datastore import FlowDataStore, TaskDataStore
from metaflow.includefile import IncludedFile
from metaflow.plugins import DATASTORES

from lineage.errors import ArtifactUnavailable, nearest
from lineage.format import format_size
from metaflow_extensions.lineage.plugins.trigger.recorded import end_task, task_fields

TOO_LARGE = 50_000_000  # bytes as stored; loading more would hold up the notebook for nothing to look at
LARGE_PARAMETER = 100_000  # bytes as stored; parameters are read unasked, and nobody reads that much of one


@dataclass(frozen=True)
class Artifact:
    """An artifact by name, not yet loaded."""

    name: str
    step: str
    size: int | None = None  # bytes as stored (pickled); None where the store does not say
    type: str | None = None  # the Python type that was stored; None where the store does not say


@dataclass(frozen=True)
class Unread:
    """Stands for a value that was not read; its `repr` says why not."""

    reason: str

    def __repr__(self) -> str:
        return self.reason


@dataclass(frozen=True)
class Details:
    """What one run was given, what code it ran, and what it left."""

    parameters: Mapping[str, Any] = field(default_factory=dict)  # by name, sorted; `Unread` where not read
    code: Mapping[str, str] = field(default_factory=dict)  # script, commit, branch: what is recorded of them
    artifacts: tuple[Artifact, ...] = ()


def run_details(run: Run) -> Details:
    """A run's parameters, its code, and the artifacts of its last task by name.

    No artifact is loaded, and of the parameters only those that are small. Takes eight calls of the client.
    """
    given = _task_of(run, "_parameters")
    constants = task_fields(given) if given else {}
    task = _last_task(run, _task_of(run, constants["end_step"]) if "end_step" in constants else end_task(run))
    fields = task_fields(task) if task else {}
    parameters = _parameters(given, fields) if given else {}
    left = _artifacts(task, fields) if task else ()
    # parameters are constants of every task: naming them once is enough
    results = tuple(one for one in left if one.name not in parameters)
    return Details(parameters, _code(constants or fields), results)


def artifact_value(run: Run, name: str, limit: int = TOO_LARGE) -> Any:
    """The value of one artifact of a run's last task.

    Parameters
    ----------
    run, name
        The run and the artifact.
    limit
        Refuse to load more bytes than that.

    Raises
    ------
    ArtifactUnavailable
        If there is none of that name, if it is too large, or if it cannot be loaded here; the message
        says why, and what to do.
    """
    pathspec, task = run.pathspec, _last_task(run, end_task(run))
    if task is None:
        raise ArtifactUnavailable(f"{pathspec} has no tasks, so it has no artifacts")
    size = _sizes_and_types(task, task_fields(task)).get(name, (None, None))[0]
    if size is not None and size > limit:
        load = f'Run("{pathspec}").data.{name}'
        raise ArtifactUnavailable(
            f"{name} of {pathspec} has {format_size(size)}: load it yourself with {load}"
        )
    try:
        with _client_cache:
            return task[name].data
    except KeyError:
        known = nearest(name, (artifact.id for artifact in task))
        raise ArtifactUnavailable(f"{pathspec} has no artifact {name!r}{known}") from None
    except Exception as exc:  # unpickling runs code of any package
        raise ArtifactUnavailable(f"{name} of {pathspec} cannot be loaded: {exc!r}") from exc


# the client keeps what it loads in files, with a book that is not made for several threads
_client_cache = threading.Lock()


def _is_users(name: str) -> bool:
    """Whether it is the user's: Metaflow stores its own under `_…`, and the flow's name as `name`."""
    return not name.startswith("_") and name != "name"


def _task_of(run: Run, step: str) -> Task | None:
    try:
        return run[step].task
    except KeyError:
        return None


def _last_task(run: Run, end: Task | None) -> Task | None:
    """The end task, or of an unfinished run the task that began last."""
    tasks = (task for step in run for task in step)
    return end or max(tasks, key=lambda task: task.created_at, default=None)


def _artifacts(task: Task, fields: Mapping[str, str]) -> tuple[Artifact, ...]:
    """The artifacts of a task by name, with type and size where the datastore records them."""
    known = _sizes_and_types(task, fields)
    names = sorted(artifact.id for artifact in task if _is_users(artifact.id))
    return tuple(Artifact(name, task.path_components[2], *known.get(name, (None, None))) for name in names)


def _parameters(given: Task, fields: Mapping[str, str]) -> dict[str, Any]:
    """Values by name; `fields` is the metadata of a task that says where the run's datastore is."""
    names = sorted(artifact.id for artifact in given if _is_users(artifact.id))
    try:
        store = _datastore(given, fields)
    except Exception as exc:  # as many reasons as there are datastores
        return dict.fromkeys(names, _unloadable(exc))
    return {name: _parameter(store, name) for name in names}


def _parameter(store: TaskDataStore, name: str) -> Any:
    size, kind = _known(store).get(name, (None, None))
    if size is None:
        return Unread("not loaded: its size is not recorded")
    if size > LARGE_PARAMETER:
        return Unread(f"too large to be shown here: {format_size(size)}{f', {kind}' if kind else ''}")
    try:
        ((_, value),) = store.load_artifacts([name])
    except Exception as exc:  # unpickling runs code of any package
        return _unloadable(exc)
    return Unread(_format_file(value.descriptor)) if isinstance(value, IncludedFile) else value


def _unloadable(exc: Exception) -> Unread:
    return Unread(f"cannot be loaded: {exc if isinstance(exc, ArtifactUnavailable) else repr(exc)}")


def _format_file(descriptor: Mapping[str, Any]) -> str:
    """An `IncludeFile` is a file of any size elsewhere; its parameter only says where."""
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
    """Size and type of each artifact, as the task's datastore records them; empty if it cannot be read."""
    try:
        return _known(_datastore(task, fields))
    except Exception:  # no access, another version's layout: sizes are a courtesy, names come without them
        return {}


def _datastore(task: Task, fields: Mapping[str, str]) -> TaskDataStore:
    """Where a task's artifacts are, as metadata of a task of the same run say it."""
    kind, root = fields.get("ds-type"), fields.get("ds-root")
    impl = next((one for one in DATASTORES if kind == one.TYPE), None)
    if impl is None:
        raise ArtifactUnavailable("the run does not say in which datastore its artifacts are")
    with _first_use:
        if (kind, root) not in _storages:
            storage = impl(root)
            opened = _opened(storage, task)
            _storages[kind, root] = storage
            return opened
    return _opened(_storages[kind, root], task)


# A client of S3 takes some tenths of a second to make, and two threads must not make one at the same time: it
# is made once for each datastore, when it is first used. After that threads may share it.
_storages: dict[tuple[str | None, str | None], Any] = {}
_first_use = threading.Lock()


def _opened(storage: Any, task: Task) -> TaskDataStore:
    flow, run_id, step, task_id = task.path_components
    flow_store = FlowDataStore(flow, None, storage_impl=lambda _: storage)
    store: TaskDataStore = flow_store.get_task_datastore(run_id, step, task_id)
    return store


def _known(store: TaskDataStore) -> dict[str, tuple[int | None, str | None]]:
    return {name: (info.get("size"), _type(info.get("type"))) for name, info in store._info.items()}


def _type(text: str | None) -> str | None:
    """`<class 'pandas.core.frame.DataFrame'>` -> `DataFrame`."""
    found = re.fullmatch(r"<class '(?:.*\.)?(\w+)'>", text or "")
    return found[1] if found else None
