"""Processes that a replay starts: what they inherit, and how they end."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineage.replaying.processes import GENTLE, Processes, Stopped

SCRIPT = """
import os, sys, time
print(sys.stdin.read() == "", os.environ["WORD"], os.getsid(0) == os.getpid(), flush=True)
try:
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted", file=sys.stderr)
"""
COMMAND = [sys.executable, "-c", SCRIPT]


@pytest.fixture(params=["default", "ignored"])
def interrupts(request: pytest.FixtureRequest) -> Iterator[None]:
    """What this process does with SIGINT: a shell's background job ignores it."""
    handler = signal.SIG_IGN if request.param == "ignored" else signal.default_int_handler
    before = signal.signal(signal.SIGINT, handler)
    yield
    signal.signal(signal.SIGINT, before)


def until_it_said(log: Path) -> str:
    deadline = time.monotonic() + 60
    while not (log.exists() and log.read_text().endswith("\n")):
        assert time.monotonic() < deadline, "it never said anything"
        time.sleep(0.02)
    return log.read_text()


@pytest.mark.usefixtures("interrupts")
def test_stop_reaches_them_as_ctrl_c_even_where_this_process_ignores_it(tmp_path: Path) -> None:
    processes, log = Processes(), tmp_path / "log"
    codes: list[int] = []
    environment = {**os.environ, "WORD": "a word"}
    thread = threading.Thread(target=lambda: codes.append(processes.run(COMMAND, log, environment)))
    thread.start()
    try:
        assert until_it_said(log) == "True a word True\n"
        began = time.monotonic()
    finally:
        processes.stop()
        thread.join(20)
    assert time.monotonic() - began < GENTLE
    assert log.read_text().splitlines()[1:] == ["interrupted"]
    assert codes == [0]


def test_an_exit_code_and_a_signal_are_told_apart(tmp_path: Path) -> None:
    processes = Processes()
    ended = [sys.executable, "-c", "raise SystemExit(3)"]
    killed = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
    codes = [processes.run(command, tmp_path / "log", os.environ) for command in (ended, killed)]
    assert codes == [3, -signal.SIGKILL]


def test_what_cannot_be_started_and_what_comes_after_the_stop_are_errors(tmp_path: Path) -> None:
    processes = Processes()
    with pytest.raises(FileNotFoundError):
        processes.run([str(tmp_path / "missing")], tmp_path / "log", os.environ)
    processes.stop()
    with pytest.raises(Stopped):
        processes.run(COMMAND, tmp_path / "log", os.environ)
