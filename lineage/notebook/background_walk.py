"""Run a walk in a background thread, so that a notebook can show its progress and stop it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol

from lineage.api.lineages import Lineage
from lineage.errors import Cancelled
from lineage.format import format_count
from lineage.layout import Placement
from lineage.progress import OnProgress
from lineage.sources import Cancel


class BoundWalk(Protocol):
    """`lineage.trace` with all arguments bound except these two."""

    def __call__(self, *, progress: OnProgress, cancel: Cancel) -> Lineage:
        """Walk, and return the lineage."""


class Loading:
    """A walk in progress, and then the layout of what it found.

    Attributes
    ----------
    progress : tuple of int and (int or None)
        The number of runs read so far, and the total if it is known.
    arranging : int
        The number of nodes that are being arranged; 0 before that.
    placement : Placement or None
        The layout, once it is ready.
    """

    def __init__(self, walk: BoundWalk, arrange: Callable[[Lineage], Placement] | None = None) -> None:
        self.progress: tuple[int, int | None] = (0, None)
        self.arranging = 0
        self.placement: Placement | None = None
        self._arrange = arrange
        self._cancel = threading.Event()
        self._lineage: Lineage | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(walk,), daemon=True)
        self._thread.start()

    def _run(self, walk: BoundWalk) -> None:
        try:
            lineage = walk(progress=self._count, cancel=self._cancel)
            if self._arrange is not None:
                self.arranging = len(lineage.graph)
                self.placement = self._arrange(lineage)
            self._lineage = lineage
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
        return self._is_given_up or not self._thread.is_alive()

    def cancel(self) -> None:
        """Ask the walk to stop; it then ends with `lineage.errors.Cancelled`.

        A layout cannot be interrupted: it is given up, and its thread ends when it is done.
        """
        self._cancel.set()

    @property
    def _is_given_up(self) -> bool:
        return self._cancel.is_set() and self.arranging > 0 and self._lineage is None

    def result(self) -> Lineage:
        """The lineage that the walk found.

        Raises
        ------
        LineageError
            The error that the walk raised.
        """
        if self._error is not None:
            raise self._error
        if self._is_given_up:
            raise Cancelled(f"Arranging {format_count(self.arranging, 'card')} was cancelled")
        if self._lineage is None:
            raise RuntimeError("the walk has not ended: wait for it first")
        return self._lineage


def progress_of(loading: Loading) -> dict[str, Any]:
    """The state of a walk, or of the layout after it, as plain JSON: the explorer's trait `progress`."""
    done, total = loading.progress
    words = f"Arranging {format_count(loading.arranging, 'card')} …" if loading.arranging else ""
    return {"done": done, "total": total, "words": words, "button": "Cancel"}
