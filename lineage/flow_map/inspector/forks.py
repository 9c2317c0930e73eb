"""Files are imported in forks of this process, each in one of its own unless it is plain."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import time
import traceback
from collections.abc import Iterator
from typing import Any

from lineage.flow_map.inspector.flow_file import inspect_file
from lineage.flow_map.inspector.plain_files import groups
from lineage.flow_map.inspector.syntax_tree import read_by_syntax_tree

InspectedFile = dict[str, Any]


def inspect_files(files: list[str], seconds: float) -> Iterator[InspectedFile]:
    """Describe the flows of each file: imported in a fork or, where that fails, read by its syntax tree.

    Parameters
    ----------
    files
        Their paths.
    seconds
        How long importing one may take.
    """
    for group in groups(files):
        answers, _ = _imported(group, seconds)
        for file in group[len(answers) :]:  # the first of these ended the fork, or took too long
            alone, why = _imported([file], seconds)
            answers += alone or [_failed(why)]
        for file, answer in zip(group, answers, strict=True):
            yield answer if answer["error"] is None else answer | {"flows": read_by_syntax_tree(file)}


def _imported(files: list[str], seconds: float) -> tuple[list[InspectedFile], str]:
    """The answers of a fork that imports some files, as many as it came to, and why it ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setsid()  # what a file may start can be ended with it
        _child(files, writing)
    os.close(writing)
    lines = _Lines(reading)
    answers = [json.loads(line) for _ in files if (line := lines.next(seconds))]
    os.close(reading)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    late = f"importing it took more than {seconds:g} s"
    return answers, late if lines.late else f"importing it ended the process ({_ending(status)})"


def _ending(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


class _Lines:
    """The lines that come out of a pipe."""

    def __init__(self, pipe: int) -> None:
        self._pipe, self._rest, self._ended = pipe, b"", False
        self.late = False

    def next(self, seconds: float) -> str | None:
        """The next line; None if the pipe is closed before its end, or it takes too long."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._rest and not self._ended:
            left = deadline - time.monotonic()
            self.late = left <= 0 or not select.select([self._pipe], [], [], left)[0]
            piece = b"" if self.late else os.read(self._pipe, 65536)
            self._rest, self._ended = self._rest + piece, not piece
        line, ended, self._rest = self._rest.partition(b"\n")
        return line.decode() if ended else None


def _child(files: list[str], writing: int) -> None:
    """Answer for each file and exit; the output of the files goes to standard error."""
    os.dup2(2, 1)
    try:
        with os.fdopen(writing, "w") as pipe:
            for file in files:
                pipe.write(_answer(file) + "\n")
                pipe.flush()
    finally:
        os._exit(0)  # without the cleanup handlers of what the files imported


def _answer(file: str) -> str:
    try:
        return json.dumps(inspect_file(file), default=str)
    except BaseException as exc:  # a file may raise anything, SystemExit included
        return json.dumps(_failed(_reason(exc, file)))


def _failed(reason: str) -> InspectedFile:
    return {"flows": [], "problems": [], "error": reason}


def _reason(exc: BaseException, file: str) -> str:
    """Describe an error and, if it was raised in the file itself, its line."""
    lines = [f.lineno for f in traceback.extract_tb(exc.__traceback__) if f.filename == file]
    where = f", line {lines[-1]}" if lines else ""
    said = str(exc).strip().splitlines()
    return f"{type(exc).__name__}{where}: {said[0] if said else 'without a message'}"
