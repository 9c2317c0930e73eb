"""How patient a source is with a server, and what ends a call early."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from lineage.errors import Cancelled, SourceUnreachable
from lineage.sources.protocol import Cancel, check

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class Limits:
    """Time-outs, retries and concurrency for one server."""

    connections: int = 20  # the same number as Metaflow's own client
    attempts: int = 5
    pause: float = 0.2  # seconds before the second attempt; doubles with each further one
    timeout: float = 30.0  # seconds until an answer begins, and between two parts of it
    silence: float = 120.0  # seconds that one request may go unanswered, over all attempts
    notice: float = 5.0  # seconds without any answer until a warning says what is waited for
    deadline: float = 300.0  # seconds for one call of a method of the source
    longest: int = 64 << 20  # bytes of one answer, unpacked; about 150,000 runs of one flow


class Stop:
    """Whether the work of one call must end: it was cancelled, it failed, or its deadline has passed."""

    def __init__(self, cancel: Cancel | None, deadline: float, label: str) -> None:
        self.cancel, self.deadline, self.label = cancel, deadline, label
        self.now = threading.Event()
        self._asked: dict[int, int] = {}  # thread -> which attempt it waits for
        self._answered = time.monotonic()  # when the last answer came
        self._said = 0  # the attempt that a warning was about

    @contextmanager
    def waiting(self, attempt: int) -> Iterator[None]:
        """Note that this thread waits for an answer."""
        self._asked[threading.get_ident()] = attempt
        try:
            yield
            self._answered = time.monotonic()
        finally:
            del self._asked[threading.get_ident()]

    def say_what_is_waited_for(self, limits: Limits) -> None:
        """Warn, once for each attempt, that there has been no answer at all for some seconds."""
        attempt = max(list(self._asked.values()), default=0)
        if attempt > self._said and time.monotonic() - self._answered > limits.notice:
            self._said = attempt
            message = f"waiting for the {self.label}, attempt {attempt} of {limits.attempts}"
            warnings.warn(message, RuntimeWarning, stacklevel=3)

    def check(self) -> None:
        """Raise if the call must end."""
        check(self.cancel)
        if self.now.is_set():
            raise Cancelled("Another request of the same call failed")
        if time.monotonic() > self.deadline:
            raise SourceUnreachable(f"The {self.label} took too long to answer")

    def rest(self, seconds: float) -> None:
        """Wait, but no longer than the call goes on."""
        self.now.wait(seconds)
        self.check()


_thread = threading.local()


def current_stop() -> Stop:
    """The `Stop` of the call that this thread works for."""
    stop = getattr(_thread, "stop", None)
    return stop if isinstance(stop, Stop) else Stop(None, float("inf"), "")


def bound_to(stop: Stop, ask: Callable[[A], B], items: Iterable[A]) -> Callable[[], list[B]]:
    """A function that asks for each item in the thread that calls it, unless the call is to end."""

    def one(item: A) -> B:
        stop.check()
        return ask(item)

    def run() -> list[B]:
        _thread.stop = stop
        return [one(item) for item in items]

    return run
