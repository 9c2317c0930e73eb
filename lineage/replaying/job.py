"""Run a replay in a background thread, so that a notebook can show its progress and stop it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from lineage.replaying import Plan, ReplayProgress, ReplayResult, execute_plan
from lineage.replaying.runner import OnFailure
from lineage.sources import Source


class ReplayJob:
    """A replay in progress.

    Parameters
    ----------
    plan
        The plan to run.
    changed
        Called in the job's thread each time a run starts or ends.
    ended
        Called in the job's thread at the end, with the result or the error.
    on_failure, source
        As for `lineage.replay`.
    """

    def __init__(
        self,
        plan: Plan,
        changed: Callable[[ReplayProgress], None],
        ended: Callable[[ReplayResult | Exception], None],
        on_failure: OnFailure = "stop",
        source: Source | str | None = None,
    ) -> None:
        self._given = (plan, os.cpu_count() or 1, on_failure, changed)
        self._source = source
        self._ended = ended
        self._stop = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            result: ReplayResult | Exception = execute_plan(
                *self._given, cancel=self._stop, source=self._source
            )
        except Exception as error:  # shown under the widget instead of in a log
            result = error
        self._ended(result)

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """Interrupt what it started as Ctrl-C would, and start no more; returns at once."""
        self._stop.set()
