"""The contents of local runs by hash, from the files that their datastore keeps beside their tasks.

`<step>/<task>/<attempt>.data.json` lists the artifacts of a task (metaflow/datastore/task_datastore.py). A
run whose artifacts are in another datastore has instead one `<attempt>_artifact_<name>.json` for each among
its metadata (metaflow/plugins/metadata_providers/local.py).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from lineage.records.contents import CODE_FIELDS, RunContents, code_of, is_users
from lineage.records.fast_json import decode_json
from lineage.records.model import split_pathspec

_CODE_FILES = tuple(f"sysmeta_{name}_" for name in CODE_FIELDS)


def local_contents(root: str, pathspec: str, end_step: str) -> RunContents:
    """Read the contents of one run.

    Parameters
    ----------
    root
        The `.metaflow` folder.
    pathspec
        The run.
    end_step
        Its last step; if that was not reached, the task that began last tells of the artifacts.
    """
    if split_pathspec(pathspec) is None or "/" in end_step or end_step.startswith("."):
        return RunContents(unread="its name cannot be that of a run in this store")
    run = f"{root}/{pathspec}"
    try:
        parameters = _artifacts(f"{run}/_parameters/0")
        last = _last_task(run, end_step)
        artifacts = _artifacts(last) if last else {}
        code = _code(f"{run}/_parameters/0") or (_code(last) if last else {})
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as exc:
        return RunContents(unread=f"its files cannot be read ({type(exc).__name__})")
    own = {name: sha for name, sha in artifacts.items() if name not in parameters}
    return RunContents(parameters, own, code)


def _last_task(run: str, end_step: str) -> str | None:
    tasks = _tasks(f"{run}/{end_step}")
    if not tasks:
        steps = [name for name in _names(run) if name[0] not in "_."]
        tasks = [task for step in steps for task in _tasks(f"{run}/{step}")]
    return max(tasks, key=_number, default=None)


def _tasks(step: str) -> list[str]:
    return [f"{step}/{name}" for name in _names(step) if name[0] not in "_."]


def _number(task: str) -> tuple[int, str]:
    """The local provider counts tasks; a later one has a higher number."""
    name = task.rsplit("/", 1)[1]
    return (int(name) if name.isdecimal() else 0, name)


def _artifacts(task: str) -> dict[str, str]:
    """Name -> hash of the artifacts of a task's last attempt; empty if none are recorded."""
    names = _names(task)
    attempts = [name for name in names if name.endswith(".data.json")]
    if attempts:
        stored = decode_json(_bytes(f"{task}/{max(attempts)}"))["objects"]
        return {name: str(sha) for name, sha in stored.items() if is_users(name)}
    found: dict[str, str] = {}
    for name in sorted(_names(f"{task}/_meta")):
        attempt, is_artifact, _ = name.partition("_artifact_")
        if is_artifact and attempt.isdecimal():
            row: dict[str, Any] = decode_json(_bytes(f"{task}/_meta/{name}"))
            if is_users(str(row.get("name"))) and row.get("sha"):
                found[str(row["name"])] = str(row["sha"])
    return found


def _code(task: str) -> Mapping[str, str]:
    files = [name for name in _names(f"{task}/_meta") if name.startswith(_CODE_FILES)]
    rows = (decode_json(_bytes(f"{task}/_meta/{name}")) for name in sorted(files))
    return code_of({str(row.get("field_name")): row.get("value") for row in rows})


def _names(path: str) -> list[str]:
    try:
        return os.listdir(path)  # noqa: PTH208 -- as in run_folder: a path object each would double the time
    except (FileNotFoundError, NotADirectoryError):
        return []


def _bytes(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 -- likewise
        return file.read()
