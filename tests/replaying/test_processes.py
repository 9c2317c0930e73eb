"""Processes that a replay starts: what they inherit, and how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineage.replaying import guardian
from lineage.replaying.guardian import GENTLE
from lineage.replaying.processes import Processes, Stopped

SCRIPT = """
import os, sys, time
print(sys.stdin.read() == "", os.environ["WORD"], os.getsid(0) == os.getpid(), flush=True)
try:
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted", file=sys.stderr)
"""
COMMAND = [sys.executable, "-c", SCRIPT]


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes() as processes:
        yield processes


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
def test_stop_reaches_them_as_ctrl_c_even_where_this_process_ignores_it(
    tmp_path: Path, processes: Processes
) -> None:
    log = tmp_path / "log"
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


def test_an_exit_code_and_a_signal_are_told_apart(tmp_path: Path, processes: Processes) -> None:
    ended = [sys.executable, "-c", "raise SystemExit(3)"]
    killed = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
    codes = [processes.run(command, tmp_path / "log", os.environ) for command in (ended, killed)]
    assert codes == [3, -signal.SIGKILL]


def test_what_cannot_be_started_and_what_comes_after_the_stop_are_errors(
    tmp_path: Path, processes: Processes
) -> None:
    with pytest.raises(FileNotFoundError):
        processes.run([str(tmp_path / "missing")], tmp_path / "log", os.environ)
    processes.stop()
    with pytest.raises(Stopped):
        processes.run(COMMAND, tmp_path / "log", os.environ)


ENDED = """
import sys
from lineage import replay, simulate
from lineage.flow_map import FlowMap, declare

replay(simulate(FlowMap.of([declare("SlowFlow")]), "SlowFlow"), files=sys.argv[1])
"""
FLOW = """
import signal, sys, time
class SlowFlow: pass
signal.signal(signal.SIGINT, signal.default_int_handler)
print("runs", file=open(sys.argv[0] + ".log", "w"), flush=True)
try:
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted", file=open(sys.argv[0] + ".log", "w"))
"""


def until_it_was_interrupted(log: Path) -> None:
    deadline = time.monotonic() + 60
    while not log.read_text().endswith("interrupted\n"):
        assert time.monotonic() < deadline, "it was not interrupted"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_replay_that_is_ended_ends_its_flows_as_ctrl_c_does(tmp_path: Path, number: signal.Signals) -> None:
    file = tmp_path / "slow.py"
    file.write_text(FLOW)
    log = Path(f"{file}.log")
    with subprocess.Popen([sys.executable, "-c", ENDED, str(file)], stderr=subprocess.PIPE) as session:
        until_it_said(log)
        session.send_signal(number)
        _, errors = session.communicate(timeout=60)
    assert session.returncode == -number
    if number is signal.SIGKILL:  # the guardian ends the flow, and there is nothing that waits for it
        until_it_was_interrupted(log)
    assert log.read_text() == "interrupted\n"
    assert b"Traceback" not in errors


STARTER = """
import os, subprocess, sys
command, log, guardian, read, write = eval(sys.argv[1])
with open(log, "w") as output:
    flow = subprocess.Popen(command, start_new_session=True, stdin=-3, stdout=output, stderr=output)
os.write(write, f"+{flow.pid}\\n".encode())
subprocess.Popen([sys.executable, guardian, str(os.getpid())], stdin=read)
sys.stdin.read()
os._exit(0)
"""


def test_a_pipe_that_a_copy_of_the_process_holds_open_does_not_keep_its_flows_alive(tmp_path: Path) -> None:
    log = tmp_path / "log"
    read, write = os.pipe()
    try:
        given = repr((COMMAND, str(log), guardian.__file__, read, write))
        with subprocess.Popen(
            [sys.executable, "-c", STARTER, given],
            pass_fds=(read, write),
            stdin=subprocess.PIPE,
            env={**os.environ, "WORD": "a word"},
        ) as parent:
            until_it_said(log)
            parent.communicate()
        until_it_was_interrupted(log)
    finally:
        os.close(read)
        os.close(write)
