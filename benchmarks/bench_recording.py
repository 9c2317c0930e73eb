"""What the installed extension costs a task: processor time, with it and without, in turns.

Without it: Metaflow is told to look for extensions in a folder that does not exist. The modules of this
checkout are compiled beforehand, as an installation does it. `benchmarks/RESULTS.md` is not touched:
`python -m benchmarks recording`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from benchmarks.table import Row, seconds

FLOW = """
from metaflow import Flow, FlowSpec, step

class MadeFlow(FlowSpec):
    @step
    def start(self):
        self.a, self.b, self.c = 1, 2, 3
        self.next(self.end)

    @step
    def end(self):
        pass

class ReadFlow(FlowSpec):
    @step
    def start(self):
        self.numbers = [1]
        self.next(self.each, foreach="numbers")

    @step
    def each(self):
        data = Flow("MadeFlow").latest_run.data
        self.read = [data.a, data.b, data.c]
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass

if __name__ == "__main__":
    import os
    (ReadFlow if "READ" in os.environ else MadeFlow)()
"""
READS = """
import os
import time
from metaflow import Flow
run = Flow("MadeFlow").latest_run
artifact = run.end_task["a"]
artifact.data
from metaflow_extensions.lineage.plugins.provenance.task import Recorder
from metaflow_extensions.lineage.plugins.provenance.spool import Spool
recorder = Recorder("Other/1/start/1", Spool(None), os.getpid())
def each(work, times=20_000):
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times
print(each(lambda: artifact.data, 2_000), each(lambda: recorder.read(artifact)))
"""
WITHOUT = {"METAFLOW_EXTENSIONS_SEARCH_DIRS": "/nonexistent"}


def rows(quick: bool) -> Iterator[Row]:
    """The rows of the table."""
    times = 3 if quick else 75
    with tempfile.TemporaryDirectory() as folder:
        yield from _Bench(Path(folder), times).rows()


class _Bench:
    def __init__(self, folder: Path, times: int) -> None:
        self._folder, self._times = folder, times
        self._flow = folder / "flow.py"
        self._flow.write_text(FLOW)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("METAFLOW_")}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        self._environ = {
            **kept,
            "METAFLOW_DATASTORE_SYSROOT_LOCAL": str(folder),
            "METAFLOW_HOME": str(folder / "home"),
            "METAFLOW_USER": "ann",
            "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        }

    def rows(self) -> Iterator[Row]:
        self._run([str(self._flow), "--quiet", "run"])
        self._run([str(self._flow), "--quiet", "run"], {"READ": "1"})
        (run,) = (
            path.name for path in (self._folder / ".metaflow/ReadFlow").iterdir() if path.name.isdigit()
        )
        yield self._compared("`import metaflow`", lambda _: ["-c", "import metaflow"], 0.015)
        yield self._compared("a task of a foreach with three reads", self._task(run), 0.006)
        yield self._one_read()

    def _task(self, run: str) -> Callable[[int], list[str]]:
        """The command line of a task of the foreach, a new one each time."""

        def command(number: int) -> list[str]:
            where = ["--run-id", run, "--task-id", str(1_000 + number), "--split-index", "0"]
            step = ["step", "each", *where, "--input-paths", f"{run}/start/1"]
            return [str(self._flow), "--quiet", "--no-pylint", *step]

        return command

    def _compared(self, what: str, command: Callable[[int], list[str]], target: float) -> Row:
        """Medians of both, in turns, and the median of the differences within a turn."""
        taken: list[tuple[float, float]] = []
        for number in range(self._times + 1):
            with_it = self._run(command(2 * number), {"READ": "1"})
            without = self._run(command(2 * number + 1), {"READ": "1", **WITHOUT})
            taken.append((with_it, without))
        taken = taken[1:]  # the first compiles
        ours, stock = (median(column) for column in zip(*taken, strict=True))
        more = median(with_it - without for with_it, without in taken)
        return Row(
            what,
            f"{seconds(ours)}, {seconds(max(more, 0))} more",
            f"{seconds(stock)} without the package",
            f"{ours / stock:.3f}x",
            f"at most {seconds(target)} more",
            more <= target,
            "the interpreter and Metaflow's own imports",
        )

    def _one_read(self) -> Row:
        taken = []
        for _ in range(3):
            done = subprocess.run(
                [sys.executable, "-c", READS], env=self._environ, check=True, capture_output=True, text=True
            )
            taken.append(tuple(map(float, done.stdout.split())))
        load, noting = (median(column) for column in zip(*taken, strict=True))
        return Row(
            "one read",
            f"{seconds(noting)} to note it",
            f"{seconds(load)} to load the value, cached",
            f"{noting / load:.2f}x",
            "at most 200 µs",
            noting <= 200e-6,
        )

    def _run(self, arguments: list[str], env: dict[str, str] | None = None) -> float:
        """Seconds of processor time that a Python process takes."""
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=self._environ | (env or {}),
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}")
        return usage.ru_utime + usage.ru_stime
