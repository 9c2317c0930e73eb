"""The viewer: one ES module and one stylesheet, without dependencies.

`viewer.js` draws a scene (`docs/scene.md`) in the notebook, the report, the card and the kernel-free
view. It is read as text and inlined; nothing is ever loaded from elsewhere.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

__all__ = ["script", "stylesheet"]


@cache
def script() -> str:
    """The ES module `viewer.js`: exports `mount`, and `render` for anywidget."""
    return files(__name__).joinpath("viewer.js").read_text("utf-8")


@cache
def stylesheet() -> str:
    """The stylesheet `viewer.css`."""
    return files(__name__).joinpath("viewer.css").read_text("utf-8")
