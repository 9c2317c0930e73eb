"""Daemon threads for calls, which do not delay the end of the process.

Python waits for the threads of `concurrent.futures` when it exits: after Ctrl-C with an unresponsive server,
for as long as a request may take.
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
    """A thread pool that starts threads on demand; the threads end when the pool is garbage-collected.

    Parameters
    ----------
    most
        Maximum number of threads.
    name
        Prefix of the threads' names.

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
        """Run a call in a thread; the future gets its result or exception."""
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
        del job  # do not keep its references alive until the next job
        idle.release()


def _do(future: Future[Any], call: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(call())
    except BaseException as exc:  # raised again by `Future.result`
        future.set_exception(exc)
