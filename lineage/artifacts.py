"""What a run's tasks left behind: parameters, code, and artifacts, read through the Metaflow client."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from metaflow import Run, Task
from metaflow.datastore import FlowDataStore
from metaflow.plugins import DATASTORES

from lineage.errors import ArtifactUnavailable, nearest
from lineage.style import size_words
from lineage.values import value_text

TOO_LARGE = 50_000_000  # bytes as stored; loading more would hold up the notebook for nothing to look at


@dataclass(frozen=True)
class Artifact:
    """An artifact by name, not yet loaded."""

    name: str
    step: str
    size: int | None = None  # bytes as stored (pickled); None where the store does not say
    type: str | None = None  # the Python type that was stored; None where the store does not say


@dataclass(frozen=True)
class Details:
    """What one run was given, what code it ran, and what it left."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)  # script, commit, branch: what is recorded of them
    artifacts: tuple[Artifact, ...] = ()


def run_details(run: Run) -> Details:
    """A run's parameters, its code, and the artifacts of its last task by name; no artifact is loaded."""
    given = _task_of(run, "_parameters")
    parameters = {a.id: a.data for a in given if _is_users(a.id)} if given else {}
    task = _last_task(run)
    left = artifacts(task) if task else ()
    # parameters are constants of every task: naming them once is enough
    return Details(parameters, _code(given or task), tuple(a for a in left if a.name not in parameters))


def artifacts(task: Task) -> tuple[Artifact, ...]:
    """The artifacts of a task by name, with type and size where the datastore records them."""
    known = _stored(task)
    names = sorted(artifact.id for artifact in task if _is_users(artifact.id))
    return tuple(Artifact(name, task.path_components[2], *known.get(name, (None, None))) for name in names)


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
    pathspec, task = run.pathspec, _last_task(run)
    if task is None:
        raise ArtifactUnavailable(f"{pathspec} has no tasks, so it has no artifacts")
    size = _stored(task).get(name, (None, None))[0]
    if size is not None and size > limit:
        load = f'Run("{pathspec}").data.{name}'
        raise ArtifactUnavailable(
            f"{name} of {pathspec} has {size_words(size)}: load it yourself with {load}"
        )
    try:
        return task[name].data
    except KeyError:
        known = nearest(name, (artifact.id for artifact in task))
        raise ArtifactUnavailable(f"{pathspec} has no artifact {name!r}{known}") from None
    except Exception as exc:  # unpickling runs code of any package
        raise ArtifactUnavailable(f"{name} of {pathspec} cannot be loaded: {exc!r}") from exc


def described_artifacts(run: Run, names: Collection[str]) -> list[dict[str, Any]]:
    """Those of a run's artifacts, each with its value as text, or why that cannot be loaded.

    Returns
    -------
    list of dict
        As docs/scene.md describes them; names that the run does not have are left out.
    """
    described = []
    for artifact in run_details(run).artifacts:
        if artifact.name in names:
            one: dict[str, Any] = {"name": artifact.name, "type": artifact.type, "size": artifact.size}
            try:
                one["value"] = value_text(artifact_value(run, artifact.name))
            except ArtifactUnavailable as exc:
                one["error"] = str(exc)
            described.append(one)
    return described


def _is_users(name: str) -> bool:
    """Whether it is the user's: Metaflow stores its own under `_…`, and the flow's name as `name`."""
    return not name.startswith("_") and name != "name"


def _task_of(run: Run, step: str) -> Task | None:
    try:
        return run[step].task
    except KeyError:
        return None


def _last_task(run: Run) -> Task | None:
    """The end task, or of an unfinished run the task that began last."""
    tasks = (task for step in run for task in step)
    return run.end_task or max(tasks, key=lambda task: task.created_at, default=None)


def _code(task: Task | None) -> dict[str, str]:
    fields = task.metadata_dict if task else {}
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


def _stored(task: Task) -> dict[str, tuple[int | None, str | None]]:
    """Size and type of each artifact, as the task's datastore records them; empty if it cannot be read."""
    try:
        fields = task.metadata_dict
        impl = next(one for one in DATASTORES if fields["ds-type"] == one.TYPE)
        flow, run_id, step, task_id = task.pathspec.split("/")
        store = FlowDataStore(flow, None, storage_impl=impl, ds_root=fields["ds-root"])
        recorded = store.get_task_datastore(run_id, step, task_id)._info
    except Exception:  # no access, another version's layout: sizes are a courtesy, names come without them
        return {}
    return {name: (info.get("size"), _type(info.get("type"))) for name, info in recorded.items()}


def _type(text: str | None) -> str | None:
    """`<class 'pandas.core.frame.DataFrame'>` -> `DataFrame`."""
    found = re.fullmatch(r"<class '(?:.*\.)?(\w+)'>", text or "")
    return found[1] if found else None
