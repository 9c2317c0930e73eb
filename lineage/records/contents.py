"""The contents of a run by hash: parameters, artifacts, code. Nothing is loaded for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CODE_FIELDS = ("script-name", "git-info", "code-package")  # metadata of the tasks that tells which code ran


@dataclass(frozen=True, slots=True)
class RunContents:
    """Content hashes of a run's parameters and artifacts, and which code it ran."""

    parameters: Mapping[str, str] = field(default_factory=dict)  # name -> content hash
    artifacts: Mapping[str, str] = field(default_factory=dict)  # of its last task; name -> content hash
    code: Mapping[str, str] = field(default_factory=dict)  # script, commit, package: as far as recorded
    unread: str | None = None  # why the rest could not be read


def is_users(name: str) -> bool:
    """Whether an artifact is the user's; Metaflow's own start with `_`, except for `name`."""
    return not name.startswith("_") and name != "name"


def code_of(fields: Mapping[str, str | None]) -> dict[str, str]:
    """The code that a task ran, from the values of its fields in `CODE_FIELDS`.

    Examples
    --------
    >>> code_of({"script-name": "train.py", "git-info": '{"commit_sha": "91bc"}'})
    {'script': 'train.py', 'commit': '91bc'}
    """
    git, package = _json_object(fields.get("git-info")), _json_object(fields.get("code-package"))
    changed = git.get("has_uncommitted_changes")
    commit = git.get("commit_sha")
    code = {
        "script": fields.get("script-name"),
        "commit": f"{commit} with uncommitted changes" if commit and changed else commit,
        "package": package.get("sha"),
    }
    return {name: str(value) for name, value in code.items() if value}


def _json_object(text: str | None) -> dict[str, Any]:
    if not text:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
