"""A replay in a thread of its own: a notebook goes on meanwhile, sees how far it is, and may stop it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from lineage.replaying import Plan, ReplayProgress, ReplayResult
from lineage.replaying.runner import OnFailure, run_plan


class ReplayJob:
    """A replay that has been started.

    Parameters
    ----------
    plan
        What to run.
    changed
        Called in the job's thread each time a run starts or ends.
    ended
        Called in the job's thread in the end, with what was made or what went wrong.
    """

    def __init__(
        self,
        plan: Plan,
        changed: Callable[[ReplayProgress], None],
        ended: Callable[[ReplayResult | Exception], None],
        on_failure: OnFailure = "stop",
    ) -> None:
        self._given = (plan, os.cpu_count() or 1, on_failure, changed)
        self._ended = ended
        self._stop = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            result: ReplayResult | Exception = run_plan(*self._given, cancel=self._stop)
        except Exception as error:  # it belongs under the widget, not into a log
            result = error
        self._ended(result)

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to stop it."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """End what runs, as Ctrl-C would, and start nothing more; returns at once."""
        self._stop.set()
