"""The contents of local runs by hash, from the files that their datastore keeps beside their tasks.

`<step>/<task>/<attempt>.data.json` lists the artifacts of a task (metaflow/datastore/task_datastore.py). A
run whose artifacts are in another datastore has instead one `<attempt>_artifact_<name>.json` for each among
its metadata (metaflow/plugins/metadata_providers/local.py).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from lineage.records.contents import CODE_FIELDS, RunContents, code_of, is_users
from lineage.records.fast_json import decode_json
from lineage.records.model import split_pathspec
from lineage.sources.local.small_files import names_in, read_bytes

_CODE_FILES = tuple(f"sysmeta_{name}_" for name in CODE_FIELDS)


def local_contents(root: str, pathspec: str, end_step: str, ends: Mapping[str, str]) -> RunContents:
    """Read the contents of one run.

    Parameters
    ----------
    root
        The `.metaflow` folder.
    pathspec
        The run.
    end_step
        Its last step; if that was not reached, the task that began last tells of the artifacts.
    ends
        The usual end task (`end/3`) of each flow, see `RunFolder`: a folder that need not be listed.
    """
    if split_pathspec(pathspec) is None or "/" in end_step or end_step.startswith("."):
        return RunContents(unread="its name cannot be that of a run in this store")
    run = f"{root}/{pathspec}"
    usual = ends.get(pathspec.partition("/")[0], "")
    try:
        artifacts = _first_attempts(f"{run}/{usual}") if usual.startswith(f"{end_step}/") else None
        last = None
        if artifacts is None:
            last = _last_task(run, end_step)
            artifacts = _artifacts(last) if last else {}
        given = f"{run}/_parameters/0"
        first = _read_if_there(f"{given}/0.data.json")  # that task is never tried again
        parameters = _artifacts(given) if first is None else _users(first)
        code = _code(given) or (_code(last) if last else {})
    except (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError) as exc:
        return RunContents(unread=f"its files cannot be read ({type(exc).__name__})")
    own = {name: sha for name, sha in artifacts.items() if name not in parameters}
    return RunContents(parameters, own, code)


def _first_attempts(task: str) -> Mapping[str, str] | None:
    """The artifacts of a task that had one attempt; None if it had another, or none.

    Nearly every task has one attempt: two attempts to open a file cost less than listing a folder.
    """
    first = _read_if_there(f"{task}/0.data.json")
    if first is None:
        return None
    return None if os.access(f"{task}/1.data.json", os.F_OK) else _users(first)


def _read_if_there(path: str) -> bytes | None:
    try:
        return read_bytes(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


class _Stored(msgspec.Struct):
    """The part of `<attempt>.data.json` that is needed; the rest is larger, and is not decoded."""

    objects: dict[str, str]  # name of an artifact -> content hash


_decode_stored = msgspec.json.Decoder(_Stored).decode


@lru_cache(maxsize=1024)  # runs that are compared are often equal byte by byte
def _users(data: bytes) -> Mapping[str, str]:
    try:
        stored = _decode_stored(data).objects
    except (msgspec.MsgspecError, UnicodeError):  # not as the standard has it: see fast_json
        stored = {name: str(sha) for name, sha in decode_json(data)["objects"].items()}
    # most are Metaflow's own: they are left out without a call
    return {name: sha for name, sha in stored.items() if name[:1] != "_" and is_users(name)}


def _last_task(run: str, end_step: str) -> str | None:
    tasks = _tasks(f"{run}/{end_step}")
    if not tasks:
        steps = [name for name in names_in(run) if name[0] not in "_."]
        tasks = [task for step in steps for task in _tasks(f"{run}/{step}")]
    return max(tasks, key=_number, default=None)


def _tasks(step: str) -> list[str]:
    return [f"{step}/{name}" for name in names_in(step) if name[0] not in "_."]


def _number(task: str) -> tuple[int, str]:
    """The local provider counts tasks; a later one has a higher number."""
    name = task.rsplit("/", 1)[1]
    return (int(name) if name.isdecimal() else 0, name)


def _artifacts(task: str) -> Mapping[str, str]:
    """Name -> hash of the artifacts of a task's last attempt; empty if none are recorded."""
    names = names_in(task)
    attempts = [name for name in names if name.endswith(".data.json")]
    if attempts:
        return _users(read_bytes(f"{task}/{max(attempts)}"))
    hashes: dict[str, str] = {}
    for name in sorted(names_in(f"{task}/_meta")):
        attempt, is_artifact, _ = name.partition("_artifact_")
        if is_artifact and attempt.isdecimal():
            row: dict[str, Any] = decode_json(read_bytes(f"{task}/_meta/{name}"))
            if is_users(str(row.get("name"))) and row.get("sha"):
                hashes[str(row["name"])] = str(row["sha"])
    return hashes


def _code(task: str) -> Mapping[str, str]:
    files = [name for name in names_in(f"{task}/_meta") if name.startswith(_CODE_FILES)]
    rows = (decode_json(read_bytes(f"{task}/_meta/{name}")) for name in sorted(files))
    return code_of({str(row.get("field_name")): row.get("value") for row in rows})
