"""A bar that says how many runs are read, of how many, and how long is left: tqdm, where it is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

_DELAY = 1.0  # seconds; what is over sooner needs no bar


@contextmanager
def meter(title: str) -> Iterator[Callable[[int, int | None], None] | None]:
    """A progress callback that draws a bar, in a notebook or in a terminal, but not in a log.

    Nothing is drawn before a second has passed, or if there is nothing to do; the bar goes when the block
    ends.

    Parameters
    ----------
    title
        What is being read.

    Yields
    ------
    callable or None
        To be called with how much is done, and how much there is to do. None without tqdm.
    """
    try:
        from tqdm.auto import tqdm
    except ImportError:
        yield None
        return
    bars: list[Any] = []

    in_notebook = any("notebook" in kind.__module__ for kind in tqdm.__mro__)

    def progress(done: int, total: int | None) -> None:
        if not bars:
            # None is tqdm's word for: not into a file; a notebook's output looks like one
            hidden = False if in_notebook else None
            bar = partial(tqdm, unit=" runs", leave=False, delay=_DELAY, dynamic_ncols=True, disable=hidden)
            bars.append(bar(total=total, desc=title))
        bars[0].total = total
        bars[0].update(done - bars[0].n)

    try:
        yield progress
    finally:
        for bar in bars:
            bar.close()
