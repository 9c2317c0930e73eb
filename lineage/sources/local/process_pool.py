"""Reading many runs in several processes: half of the time goes into the interpreter, which has one lock."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

from lineage.records.model import RunRecord
from lineage.sources.local.records import read_causes, read_runs
from lineage.sources.local.worker import decode_records

_WORTH = 2000  # runs; fewer are read before a process has started
_MOST = 4  # processes; then the disk and our own process are what there is to wait for
_AHEAD = 2  # batches that a process is asked for at once
_START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from lineage.sources.local.worker import serve
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
        self._processes: list[_Process] = []

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.hang_up()
        for process in self._processes:
            process.wait()

    def expect(self, runs: int) -> None:
        """Say how many runs there are to read as far as is known: for many, processes are started."""
        if runs < _WORTH or self._processes:
            return
        for _ in range(_processors()):
            with contextlib.suppress(OSError):  # no more processes, no such program
                self._processes.append(_Process(self._root))

    def read(self, batches: Iterable[Sequence[str]], whole: bool = True) -> Iterator[dict[str, RunRecord]]:
        """The records of each batch, in turn; without how the runs ended unless they are read whole."""
        read_here = read_runs if whole else read_causes
        if not self._processes:
            yield from (read_here(self._root, batch) for batch in batches)
            return
        asked = (
            (process, batch, process.ask(batch, whole))
            for process, batch in zip(cycle(self._processes), batches)
        )
        # each has the next batch at hand while the answer to one is taken in
        pending = deque(islice(asked, _AHEAD * len(self._processes)))
        while pending:
            process, batch, heard = pending.popleft()
            records = process.answer() if heard else None
            pending.extend(islice(asked, 1))
            yield read_here(self._root, batch) if records is None else records


class _Process:
    """One process, and the line to it."""

    def __init__(self, root: str) -> None:
        self._line, theirs = multiprocessing.Pipe()
        paths = [str(Path(__file__).parents[3]), *(path for path in sys.path if isinstance(path, str))]
        with theirs:
            line = theirs.fileno()
            command = [sys.executable, "-I", "-S", "-c", _START, json.dumps(paths), str(line), root]
            self._process = subprocess.Popen(
                command,
                pass_fds=[line],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C in a terminal is for us only
            )

    def ask(self, batch: Sequence[str], whole: bool) -> bool:
        """Whether there will be an answer; not if it has ended."""
        try:
            self._line.send((whole, list(batch)))
        except OSError:
            return False
        return True

    def answer(self) -> dict[str, RunRecord] | None:
        """The answer to the first question that has none; None if it ended before."""
        try:
            return decode_records(self._line.recv_bytes())
        except (OSError, EOFError):
            return None

    def hang_up(self) -> None:
        self._line.close()
        self._process.terminate()  # it holds nothing, and who pressed Ctrl-C twice is not to wait for a batch

    def wait(self) -> None:
        self._process.wait()


def _processors() -> int:
    """How many processes may read at once; 0 where they are better not started."""
    if os.name != "posix" or not sys.executable or getattr(sys, "frozen", False):
        return 0
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(here, _MOST) if here > 1 else 0
