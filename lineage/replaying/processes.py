"""Child processes, each in its own process group, that can all be stopped together.

Why not `metaflow.Runner`: it takes over Ctrl-C for the whole process and stops only the direct children
of what it started (`pkill -P`), it reloads Metaflow's command line for each flow, which two threads must
not do at once, and it imports the users' flow files into this process. The command that it composes
is the one composed here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

GENTLE = 5.0  # seconds that Metaflow has after an interrupt to record how the run ended
FIRM = 2.0  # seconds after which processes that ignored the interrupt are killed


class Stopped(Exception):
    """A process was not started, because the processes were stopped."""


class Processes:
    """Starts processes from several threads, and stops them all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[int] = set()  # process ids, each of them the id of its group, too
        self._stopped = False

    def run(self, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> int:
        """Run a command with its output in a file, wait for it, and return its exit code.

        Raises
        ------
        Stopped
            If `stop` was called before.
        """
        with log.open("wb") as output, self._lock:  # `stop` sees the process, or it is never started
            if self._stopped:
                raise Stopped
            process = _start(command, output.fileno(), environment)
            self._running.add(process)
        _, status = os.waitpid(process, 0)
        with self._lock:
            self._running.discard(process)
        return os.waitstatus_to_exitcode(status)

    def stop(self) -> None:
        """Stop all processes and their children; none can start afterwards.

        First with the signal of Ctrl-C, so that Metaflow records how the runs ended, then by force.
        """
        with self._lock:
            self._stopped = True
            groups = list(self._running)
        try:
            for number, patience in ((signal.SIGINT, GENTLE), (signal.SIGTERM, FIRM)):
                _signal(groups, number)
                if _gone(groups, patience):
                    return
        finally:  # even if Ctrl-C is pressed again
            _signal(groups, signal.SIGKILL)
            _gone(groups, FIRM)


def _start(command: Sequence[str], output: int, environment: Mapping[str, str]) -> int:
    """Start a process that writes to an open file; returns its id.

    `subprocess` cannot give a signal its default back without running Python between fork and exec, which is
    not safe where there are threads.
    """
    return os.posix_spawnp(
        command[0],
        list(command),
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, output, 1),
            (os.POSIX_SPAWN_DUP2, output, 2),
        ],
        setsid=True,  # Ctrl-C in a terminal reaches us only, and we its whole group
        setsigdef=[signal.SIGINT],  # a shell's background jobs ignore it, and would hand that down
    )


def _signal(groups: Sequence[int], number: signal.Signals) -> None:
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _gone(groups: Sequence[int], patience: float) -> bool:
    """Whether all processes of all groups have ended, after waiting for a while."""
    deadline = time.monotonic() + patience
    while any(_alive(group) for group in groups):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):  # macOS answers so for a group of zombies
        return False
    return True
