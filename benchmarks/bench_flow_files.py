"""Reading a folder of flow files, beside an earlier build.

The folder is generated: a chain of flows of three steps, every fourth under @project, every fifth with a
helper module of its own, which has to be imported apart. LINEAGE_BENCH_BASE names a checkout of the build to
compare with, such as a git worktree of e82b56d; without it there is no comparison. Both read the same
folder in turns; the time is that of the processor, with all processes that are started, divided by the
number of files.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.table import Row, seconds

FLOW = """{helper}from metaflow import FlowSpec, Parameter, project, step, trigger_on_finish


{project}@trigger_on_finish(flow="F{before}Flow")
class F{number}Flow(FlowSpec):
    rows = Parameter("rows", default=3)

    @step
    def start(self):
        self.next(self.middle)

    @step
    def middle(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    F{number}Flow()
"""
READ = """
import json, os, sys
from pathlib import Path
try:
    from lineage.flow_map.flow_files import from_files
except ImportError:  # as it was called before the rooms
    from lineage.flowgraph.files import from_files
before = sum(os.times()[:4])
found, problems = from_files(sys.argv[1])
taken = sum(os.times()[:4]) - before
edges = sorted((one.key, listening.event) for one in found for listening in one.listens)
print(json.dumps([taken, edges, len(problems)]))
"""


def rows(quick: bool) -> Iterator[Row]:
    """The folder, by this build and by the earlier one."""
    files, rounds = (40, 1) if quick else (400, 5)
    base = os.environ.get("LINEAGE_BENCH_BASE")
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), files)
        pairs = [(_ours(folder), _earlier(folder, base) if base else None) for _ in range(rounds)]
    ours = [one for one, _ in pairs]
    theirs = [one for _, one in pairs if one is not None]
    ratio = median(b / a for a, b in zip(ours, theirs, strict=True)) if theirs else None
    yield Row(
        f"read a folder of {files} flow files, each",
        seconds(median(ours) / files),
        f"{seconds(median(theirs) / files)} (the build in LINEAGE_BENCH_BASE)" if theirs else "–",
        f"{ratio:.1f}×" if ratio else "–",
        "half of e82b56d",
        ratio >= 2 if ratio else None,
        "a fork for each file that imports others",
    )


def _write(folder: Path, files: int) -> None:
    for number in range(1, files + 1):
        helper = number % 5 == 0
        if helper:
            (folder / f"helper_{number}.py").write_text("ROWS = 3\n")
        text = FLOW.format(
            helper=f"import helper_{number}\n" if helper else "",
            project='@project(name="shop")\n' if number % 4 == 0 else "",
            before=number - 1,
            number=number,
        )
        (folder / f"flow_{number:04}.py").write_text(text)


def _ours(folder: str) -> float:
    return _read([sys.executable, "-c", READ, folder], os.environ.copy(), None)


def _earlier(folder: str, base: str) -> float:
    """By an interpreter outside this environment, in which this build is installed."""
    libraries = sysconfig.get_path("purelib")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([base, libraries])}
    interpreter = getattr(sys, "_base_executable", sys.executable)
    return _read([interpreter, "-c", READ, folder], environment, base)


_edges: dict[str, object] = {}


def _read(command: list[str], environment: dict[str, str], cwd: str | None) -> float:
    done = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=True)
    taken, edges, _ = json.loads(done.stdout.splitlines()[-1])
    if edges != _edges.setdefault(command[-1], edges):
        raise AssertionError("the builds read different triggers")
    return float(taken)
