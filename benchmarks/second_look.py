"""The second look beside an earlier commit, in turns: cases of `benchmarks.compare`.

What is late here is a server, and what is counted the wall's time and the requests: waiting is the matter.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from benchmarks.bench_sources import served
from benchmarks.many import FLOWS, fill, row_name
from benchmarks.stores import deep_ancestry
from tests.support.postgres import PostgresServer

TURNS = 5
# Runs in either environment: prints the seconds of each part by name.
WORKER = """
import json, sys, time
case, address, names = json.loads(sys.argv[1])
import lineage
import lineage.errors
from lineage.sources import MemorySource, open_source
try:
    lineage.trace("A/1", source=MemorySource([]))  # loads everything
except lineage.errors.LineageError as error:
    assert "A/1" in str(error), error
def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
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
# Words, and the seconds here and there in each turn.
Compared = tuple[str, list[float], list[float]]


def compared(there: Path, runs: int) -> Iterator[Compared]:
    """Compare this checkout with another one that has an environment: at a service, then at a database."""
    for count, width, late in ((300, 20, 0.1), (30, 1, 0.02), (30, 5, 0.1)):
        last, _ = deep_ancestry(count, width)
        depth = count // width + 1
        with served(count, late, width) as url:
            words = f"{count + 1} runs {depth} deep, HTTP, {late * 1e3:.0f} ms late"
            yield from _in_turns(words, there, ("walk", url, [last]))
    with PostgresServer() as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE many")
        address = server.url("many")
        fill(address, runs)
        some = [row_name(FLOWS * number + 7) for number in range(0, runs // FLOWS, runs // FLOWS // 20)]
        yield from _in_turns(f"PostgreSQL, {runs:,} runs", there, ("database", address, some))


def _in_turns(words: str, there: Path, case: tuple[object, ...]) -> Iterator[Compared]:
    ours: list[dict[str, float]] = []
    theirs: list[dict[str, float]] = []
    for _ in range(TURNS):
        ours.append(_measured(Path(sys.executable), case))
        theirs.append(_measured(there / ".venv" / "bin" / "python", case))
    for part in ours[0]:
        yield f"{words}, {part}", [took[part] for took in ours], [took[part] for took in theirs]


def _measured(python: Path, case: tuple[object, ...]) -> dict[str, float]:
    """Seconds of each part, in a process with an empty cache."""
    with tempfile.TemporaryDirectory(prefix="lineage-bench-") as cache:
        environ = {key: value for key, value in os.environ.items() if not key.startswith("METAFLOW_")}
        done = subprocess.run(
            [str(python), "-c", WORKER, json.dumps(case)],
            cwd=cache,
            env=environ | {"LINEAGE_CACHE": f"{cache}/catalogs", "METAFLOW_USER": "bench"},
            capture_output=True,
            text=True,
            check=True,
        )
    took: dict[str, float] = json.loads(done.stdout)
    return took
