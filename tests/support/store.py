"""A throw-away Metaflow store that tests run real flows in."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.forking_client import ForkingClient

FLOWS = Path(__file__).parent.parent / "flows"


@dataclass(frozen=True)
class Finished:
    """What one `python flow.py … run` left behind."""

    returncode: int
    output: str  # stdout and stderr, as a person would have seen them
    pathspec: str | None  # the run that it made, if it got that far

    @property
    def run_id(self) -> str:
        assert self.pathspec, self.output
        return self.pathspec.split("/")[1]


class Store:
    """A Metaflow local store in a folder of its own, with nothing inherited from the machine."""

    def __init__(self, root: Path, python: str = sys.executable) -> None:
        self.root = root
        self.python = python
        self.home = root / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        self._clients: dict[str, ForkingClient] = {}  # by their environment

    @property
    def metaflow_dir(self) -> Path:
        return self.root / ".metaflow"

    @property
    def environ(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("METAFLOW_")}
        return kept | {
            "METAFLOW_DATASTORE_SYSROOT_LOCAL": str(self.root),
            "METAFLOW_DEFAULT_METADATA": "local",
            "METAFLOW_DEFAULT_DATASTORE": "local",
            "METAFLOW_HOME": str(self.home),
            "METAFLOW_USER": "ann",
            "METAFLOW_TEST_AWS_PLUGIN": "0",
            "PYTHONUNBUFFERED": "1",
        }

    def flow(
        self,
        name: str | Path,
        *arguments: str,
        command: str = "run",
        trigger: list[str] | None = None,
        options: list[str] | None = None,
        env: dict[str, str] | None = None,
    ) -> Finished:
        """Run `python <name>.py [--trigger …] <command> <arguments>` from tests/flows (or a path)."""
        file = name if isinstance(name, Path) else FLOWS / f"{name}.py"
        triggers = [word for spec in trigger or [] for word in ("--trigger", spec)]
        done = subprocess.run(
            [self.python, str(file), *(options or []), *triggers, command, *arguments],
            cwd=self.root,
            env=self.environ | (env or {}),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
        )
        return Finished(done.returncode, done.stdout, self._made(done.stdout))

    @staticmethod
    def _made(output: str) -> str | None:
        flow = re.search(r"executing (\w+) for user", output)
        run = re.search(r"\(run-id (\S+?)\)", output)
        return f"{flow[1]}/{run[1]}" if flow and run else None

    def client(self, code: str, env: dict[str, str] | None = None) -> object:
        """Run `code` in a process of its own with Metaflow's client; its last printed line is JSON."""
        done = subprocess.run(
            [self.python, "-c", code],
            cwd=self.root,
            env=self.environ | (env or {}),
            text=True,
            capture_output=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.strip().splitlines()[-1])

    def ask(self, code: str, env: dict[str, str] | None = None) -> object:
        """As `client`, forked from a process that has imported Metaflow: for stores that are read often."""
        key = json.dumps(env, sort_keys=True)
        if key not in self._clients:
            self._clients[key] = ForkingClient(self.python, self.root, self.environ | (env or {}))
        return self._clients[key].ask(code)
