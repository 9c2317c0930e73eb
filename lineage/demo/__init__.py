"""Create real Metaflow runs that trigger each other, in a separate store.

Internal; used by `lineage demo`.

```
                                          ┌┄┄┄┄┄┄┄┄┄┄┄┄ model ┄┄┄┄┄┄┄┄┄┄┄┄┐
IngestFlow (deleted) ──▶ ETLFlow ──▶ TrainingFlow ──┐                          ▼
                     event new_data ──▶ DataFlow ───┴─▶ PredictionFlow ──▶ ReportFlow (failed) ╌╌▶ ReportFlow
                                                             ╚══▶ DriftFlow
```
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lineage.errors import LineageError

FLOWS = Path(__file__).parent / "flows"
EVENT = {"name": "new_data", "fields": {"week": 5, "table": "orders"}}

Say = Callable[[str], None]


class DemoError(LineageError):
    """A run of the demo did not end as expected."""


@dataclass(frozen=True)
class Demo:
    """A store of demo runs.

    Attributes
    ----------
    root
        The folder that contains `.metaflow`.
    """

    root: Path

    @property
    def finished(self) -> Path:
        """The file with the pathspecs of all runs by role; written last."""
        return self.root / "runs.json"

    def settings(self) -> dict[str, str]:
        """Environment variables that point Metaflow at this store."""
        return {
            "METAFLOW_DATASTORE_SYSROOT_LOCAL": str(self.root),
            "METAFLOW_DEFAULT_DATASTORE": "local",
            "METAFLOW_DEFAULT_METADATA": "local",
            "METAFLOW_USER": "demo",  # Metaflow requires a user name, which not every container has
        }

    def runs(self) -> dict[str, str] | None:
        """The pathspecs of all runs by role, or None if any is missing."""
        try:
            runs: dict[str, str] = json.loads(self.finished.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        kept = (path for name, path in runs.items() if name != "ingest")  # its run is deleted on purpose
        return runs if all((self.root / ".metaflow" / path).is_dir() for path in kept) else None


def make_runs(root: Path, say: Say, fresh: bool = False) -> dict[str, str]:
    """Run the demo's flows for real, each triggered by the previous one; takes about ten seconds.

    Parameters
    ----------
    root
        The folder of the store. An existing, complete store is kept, unless `fresh`.
    say
        Called with one line about each run as it ends.

    Returns
    -------
    dict
        Pathspecs of the runs, by `ingest`, `etl`, `training`, `data`, `drift`, `prediction`, `failed`,
        `resumed`.

    Raises
    ------
    DemoError
        If a run did not end as expected; the message has the end of its output.
    """
    demo = Demo(root)
    if not fresh and (runs := demo.runs()):
        say(f"using the {len(runs)} runs of an earlier call")
        return runs
    shutil.rmtree(root / ".metaflow", ignore_errors=True)
    demo.finished.unlink(missing_ok=True)
    root.mkdir(parents=True, exist_ok=True)
    runs = Story(demo, say).tell()
    demo.finished.write_text(json.dumps(runs, indent=1), "utf-8")
    return runs


@dataclass(frozen=True)
class Story:
    """Runs the demo's flows in its store."""

    demo: Demo
    say: Say

    def tell(self) -> dict[str, str]:
        """Make all runs; returns their pathspecs by role."""
        ingest = self.run("ingestflow")
        etl = self.run("etlflow", trigger=[ingest])
        training = self.run("trainingflow", trigger=[etl])
        data = self.run("dataflow", trigger=[json.dumps(EVENT)])
        prediction = self.run("predictionflow", trigger=[training, data])
        drift = self._newest("DriftFlow")
        self.say(f"{drift} completed, started by a step of {prediction}")
        failed = self.run("reportflow", trigger=[prediction], fails=True)
        resumed = self.run(
            "reportflow", command=["resume", "--origin-run-id", failed.split("/")[1]], mail="up"
        )
        shutil.rmtree(self.demo.root / ".metaflow" / ingest)
        self.say(f"{ingest} deleted, as a clean-up job would")
        return {
            "ingest": ingest,
            "etl": etl,
            "training": training,
            "data": data,
            "drift": drift,
            "prediction": prediction,
            "failed": failed,
            "resumed": resumed,
        }

    def _newest(self, flow: str) -> str:
        """Pathspec of the latest run of a flow; the local provider's ids count microseconds."""
        runs = (self.demo.root / ".metaflow" / flow).iterdir()
        return f"{flow}/{max(run.name for run in runs if run.name.isdecimal())}"

    def run(
        self,
        flow: str,
        trigger: list[str] | None = None,
        command: list[str] | None = None,
        fails: bool = False,
        mail: str = "down",
    ) -> str:
        """Run one flow to its end and return the pathspec of the run."""
        id_file = self.demo.root / "run-id"
        words = [word for spec in trigger or [] for word in ("--trigger", spec)]
        line = [sys.executable, str(FLOWS / f"{flow}.py"), "--no-pylint", *words, *(command or ["run"])]
        done = subprocess.run(
            [*line, "--run-id-file", str(id_file)],
            cwd=self.demo.root,
            env=_clean_environ() | self.demo.settings() | {"MAIL_SERVER": mail},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if (done.returncode != 0) != fails or not id_file.exists():
            tail = "\n".join(done.stdout.splitlines()[-12:])
            raise DemoError(f"{flow}.py ended with exit code {done.returncode}:\n{tail}")
        pathspec = f"{_flow_name(flow)}/{id_file.read_text().strip()}"
        id_file.unlink()
        self.say(f"{pathspec} {'failed, as intended' if fails else 'completed'}")
        return pathspec


def _flow_name(file: str) -> str:
    """The name of the flow class in a file, such as `TrainingFlow` in `trainingflow`."""
    text = (FLOWS / f"{file}.py").read_text("utf-8")
    return text.split("class ", 1)[1].split("(", 1)[0]


def _clean_environ() -> dict[str, str]:
    """The environment without Metaflow settings, which could redirect the runs to another store."""
    return {name: value for name, value in os.environ.items() if not name.startswith("METAFLOW_")}
