"""Ends the flows of a replay when the process that runs the replay is gone.

A program of its own, with the standard library only: `python guardian.py <id of that process>`. A flow has
its own process group, so only its replay ends it, and nothing would if the replay is killed or its notebook's
kernel dies. The replay writes "+<group>" and "-<group>" lines here as flows start and end.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Sequence

GENTLE = 5.0  # seconds that Metaflow has after an interrupt to record how the run ended
FIRM = 2.0  # seconds after which processes that ignored the interrupt are killed
PARENT_CHECK = 1.0  # seconds; a copy of the parent by `fork` may hold the pipe open


def stop_groups(groups: Sequence[int]) -> None:
    """End process groups: as Ctrl-C does at first, so that Metaflow records the end, then by force."""
    try:
        for number, patience in ((signal.SIGINT, GENTLE), (signal.SIGTERM, FIRM)):
            _signal(groups, number)
            if _gone(groups, patience):
                return
    finally:  # even if Ctrl-C is pressed again
        _signal(groups, signal.SIGKILL)
        _gone(groups, FIRM)


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


def watch(parent: int) -> set[int]:
    """Read which groups run, until the parent is gone or closes the pipe; return those that still run."""
    groups: set[int] = set()
    rest = b""
    while True:
        if not select.select([0], [], [], PARENT_CHECK)[0]:  # nothing is left to read
            if os.getppid() == parent:
                continue
            break
        if not (read := os.read(0, 4096)):
            break
        *lines, rest = (rest + read).split(b"\n")
        for line in lines:
            change = groups.add if line.startswith(b"+") else groups.discard
            change(int(line[1:]))
    return groups


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    stop_groups(sorted(watch(int(sys.argv[1]))))
