"""Each file is imported in a fork of this process, which ends with it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import time
import traceback
from typing import Any

from lineage.flow_map.inspector.syntax_tree import read_by_syntax_tree

Answer = dict[str, Any]


def inspect_in_fork(file: str, seconds: float) -> Answer:
    """What a file declares: imported in a fork or, where that fails, read by its syntax tree.

    Parameters
    ----------
    file
        Its path.
    seconds
        How long importing it may take.
    """
    answer = _imported(file, seconds)
    if answer["error"] is None:
        return answer
    return answer | {"flows": read_by_syntax_tree(file)}


def _imported(file: str, seconds: float) -> Answer:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setsid()  # what the file may start can be ended with it
        _child(file, writing)
    os.close(writing)
    text = _read(reading, time.monotonic() + seconds)
    os.close(reading)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if text is None:
        return _failed(f"importing it took more than {seconds:g} s")
    answer: Answer = json.loads(text) if text else _failed("importing it ended the process")
    return answer


def _read(pipe: int, deadline: float) -> str | None:
    """All that comes before the pipe is closed; None if that takes too long."""
    found = b""
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            return None
        piece = os.read(pipe, 65536)
        if not piece:
            return found.decode()
        found += piece


def _child(file: str, writing: int) -> None:
    """Never returns. What the file prints goes to standard error."""
    from lineage.flow_map.inspector.flow_file import inspect_file

    os.dup2(2, 1)
    try:
        text = json.dumps(inspect_file(file), default=str)
    except BaseException as exc:  # a file may raise anything, SystemExit included
        text = json.dumps(_failed(_reason(exc, file)))
    try:
        with os.fdopen(writing, "w") as pipe:
            pipe.write(text)
    finally:
        os._exit(0)  # without the cleanup handlers of what the file imported


def _failed(reason: str) -> Answer:
    return {"flows": [], "problems": [], "error": reason}


def _reason(exc: BaseException, file: str) -> str:
    """What went wrong and, where it was in the file itself, in which line."""
    lines = [f.lineno for f in traceback.extract_tb(exc.__traceback__) if f.filename == file]
    where = f", line {lines[-1]}" if lines else ""
    said = str(exc).strip().splitlines()
    return f"{type(exc).__name__}{where}: {said[0] if said else 'without a message'}"
