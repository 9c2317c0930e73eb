"""The viewer in a notebook: its module, and one that talks to the kernel, as one ES module for anywidget."""

from __future__ import annotations

from functools import cache

from lineage import viewer

__all__ = ["map_script", "map_stylesheet", "script", "stylesheet"]


@cache
def script() -> str:
    """One ES module that exports `render` for anywidget."""
    return _module("notebook.min.js", door="notebookPart.widget(mount)")


@cache
def stylesheet() -> str:
    """The viewer's stylesheet and that of the notebook's part."""
    return f"{viewer.stylesheet()}\n{viewer.built('notebook.min.css')}"


@cache
def map_script() -> str:
    """The same for a flow map, which is one of several widgets in a frame."""
    return _module("notebook.min.js", "around.min.js", door="aroundPart.widget(notebookPart.widget(mount))")


@cache
def map_stylesheet() -> str:
    """The stylesheet of a flow map and of what is around it."""
    return f"{stylesheet()}\n{viewer.built('around.min.css')}"


def _module(*parts: str, door: str) -> str:
    code = "\n".join((viewer.script(), *map(viewer.built, parts)))
    return f"{code}\nexport default {{ render: {door} }};\n"
