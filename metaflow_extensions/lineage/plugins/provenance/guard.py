"""Contain errors while recording: one line on stderr, and the task goes on as without it."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_warned = False


def guarded(function: Callable[P, T]) -> Callable[P, T | None]:
    """The function, which warns and returns None instead of raising.

    What the handler of a signal raised passes, since it is not about recording: `@timeout` ends a task
    in this way, wherever the task happens to be.
    """

    @functools.wraps(function)
    def quiet(*args: P.args, **kwargs: P.kwargs) -> T | None:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if raised_by_signal(error):
                raise
            warn(error)
            return None

    return quiet


def warn(error: Exception) -> None:
    """Say once in this process that something is not recorded."""
    global _warned
    if _warned:
        return
    _warned = True
    with contextlib.suppress(AttributeError, OSError, ValueError):  # there may be no stderr any more
        sys.stderr.write(f"lineage: what this task read, started or published is not recorded: {error!r}\n")


def raised_by_signal(error: BaseException) -> bool:
    """Whether the handler of a signal raised this: Python calls one with the frame that it interrupted."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        called = trace.tb_next.tb_frame
        if any(value is trace.tb_frame for value in called.f_locals.values()):
            return True
        trace = trace.tb_next
    return False
