"""All output of the command: nothing that a store holds may steer the terminal."""

from __future__ import annotations

import io
import sys

from lineage.text import escape_hidden


def say(text: object = "", *, error: bool = False) -> None:
    """Print text with its control characters escaped, at once.

    Parameters
    ----------
    text
        One or more lines.
    error
        Whether it goes to standard error.
    """
    print(escape_hidden(str(text), keep="\n\t"), file=sys.stderr if error else sys.stdout, flush=True)


def write_document(text: str) -> None:
    """Print a document: as it is into a file or a pipe, and like `say` on a terminal."""
    if sys.stdout.isatty():
        say(text.replace("\r\n", "\n").removesuffix("\n"))
    else:
        print(text, end="" if text.endswith("\n") else "\n")


def escape_what_the_terminal_lacks() -> None:
    """Let a terminal without Unicode show escapes instead of ending the command with an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
