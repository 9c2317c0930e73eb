"""The viewer in a notebook: its module, and one that talks to the kernel, as one ES module for anywidget."""

from __future__ import annotations

from functools import cache

from lineage import viewer

__all__ = ["script", "stylesheet"]


@cache
def script() -> str:
    """One ES module that exports `render` for anywidget."""
    door = "export default { render: notebookPart.widget(mount) };"
    return f"{viewer.script()}\n{viewer.built('notebook.min.js')}\n{door}\n"


@cache
def stylesheet() -> str:
    """The viewer's stylesheet and that of the notebook's part."""
    return f"{viewer.stylesheet()}\n{viewer.built('notebook.min.css')}"
