"""A tqdm progress bar for reading runs, if tqdm is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

# Called with the number of runs read and the total; the total is None while it is unknown.
OnProgress = Callable[[int, "int | None"], None]

_DELAY = 1.0  # seconds; anything faster needs no bar


@contextmanager
def meter(title: str) -> Iterator[OnProgress | None]:
    """Provide a progress callback that draws a bar in a notebook or terminal, but not in a log.

    The bar appears after a second, if there is anything to do, and disappears when the block ends.

    Parameters
    ----------
    title
        The label of the bar.

    Yields
    ------
    callable or None
        Call it with the number of runs done and the total, if known. None if tqdm is not installed.
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
            # None tells tqdm to draw only on a terminal; a notebook's output does not look like one
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
