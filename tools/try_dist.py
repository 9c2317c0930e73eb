"""Tries what is in dist/ in clean environments: `make dist`.

The wheel on each Python from 3.10 to 3.14 that is there, and on the oldest of these also with the oldest
dependencies that pyproject.toml allows (which have no wheels for a new Python); the sdist on one.
A script of a user is checked by mypy and pyright.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = (sys.executable, "-m", "uv")
# pyenv puts only the versions that are chosen on the path
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
SEARCHED = os.pathsep.join([os.environ["PATH"], *map(str, PYENV.glob("3.*/bin"))])
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")


def main(dist: Path) -> None:
    """Raise an exception if something does not work."""
    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    with tempfile.TemporaryDirectory() as folder:
        pythons = [version for version in PYTHONS if there(version)]
        print("Tried on Python", ", ".join(pythons))
        attempt(Path(folder) / "oldest", pythons[0], wheel, "lowest-direct")
        for version in pythons:
            attempt(Path(folder) / version, version, wheel, "highest")
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        types(attempt(Path(folder) / "sdist", version, sdist, "highest"))


def there(version: str) -> bool:
    """Whether this Python is on the machine; none is downloaded."""
    find = [*UV, "python", "find", "--no-python-downloads", "--system", version]
    return subprocess.run(find, env=os.environ | {"PATH": SEARCHED}, capture_output=True).returncode == 0


def attempt(place: Path, version: str, package: Path, resolution: str) -> Path:
    """Install a package into a new environment and try it; the environment's Python."""
    python = place / "venv/bin/python"
    run(place, *UV, "venv", "--quiet", "--no-python-downloads", "--python", version, place / "venv")
    install = (*UV, "pip", "install", "--quiet", "--python", python)
    # of a package by its file, uv would take the dependencies for indirect ones
    run(place, *install, "--resolution", resolution, "--extra", "postgres", "-r", ROOT / "pyproject.toml")
    run(place, *install, "--no-deps", package.resolve())
    print(package.suffix, resolution, end=": ", flush=True)
    run(place, python, "-W", "ignore", ROOT / "tools/smoke.py")
    return python


def types(python: Path) -> None:
    """Check a script as a user writes it."""
    place = python.parent
    run(place, *UV, "pip", "install", "--quiet", "--python", python, "metaflow[stubs]", "mypy", "pyright")
    script = shutil.copy(
        ROOT / "tests/package/consumer.py", place
    )  # beside the checkout, mypy would read that
    run(place, python, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", place / "cache", script)
    run(place, python, "-m", "pyright", "--pythonpath", python, script)


def run(place: Path, *words: str | Path) -> None:
    """Run a command in a folder where the checkout is out of reach."""
    place.mkdir(parents=True, exist_ok=True)
    command = [str(word) for word in words]
    subprocess.run(command, env=os.environ | {"PATH": SEARCHED}, cwd=place, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
