"""Reading many runs in several processes: half of the time goes into the interpreter, which has one lock."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import queue
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from lineage.localstore.reader_process import decode_records
from lineage.localstore.reading import read_runs
from lineage.model import RunRecord

_WORTH = 2000  # runs; fewer are read before a process has started
_MOST = 4  # processes; then the disk and our own process are what there is to wait for
_START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from lineage.localstore.reader_process import serve
serve(int(sys.argv[2]), sys.argv[3])
"""


class Readers:
    """Processes that read the runs of one store; use it in a `with` statement.

    Where they cannot be started, or end, the runs are read here.

    Parameters
    ----------
    root
        The `.metaflow` folder.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._idle: queue.SimpleQueue[_Process | None] = queue.SimpleQueue()
        self._processes: list[_Process] = []

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.close()

    def expect(self, runs: int) -> None:
        """Say how many runs there are to read as far as is known: for many, processes are started."""
        if runs < _WORTH or self._processes:
            return
        for _ in range(_processors()):
            with contextlib.suppress(OSError):  # no more processes, no such program
                process = _Process(self._root)
                self._processes.append(process)
                self._idle.put(process)

    def read(self, batches: Iterable[Sequence[str]]) -> Iterator[dict[str, RunRecord]]:
        """The records of each batch, in turn."""
        if not self._processes:
            for batch in batches:
                yield read_runs(self._root, batch)
            return
        left = iter(batches)
        count = len(self._processes)
        with ThreadPoolExecutor(count) as pool:
            # two for each: one is read while the other's answer is taken in
            pending = deque(pool.submit(self._ask, batch) for batch in islice(left, 2 * count))
            try:
                while pending:
                    records = pending.popleft().result()
                    pending.extend(pool.submit(self._ask, batch) for batch in islice(left, 1))
                    yield records
            finally:
                for future in pending:
                    future.cancel()

    def _ask(self, batch: Sequence[str]) -> dict[str, RunRecord]:
        process = self._idle.get()
        try:
            if process is not None:
                return process.read(batch)
        except (OSError, EOFError):
            process = None  # it has ended, or never began
        finally:
            self._idle.put(process)
        return read_runs(self._root, batch)


class _Process:
    """One process, and the line to it."""

    def __init__(self, root: str) -> None:
        self._line, theirs = multiprocessing.Pipe()
        paths = [str(Path(__file__).parents[2]), *(path for path in sys.path if isinstance(path, str))]
        with theirs:
            line = theirs.fileno()
            command = [sys.executable, "-I", "-S", "-c", _START, json.dumps(paths), str(line), root]
            self._process = subprocess.Popen(
                command,
                pass_fds=[line],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C in a terminal is for us only
            )

    def read(self, batch: Sequence[str]) -> dict[str, RunRecord]:
        self._line.send(list(batch))
        return decode_records(self._line.recv_bytes())

    def close(self) -> None:
        self._line.close()  # it ends then
        self._process.wait()


def _processors() -> int:
    """How many processes may read at once; 0 where they are better not started."""
    if os.name != "posix" or not sys.executable or getattr(sys, "frozen", False):
        return 0
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(here, _MOST) if here > 1 else 0
