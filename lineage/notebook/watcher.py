"""A watch that runs in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from lineage.api.lineages import Lineage
from lineage.errors import Cancelled
from lineage.format import format_count, format_duration
from lineage.notebook.background_walk import BoundWalk
from lineage.notebook.live import Glance, news_of, watch
from lineage.sources import Source, open_source


class LiveWatcher:
    """Traces a lineage again until all its runs have ended; a daemon thread, so that it ends with the kernel.

    Parameters
    ----------
    lineage
        The lineage as it is shown.
    walk
        Traces it once more.
    source
        Where it is read, as in `lineage.trace`.
    show
        Called with each lineage that has changed.
    tell
        Called with the state in words before each pause, and with an empty text at the end.
    fail
        Called with the error that ended the watch.
    """

    def __init__(
        self,
        lineage: Lineage,
        walk: BoundWalk,
        source: Source | str | None,
        show: Callable[[Lineage], None],
        tell: Callable[[str], None],
        fail: Callable[[Exception], None],
    ) -> None:
        self._lineage, self._walk, self._source = lineage, walk, source
        self._show, self._tell, self._fail = show, tell, fail
        self._stop = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """End the watch; a look that has begun is cancelled."""
        self._stop.set()

    def _run(self) -> None:
        try:
            newer = watch(
                self._lineage,
                lambda: self._walk(progress=lambda done, total: None, cancel=self._stop),
                lambda seconds: not self._stop.wait(seconds),
                any_news=news_of(open_source(self._source)),
                tell=lambda glance: self._tell(in_words(glance)),
            )
            for lineage in newer:
                if self._stop.is_set():
                    break
                self._show(lineage)
            self._tell("")
        except Cancelled:
            self._tell("")
        except Exception as error:  # shown in the widget instead of in a log
            self._fail(error)


def in_words(glance: Glance) -> str:
    """The state of a watch as a sentence.

    Examples
    --------
    >>> in_words(Glance(2, 4.5))
    'Watching 2 runs that have not ended; the next look is in 4.5 s.'
    >>> in_words(Glance(0, 2))
    'All runs have ended; watching for more for a minute.'
    """
    if glance.problem:
        return f"{glance.problem} The next attempt is in {format_duration(glance.pause)}."
    if not glance.unfinished:
        return "All runs have ended; watching for more for a minute."
    runs = format_count(glance.unfinished, "run")
    have = "has" if glance.unfinished == 1 else "have"
    return f"Watching {runs} that {have} not ended; the next look is in {format_duration(glance.pause)}."
