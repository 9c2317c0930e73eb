"""Run a walk in a background thread, so that a notebook can show its progress and stop it."""

from __future__ import annotations

import threading
from typing import Protocol

from lineage.api.lineages import Lineage
from lineage.progress import OnProgress
from lineage.sources import Cancel


class BoundWalk(Protocol):
    """`lineage.trace` with all arguments bound except these two."""

    def __call__(self, *, progress: OnProgress, cancel: Cancel) -> Lineage:
        """Walk, and return the lineage."""


class Loading:
    """A walk in progress.

    Attributes
    ----------
    progress : tuple of int and (int or None)
        The number of runs read so far, and the total if it is known.
    """

    def __init__(self, walk: BoundWalk) -> None:
        self.progress: tuple[int, int | None] = (0, None)
        self._cancel = threading.Event()
        self._lineage: Lineage | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(walk,), daemon=True)
        self._thread.start()

    def _run(self, walk: BoundWalk) -> None:
        try:
            self._lineage = walk(progress=self._count, cancel=self._cancel)
        except BaseException as error:  # raised again where the result is asked for
            self._error = error

    def _count(self, done: int, total: int | None) -> None:
        self.progress = (done, total)

    def wait(self, seconds: float) -> bool:
        """Wait up to this long; returns whether the walk has ended."""
        try:
            self._thread.join(seconds)
        except KeyboardInterrupt:
            self.cancel()
            raise
        return not self._thread.is_alive()

    def cancel(self) -> None:
        """Ask the walk to stop; it then ends with `lineage.errors.Cancelled`."""
        self._cancel.set()

    def result(self) -> Lineage:
        """The lineage that the walk found.

        Raises
        ------
        LineageError
            The error that the walk raised.
        """
        if self._error is not None:
            raise self._error
        if self._lineage is None:
            raise RuntimeError("the walk has not ended: wait for it first")
        return self._lineage
