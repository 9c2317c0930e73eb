"""The player: one ES module and one stylesheet that play a simulation. Both hold the viewer's, too."""

from __future__ import annotations

from functools import cache

from lineage.viewer import script_of, stylesheet_of

__all__ = ["script", "stylesheet"]


@cache
def script() -> str:
    """One ES module: `mount` and `mountPlayers` for a page, `render` of the player for anywidget."""
    return script_of("player")


@cache
def stylesheet() -> str:
    """The viewer's stylesheet and the player's."""
    return stylesheet_of("player")
