"""Read many runs in several processes, because half of the time is spent holding the interpreter's lock."""

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

_WORTH = 2000  # runs; fewer are read before a process would have started
_MOST = 4  # processes; with more, the disk and this process are the bottleneck
_AHEAD = 2  # batches requested from a process ahead of time
_START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from lineage.sources.local.worker import serve
serve(int(sys.argv[2]), sys.argv[3])
"""


class Readers:
    """Processes that read the runs of one store; use it in a `with` statement.

    If they cannot be started, or have ended, the runs are read in this process.

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
        """Announce the number of runs to read, as far as known; processes are started for many."""
        if runs < _WORTH or self._processes:
            return
        for _ in range(_processors()):
            with contextlib.suppress(OSError):  # the process limit is reached, or the interpreter is missing
                self._processes.append(_Process(self._root))

    def read(self, batches: Iterable[Sequence[str]], whole: bool = True) -> Iterator[dict[str, RunRecord]]:
        """Yield the records of each batch in order, without how the runs ended unless `whole`."""
        read_here = read_runs if whole else read_causes
        if not self._processes:
            yield from (read_here(self._root, batch) for batch in batches)
            return
        asked = (
            (process, batch, process.ask(batch, whole))
            for process, batch in zip(cycle(self._processes), batches)
        )
        # each process already has its next batch while an answer is being decoded
        pending = deque(islice(asked, _AHEAD * len(self._processes)))
        while pending:
            process, batch, heard = pending.popleft()
            records = process.answer() if heard else None
            pending.extend(islice(asked, 1))
            yield read_here(self._root, batch) if records is None else records


class _Process:
    """A reader process and the connection to it."""

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
                start_new_session=True,  # Ctrl-C in a terminal must reach only this process
            )

    def ask(self, batch: Sequence[str], whole: bool) -> bool:
        """Request a batch; returns False if the process has ended and will not answer."""
        try:
            self._line.send((whole, list(batch)))
        except OSError:
            return False
        return True

    def answer(self) -> dict[str, RunRecord] | None:
        """The answer to the oldest open request; None if the process has ended."""
        try:
            return decode_records(self._line.recv_bytes())
        except (OSError, EOFError):
            return None

    def hang_up(self) -> None:
        self._line.close()
        self._process.terminate()  # it has no state to save, and a second Ctrl-C must not wait for a batch

    def wait(self) -> None:
        self._process.wait()


def _processors() -> int:
    """How many processes may read at once; 0 if it is better not to start any."""
    if os.name != "posix" or not sys.executable or getattr(sys, "frozen", False):
        return 0
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(here, _MOST) if here > 1 else 0
