"""The second look beside an earlier commit, in turns: cases of `benchmarks.compare`.

A server that is late is what a walk waits for, so the time on the wall counts there; processor time counts
where this machine does the work, and it is that of the whole process where a process is what is waited for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from benchmarks.bench_sources import served
from benchmarks.many import FLOWS, fill, row_name
from benchmarks.stores import deep_ancestry, link_store
from tests.support.planted import plant
from tests.support.postgres import PostgresServer

TURNS = 5
PROCESS_TURNS = 9
# Runs in either environment: prints the seconds of each part by name, on the wall and of the processor.
WORKER = """
import json, sys, time
import networkx  # a walk needs it, whichever commit imports it when
case, address, names = json.loads(sys.argv[1])
import lineage
import lineage.errors
from lineage.sources import MemorySource, open_source
try:
    lineage.trace("A/1", source=MemorySource([]))  # loads everything
except lineage.errors.LineageError as error:
    assert "A/1" in str(error), error
def timed(work):
    began = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began[0], time.process_time() - began[1]
walk = lambda: lineage.trace(names[0], source=open_source(address))
if case == "walk":
    walk_first, walk_second = timed(walk), timed(walk)
    print(json.dumps({"first walk": walk_first, "second walk": walk_second}))
else:
    source = open_source(address)
    refresh = timed(lambda: lineage.refresh(source, progress=False))
    ask = lambda: lineage.trace(names[0], None, None, source=source)
    ask()
    asks = min(timed(ask) for _ in range(3))
    source.read(names)
    reads = min(timed(lambda: source.read(names)) for _ in range(5))
    print(json.dumps({"first refresh": refresh, "a question": asks, f"{len(names)} runs": reads}))
"""
METAFLOW = "`import metaflow`"
METAFLOW_AND_WIDGETS = "`import metaflow, ipywidgets`"
SHOW_LINEAGE = "`import metaflow, ipywidgets; from lineage import show_lineage`"
TRACE = "`lineage trace` of 31 runs, local"
# What each process does that is measured as a whole: its arguments after `python`.
PROCESSES = {
    METAFLOW: ["-c", "import metaflow"],
    METAFLOW_AND_WIDGETS: ["-c", "import metaflow, ipywidgets"],
    SHOW_LINEAGE: ["-c", "import metaflow, ipywidgets; from lineage import show_lineage"],
    TRACE: ["-m", "lineage", "trace", "LastFlow/1"],
}
Took = tuple[float, float]  # seconds on the wall, and of the processor
# Words, and what each turn took here and there.
Compared = tuple[str, list[Took], list[Took]]


def compared(there: Path, runs: int) -> Iterator[Compared]:
    """Compare this checkout with another one that has an environment: processes, a service, a database."""
    pythons = Path(sys.executable), there / ".venv" / "bin" / "python"
    yield from _processes(pythons)
    for count, width, late in ((300, 20, 0.1), (30, 1, 0.02), (30, 5, 0.1)):
        last, _ = deep_ancestry(count, width)
        depth = count // width + 1
        with served(count, late, width) as url:
            words = f"{count + 1} runs {depth} deep, HTTP, {late * 1e3:.0f} ms late"
            yield from _in_turns(words, pythons, ("walk", url, [last]))
    with PostgresServer() as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE many")
        address = server.url("many")
        fill(address, runs)
        some = [row_name(FLOWS * number + 7) for number in range(0, runs // FLOWS, runs // FLOWS // 20)]
        yield from _in_turns(f"PostgreSQL, {runs:,} runs", pythons, ("database", address, some))


def _processes(pythons: tuple[Path, Path]) -> Iterator[Compared]:
    """Whole processes, their modules compiled beforehand, on a small local store."""
    with tempfile.TemporaryDirectory(prefix="lineage-bench-") as folder:
        _, records = deep_ancestry(30, 5, 4)
        link_store(map(plant, records), Path(folder))
        variables = {
            "METAFLOW_DATASTORE_SYSROOT_LOCAL": folder,
            "METAFLOW_HOME": f"{folder}/home",
            "LINEAGE_CACHE": f"{folder}/catalogs",
            "PYTHONPYCACHEPREFIX": f"{folder}/compiled",
        }
        for words, arguments in PROCESSES.items():
            turns = [
                [_process(str(python), arguments, folder, variables) for python in pythons]
                for _ in range(PROCESS_TURNS + 1)
            ]
            ours, theirs = zip(*turns[1:], strict=True)  # the first compiles
            yield words, list(ours), list(theirs)


def _process(python: str, arguments: list[str], folder: str, more: dict[str, str]) -> Took:
    began = time.perf_counter()
    process = subprocess.Popen([python, *arguments], cwd=folder, env=environ(more), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime


def _in_turns(words: str, pythons: tuple[Path, Path], case: tuple[object, ...]) -> Iterator[Compared]:
    taken: tuple[list[dict[str, Took]], list[dict[str, Took]]] = ([], [])
    for _ in range(TURNS):
        for python, turns in zip(pythons, taken, strict=True):
            turns.append(_measured(python, case))
    ours, theirs = taken
    for part in ours[0]:
        yield f"{words}, {part}", [took[part] for took in ours], [took[part] for took in theirs]


def _measured(python: Path, case: tuple[object, ...]) -> dict[str, Took]:
    """Seconds of each part, in a process with an empty cache."""
    with tempfile.TemporaryDirectory(prefix="lineage-bench-") as cache:
        done = subprocess.run(
            [str(python), "-c", WORKER, json.dumps(case)],
            cwd=cache,
            env=environ({"LINEAGE_CACHE": f"{cache}/catalogs"}),
            capture_output=True,
            text=True,
            check=True,
        )
    took: dict[str, Took] = json.loads(done.stdout)
    return took


def environ(more: dict[str, str]) -> dict[str, str]:
    """The variables of a measured process: none of Metaflow's of this one, and modules may be compiled."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("METAFLOW_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {"METAFLOW_USER": "ann"} | more
