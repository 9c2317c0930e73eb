"""The player: the viewer and the script that plays a simulation on it, as one ES module."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from lineage.viewer import script as viewer_script
from lineage.viewer import stylesheet as viewer_stylesheet

__all__ = ["script", "stylesheet"]


@cache
def script() -> str:
    """One ES module: `mount` and `mountPlayers` for a page, `render` of the player for anywidget."""
    return f"{_without_default(viewer_script())}\n{_bare(_read('src/player.js'))}"


@cache
def stylesheet() -> str:
    """The viewer's stylesheet and the player's."""
    own = re.sub(r"/\*.*?\*/", "", _read("src/player.css"), flags=re.DOTALL)
    return viewer_stylesheet() + re.sub(r"\s*([{};])\s*", r"\1", re.sub(r"\s+", " ", own)).strip()


def _read(name: str) -> str:
    return files("lineage.viewer").joinpath(name).read_text("utf-8")


def _without_default(module: str) -> str:
    """A module has one default export, and here it is the player's."""
    return re.sub(r",?\s*\b\w+ as default\b|^export default [^;]*;\n?", "", module, flags=re.MULTILINE)


def _bare(source: str) -> str:
    """Without comments that have lines of their own, and indentation."""
    bare = re.sub(r"^[ \t]*(/\*.*?\*/|//[^\n]*)$", "", source, flags=re.MULTILINE | re.DOTALL)
    return "".join(f"{line.strip()}\n" for line in bare.splitlines() if line.strip())
