"""The viewer: one ES module and one stylesheet, without dependencies. Internal.

`make viewer` builds both, and the parts that are attached to them, from the modules in `src`, into `dist`.
They are inlined into a page or a widget; nothing is ever loaded from elsewhere.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

__all__ = ["page_stylesheet", "script", "stylesheet"]


ATTACHED = (
    "downloads",
    "flows",
    "selection",
)  # parts that belong to every viewer; src/state/attached.js says how


@cache
def script() -> str:
    """The viewer as one ES module, which exports `mount`."""
    return script_of("viewer")


@cache
def stylesheet() -> str:
    """The viewer's stylesheet."""
    return stylesheet_of("viewer")


def script_of(module: str) -> str:
    """A built module, with the parts that are attached to its viewer."""
    parts = (f"{built(f'{name}.min.js')}\nattach({name}Part.default);" for name in ATTACHED)
    return "\n".join((built(f"{module}.min.js"), *parts))


def stylesheet_of(module: str) -> str:
    """The stylesheet of a built module and of those parts."""
    return "\n".join(built(f"{name}.min.css") for name in (module, *ATTACHED))


@cache
def page_stylesheet() -> str:
    """The style that only a whole page needs: a report, on the screen and on paper."""
    return built("page.min.css")


def built(name: str) -> str:
    """The text of a file that `make viewer` has built."""
    return (files(__name__) / "dist" / name).read_text("utf-8")
