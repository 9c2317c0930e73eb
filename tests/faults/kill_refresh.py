"""Refresh a catalog in processes that are killed at random statements: `kill_refresh.py FIRST LAST`.

A program of its own, because it forks. For each seed it prints what the kill left behind, and whether the
next refresh read the rest and the answer is right.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import warnings

from lineage import Lineage, trace
from lineage.catalog import file, open_catalog, refresh
from lineage.sources import memory
from tests.catalog.test_catalog import Remembered

RUNS = "go! > A/1\n" + "\n".join(f"A/1 > B/{i} > C/{i}\nA/{i + 2} > A/{i + 3}" for i in range(100))


def main(first: int, last: int) -> None:
    """Try these seeds."""
    warnings.simplefilter("error")  # a catalog that is rebuilt would lose what was read
    memory._BATCH = 40  # type: ignore[misc]  # so that there are several transactions
    right, (statements, _) = _asked("whole"), _refreshed_in_child("counted", None)
    for seed in range(first, last):
        at = random.Random(f"kill/{seed}").randrange(statements)
        key = f"killed-{seed}"
        _, killed = _refreshed_in_child(key, at)
        kept = _kept(key)
        read = refresh(_source(key), progress=False).read
        answer = _asked(key)
        print(
            json.dumps(
                {"seed": seed, "at": at, "killed": killed, "kept": kept, "read": read}
                | {"right": _facts(answer) == _facts(right), "runs": len(_source(key)._records)}
            )
        )


def _source(key: str) -> Remembered:
    return Remembered(RUNS, f"memory:{key}")


def _asked(key: str) -> Lineage:
    return trace("A/1", downstream=None, source=_source(key))


def _facts(lineage: Lineage) -> object:
    return dict(lineage.graph.nodes), sorted(lineage.graph.edges), lineage.problems


def _kept(key: str) -> int:
    with open_catalog(_source(key)) as catalog:
        return len(catalog)


def _refreshed_in_child(key: str, at: int | None) -> tuple[int, bool]:
    """Refresh in a process that is killed at a statement; how many it made, and whether it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.write(writing, str(_count_statements(key, at)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        count = told.read()
    _, status = os.waitpid(child, 0)
    return int(count or 0), os.waitstatus_to_exitcode(status) == -signal.SIGKILL


def _count_statements(key: str, at: int | None) -> int:
    count, prepared = 0, file._prepared

    def statement(_: str) -> None:
        nonlocal count
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
        count += 1

    def watched(database: sqlite3.Connection) -> sqlite3.Connection:
        database.set_trace_callback(statement)
        return prepared(database)

    file._prepared = watched  # type: ignore[assignment]  # the same arguments and result
    refresh(_source(key), progress=False)
    return count


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LINEAGE_CACHE"] = folder
        main(*map(int, sys.argv[1:]))
