"""A tqdm progress bar for reading runs, if tqdm is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# Called with the number of runs read and the total; the total is None while it is unknown.
OnProgress = Callable[[int, "int | None"], None]

_DELAY = 1.0  # seconds; anything faster needs no bar


@contextmanager
def meter(title: str) -> Iterator[OnProgress]:
    """Provide a progress callback that draws a bar in a notebook or terminal, but not in a log.

    The bar appears a second after the first call, and disappears when the block ends. tqdm is imported by
    that call; if it is not installed, there is no bar.

    Parameters
    ----------
    title
        The label of the bar.

    Yields
    ------
    callable
        Call it with the number of runs done and the total, if known.
    """
    bars: list[Any] = []

    def progress(done: int, total: int | None) -> None:
        if not bars:
            bars.append(_bar(title, total))
        if bars[0] is not None:
            bars[0].total = total
            bars[0].update(done - bars[0].n)

    try:
        yield progress
    finally:
        for bar in bars:
            if bar is not None:
                bar.close()


def _bar(title: str, total: int | None) -> Any:
    """A bar of tqdm; None if it is not installed."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    in_notebook = any("notebook" in kind.__module__ for kind in tqdm.__mro__)
    # None tells tqdm to draw only on a terminal; a notebook's output does not look like one
    hidden = False if in_notebook else None
    return tqdm(
        total=total,
        desc=title,
        unit=" runs",
        leave=False,
        delay=_DELAY,
        dynamic_ncols=True,
        disable=hidden,
    )
