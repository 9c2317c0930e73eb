"""All output of the command: nothing that a store holds may steer the terminal."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import textwrap
from typing import TextIO

from lineage.style import STATUS_STYLES
from lineage.text import PLAIN_WHERE_NEEDED, escape_hidden

_COLOURS = {
    "completed": 32,
    "failed": 31,
    "running": 34,
    "missing": 33,
    "event": 35,
    "simulated": 35,
}  # of ANSI
_GLYPHS = {STATUS_STYLES[name].glyph: f"\x1b[{code}m" for name, code in _COLOURS.items()}
_ANY_GLYPH = re.compile("|".join(map(re.escape, _GLYPHS)))
_ROW = re.compile(r"\w\S*(?: \S+)*  +(?:\S+(?: \S+)*  +)+(?=\S)")  # all cells of a table's row but the last
_STEM = re.compile("[ │├└─╌═┄]*")
_LEAST = 30  # columns; in fewer, nothing is readable and lines stay as they are


def say(text: object = "", *, error: bool = False) -> None:
    """Print text with its control characters escaped, at once; on a terminal folded and in colour.

    Parameters
    ----------
    text
        One or more lines.
    error
        Whether it goes to standard error.
    """
    stream = sys.stderr if error else sys.stdout
    safe = escape_hidden(str(text), keep="\n\t")
    if stream.isatty():
        columns = shutil.get_terminal_size().columns
        safe = "\n".join(fold(line, columns) for line in safe.split("\n"))
    print(_coloured(safe) if has_colour(stream) else safe, file=stream, flush=True)


def write_document(text: str) -> None:
    """Print a document: as it is into a file or a pipe, and with control characters escaped on a terminal."""
    if sys.stdout.isatty():
        text = escape_hidden(text.replace("\r\n", "\n"), keep="\n\t")
    print(text, end="" if text.endswith("\n") else "\n", flush=True)


def say_json(text: str) -> None:
    """Print JSON with hidden characters as its own escapes, so that it still means the same."""
    print(escape_hidden(text, keep="\n"), flush=True)


def columns() -> int | None:
    """Characters in a line of the terminal; None if the output goes elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def has_colour(stream: TextIO) -> bool:
    """Whether to use colour: on a terminal, unless NO_COLOR is set; elsewhere only if FORCE_COLOR is.

    As https://no-color.org and https://force-color.org have it: a variable that is set to nothing is not set.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb" and sys.platform != "win32"


def _coloured(text: str) -> str:
    return _ANY_GLYPH.sub(lambda glyph: f"{_GLYPHS[glyph[0]]}{glyph[0]}\x1b[0m", text)


def fold(line: str, columns: int) -> str:
    """Break a line that is too long for a terminal; the lines of a tree go on, and so does a row's last cell.

    Examples
    --------
    >>> print(fold("  ├─ ● TrainingFlow/34  completed in 5 min, jane.doe", 36))
      ├─ ● TrainingFlow/34  completed in
      │      5 min, jane.doe
    """
    if len(line) <= columns or columns < _LEAST:
        return line
    stem = _STEM.match(line)
    first = stem[0] if stem else ""
    row = _ROW.match(line)
    if row and columns - row.end() >= _LEAST:
        return textwrap.fill(line, columns, subsequent_indent=" " * row.end(), break_on_hyphens=False)
    onward = "".join("│" if c in "│├" else " " for c in first) + ("    " if first else "  ")
    return textwrap.fill(
        line[len(first) :],
        columns,
        initial_indent=first,
        subsequent_indent=onward if len(onward) < columns // 2 else "  ",
        break_on_hyphens=False,
        expand_tabs=False,
        replace_whitespace=False,
    )


def write_plainly_what_the_terminal_lacks() -> None:
    """Let a terminal without Unicode show plain characters instead of ending the command with an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=PLAIN_WHERE_NEEDED)
