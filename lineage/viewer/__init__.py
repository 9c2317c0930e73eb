"""The viewer: one ES module and one stylesheet, without dependencies.

The sources beside this file are ES modules that import each other and run as they are. What is inlined
into a page or a widget is all of them as one module, without comments and indentation; nothing is ever
loaded from elsewhere.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

__all__ = ["script", "stylesheet"]

# From the ground up; a source imports only from sources listed before it.
SOURCES = (
    "words",
    "dom",
    "model",
    "selection",
    "folding",
    "arranging",
    "pictures",
    "drawing",
    "stage",
    "parts",
    "details",
    "table",
    "exporting",
    "viewer",
)


@cache
def script() -> str:
    """The viewer as one ES module: exports `mount`, and `render` for anywidget."""
    return "".join(_part(_read(f"{name}.js"), last=name == SOURCES[-1]) for name in SOURCES)


@cache
def stylesheet() -> str:
    """The viewer's stylesheet."""
    return _bare(_read("viewer.css"))


def _read(name: str) -> str:
    return files(__name__).joinpath(name).read_text("utf-8")


def _part(source: str, *, last: bool) -> str:
    """A module's text as a part of the whole: it imports and exports nothing, unless it is the last."""
    local = re.sub(r'^import [^;]*? from "\./\w+\.js";\n', "", source, flags=re.MULTILINE)
    return _bare(local if last else re.sub(r"^export ", "", local, flags=re.MULTILINE))


def _bare(text: str) -> str:
    """Without comments that have lines of their own, indentation and empty lines."""
    without = re.sub(r"^[ \t]*(/\*.*?\*/|//[^\n]*)$", "", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(f"{line.strip()}\n" for line in without.splitlines() if line.strip())
