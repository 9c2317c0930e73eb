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
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType

from lineage.replaying import guardian
from lineage.replaying.guardian import stop_groups


class Stopped(Exception):
    """A process was not started, because the processes were stopped."""


class Processes:
    """Starts processes from several threads, and stops them all, also if this process is killed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[int] = set()  # process ids, each of them the id of its group, too
        self._stopped = False
        # isolated and without site-packages, which takes 15 ms and cannot fail for what is installed
        program = [sys.executable, "-I", "-S", guardian.__file__, str(os.getpid())]
        self._guardian = subprocess.Popen(program, stdin=subprocess.PIPE, start_new_session=True)

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
            self._tell(f"+{process}")
        _, status = os.waitpid(process, 0)
        with self._lock:
            self._running.discard(process)
            self._tell(f"-{process}")
        return os.waitstatus_to_exitcode(status)

    def stop(self) -> None:
        """Stop all processes and their children; none can start afterwards.

        First with the signal of Ctrl-C, so that Metaflow records how the runs ended, then by force.
        """
        with self._lock:
            self._stopped = True
            groups = list(self._running)
        stop_groups(groups)

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Dismiss the guardian, which ends what still runs."""
        self._guardian.communicate()

    def _tell(self, line: str) -> None:
        if self._guardian.stdin:
            with contextlib.suppress(BrokenPipeError):  # it was killed; the flows go on
                self._guardian.stdin.write(f"{line}\n".encode())
                self._guardian.stdin.flush()


@contextlib.contextmanager
def interrupted_by(*numbers: signal.Signals) -> Iterator[None]:
    """In the main thread, let these signals interrupt as Ctrl-C does, and take their effect afterwards.

    A signal that the program handles itself, or ignores, is left alone.
    """
    if threading.current_thread() is not threading.main_thread():  # others cannot handle signals
        yield
        return
    received: list[int] = []

    def interrupt(number: int, _: FrameType | None) -> None:
        received.append(number)
        raise KeyboardInterrupt

    handled = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in handled:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, signal.SIG_DFL)
        if received:
            os.kill(os.getpid(), received[0])


@contextlib.contextmanager
def held_back(*numbers: signal.Signals) -> Iterator[None]:
    """In the main thread, let these signals wait until the end of the block; a second one acts at once.

    For what must not be torn apart, such as a request and the note of what it has changed.
    """
    if threading.current_thread() is not threading.main_thread():  # others cannot handle signals
        yield
        return
    handlers = {number: handler for number in numbers if callable(handler := signal.getsignal(number))}
    received: list[int] = []

    def hold(number: int, frame: FrameType | None) -> None:
        if received:
            handlers[signal.Signals(number)](number, frame)
        received.append(number)

    for number in handlers:
        signal.signal(number, hold)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for received_one in received[:1]:
            signal.raise_signal(received_one)


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
