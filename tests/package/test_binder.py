"""What Binder does, in a clean virtual environment: install, make the runs, open the notebook."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

UV = (sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python")  # in a quarter of pip's time


def run(*words: str | Path, cwd: Path, path: str) -> str:
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("METAFLOW_", "VIRTUAL_ENV"))}
    done = subprocess.run(
        list(map(str, words)),
        cwd=cwd,
        env=environ | {"PATH": path},
        text=True,
        capture_output=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def checkout(target: Path) -> Path:
    """The files that git would give Binder, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    return target


def test_binder_installs_makes_the_runs_and_the_notebook_executes(tmp_path: Path) -> None:
    project = checkout(tmp_path / "project")
    python = tmp_path / "venv/bin/python"
    path = f"{python.parent}:/usr/bin:/bin"
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path, path=path)
    # what repo2docker's image has before it looks at binder/
    run(*UV, python, "nbclient", "ipykernel", "-r", "binder/requirements.txt", cwd=project, path=path)
    # as after a change, and as Binder does it: a second install once made Metaflow refuse to start
    run(python, "-m", "pip", "install", "-q", "-r", "binder/requirements.txt", cwd=project, path=path)
    assert "PredictionFlow" in run("binder/postBuild", cwd=project, path=path)
    run(python.parent / "jupyter", "execute", "notebooks/quickstart.ipynb", cwd=project, path=path)
    assert (project / "demo/report.html").stat().st_size > 50_000
