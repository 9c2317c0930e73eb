"""The viewer: one ES module and one stylesheet, without dependencies. Internal.

`make viewer` builds both, from the modules in `src`, into `dist`. They are inlined into a page or a widget;
nothing is ever loaded from elsewhere.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

__all__ = ["page_stylesheet", "script", "stylesheet"]


@cache
def script() -> str:
    """The viewer as one ES module: exports `mount`, and `render` for anywidget."""
    return built("viewer.min.js")


@cache
def stylesheet() -> str:
    """The viewer's stylesheet."""
    return built("viewer.min.css")


@cache
def page_stylesheet() -> str:
    """What only a page of its own needs: a report, on the screen and on paper."""
    return built("page.min.css")


def built(name: str) -> str:
    """The text of a file that `make viewer` has built."""
    return (files(__name__) / "dist" / name).read_text("utf-8")
