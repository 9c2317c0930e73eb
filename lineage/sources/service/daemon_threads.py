"""Threads that do calls, and do not hold up the end of the process.

The threads of `concurrent.futures` are waited for when Python ends: after Ctrl-C at a server that does not
answer, for as long as a request may take.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
Job = tuple["Future[Any]", Callable[[], Any]]


class DaemonWorkers:
    """At most so many threads, each started when there is work and no other is idle; they end with this.

    Parameters
    ----------
    most
        How many threads.
    name
        What their names begin with.

    Examples
    --------
    >>> DaemonWorkers(2, "example").submit(lambda: 6 * 7).result()
    42
    """

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._started = 0
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        weakref.finalize(self, _dismiss, self._jobs, most)

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Have something called; the future has what it returns or raises."""
        future: Future[T] = Future()
        self._jobs.put((future, call))
        if not self._idle.acquire(blocking=False) and self._started < self._most:
            self._started += 1
            name = f"{self._name}-{self._started}"
            threading.Thread(target=_work, args=(self._jobs, self._idle), name=name, daemon=True).start()
        return future


def _dismiss(jobs: SimpleQueue[Job | None], most: int) -> None:
    for _ in range(most):
        jobs.put(None)


def _work(jobs: SimpleQueue[Job | None], idle: threading.Semaphore) -> None:
    while (job := jobs.get()) is not None:
        _do(*job)
        del job  # what it refers to is not kept until the next one comes
        idle.release()


def _do(future: Future[Any], call: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(call())
    except BaseException as exc:  # raised again where the result is asked for
        future.set_exception(exc)
