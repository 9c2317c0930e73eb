"""The viewer: one ES module and one stylesheet, without dependencies. Internal.

The sources beside this file are ES modules that import each other and run as they are. What is inlined
into a page or a widget is all of them as one module; nothing is ever loaded from elsewhere.
`viewer.min.js` is that module made small. It is used while it belongs to the sources; after a change
the sources themselves are, until `python -m tests.support.minify_viewer` has made it anew.
"""

from __future__ import annotations

import hashlib
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
    whole = joined()
    small = _read("dist/viewer.min.js")
    return small if small.startswith(banner(whole)) else whole


@cache
def stylesheet() -> str:
    """The viewer's stylesheet, without comments and needless white space."""
    bare = re.sub(r"/\*.*?\*/", "", _read("src/viewer.css"), flags=re.DOTALL)
    return (
        re.sub(r"\s*([{};]|,(?=\s))\s*|(?<=:)[ \t]+", r"\1", re.sub(r"\s+", " ", bare))
        .replace(";}", "}")
        .strip()
    )


def joined() -> str:
    """The sources as one module, without comments that have lines of their own and indentation."""
    return "".join(_part(_read(f"src/{name}.js"), last=name == SOURCES[-1]) for name in SOURCES)


def banner(whole: str) -> str:
    """The first line of a small module, which says what it was made from."""
    return f"// made from sources {hashlib.sha256(whole.encode()).hexdigest()[:16]}\n"


def _read(name: str) -> str:
    return files(__name__).joinpath(name).read_text("utf-8")


def _part(source: str, *, last: bool) -> str:
    """A module's text as a part of the whole: it imports and exports nothing, unless it is the last."""
    local = re.sub(r'^import [^;]*? from "\./\w+\.js";\n', "", source, flags=re.MULTILINE)
    inner = local if last else re.sub(r"^export ", "", local, flags=re.MULTILINE)
    bare = re.sub(r"^[ \t]*(/\*.*?\*/|//[^\n]*)$", "", inner, flags=re.MULTILINE | re.DOTALL)
    return "".join(f"{line.strip()}\n" for line in bare.splitlines() if line.strip())
