"""The code that a past run was made with: its code package, or the commit that it records."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from metaflow import Run

from lineage.catalog.location import cache_folder
from lineage.client.runs import metaflow_run
from lineage.errors import LineageError
from metaflow_extensions.lineage.plugins.trigger.recorded import start_task, task_fields

_COMMIT = re.compile(r"[0-9a-f]{7,64}")


class NoCode(ValueError):
    """The code of a run cannot be had; the message says why."""


def code_of_then(pathspec: str, today: Path | None) -> tuple[Path, str | None]:
    """Get the flow's file as it was when a run was made.

    Parameters
    ----------
    pathspec
        The run.
    today
        The flow's file today, in whose git repository a commit is looked for.

    Returns
    -------
    Path
        The file, among the others of that time, in the user's cache.
    str or None
        A remark, if the run's code may have been another.

    Raises
    ------
    NoCode
        If the run records no code, or it cannot be had.
    """
    try:
        run = metaflow_run(pathspec)
        package = run.code
    except LineageError as exc:
        raise NoCode(str(exc)) from exc
    except Exception as exc:  # each datastore raises its own exceptions
        raise NoCode(f"its code package cannot be read: {exc}") from exc
    if package is not None:
        folder = _kept(package.path, lambda part: _extract(package, part))
        return _existing(folder / Path(package.script_name).name, "its code package"), None
    return _committed(run, today)


def _extract(package: object, part: Path) -> None:
    with package.extract() as extracted:  # type: ignore[attr-defined]  # Metaflow's, which has no types
        shutil.copytree(extracted, part, dirs_exist_ok=True)


def _committed(run: Run, today: Path | None) -> tuple[Path, str | None]:
    recorded = _git_info(run)
    commit = str(recorded.get("commit_sha") or "")
    if not _COMMIT.fullmatch(commit):  # the value may be forged, as an option of git
        raise NoCode("it records neither a code package nor a commit")
    if today is None:
        raise NoCode(f"no file of its flow tells in which repository its commit {commit[:10]} is")
    root = _git(today.parent, "rev-parse", "--show-toplevel")
    if root is None or _git(today.parent, "cat-file", "-e", f"{commit}^{{commit}}") is None:
        raise NoCode(f"the repository of {today} does not have its commit {commit[:10]}")
    folder = _kept(f"{root}@{commit}", lambda part: _archive(Path(root), commit, part))
    file = _existing(folder / today.relative_to(Path(root).resolve()), f"its commit {commit[:10]}")
    changed = recorded.get("has_uncommitted_changes")
    said = f"{run.pathspec} was made with changes that were not committed; its commit {commit[:10]} is used"
    return file, said if changed else None


def _git_info(run: Run) -> dict[str, Any]:
    """The record of the repository that Metaflow made; empty if there is none, or it cannot be read."""
    start = start_task(run)
    try:
        recorded = json.loads(task_fields(start).get("git-info") or "{}") if start else {}
    except ValueError:
        return {}
    return recorded if isinstance(recorded, dict) else {}


def _archive(root: Path, commit: str, part: Path) -> None:
    with tempfile.TemporaryFile() as archive:
        # S607: the git and tar of the user's PATH, as Metaflow itself takes them
        subprocess.run(["git", "archive", commit], cwd=root, stdout=archive, check=True)  # noqa: S607  # the one on the path
        archive.seek(0)
        subprocess.run(["tar", "-x", "-C", str(part)], stdin=archive, check=True)  # noqa: S607  # the one on the path


def _git(folder: Path, *words: str) -> str | None:
    """The output of a git command; None if it fails, or git is not installed."""
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True)  # noqa: S607  # the one on the path - as below
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _kept(name: str, fill: Callable[[Path], None]) -> Path:
    """A folder of the user's cache, filled once; a replay may be stopped while it is filled."""
    code = cache_folder() / "code"
    folder = code / sha256(name.encode()).hexdigest()[:20]
    if not folder.is_dir():
        code.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=code))
        try:
            fill(part)
            part.rename(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return folder


def _existing(file: Path, where: str) -> Path:
    if not file.is_file():
        raise NoCode(f"{where} has no {file.name}")
    return file
