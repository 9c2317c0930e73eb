"""The command line program `lineage`. Internal."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from lineage import __version__
from lineage.cli.answer_verbs import add_answer_verbs
from lineage.cli.export_verb import add_export_verb
from lineage.cli.lineage_verbs import add_lineage_verbs
from lineage.cli.recent_verb import add_recent_verb
from lineage.cli.simulation_verbs import add_simulation_verbs
from lineage.cli.terminal import say, write_plainly_what_the_terminal_lacks
from lineage.errors import LineageError
from lineage.text import escape_message

# Metaflow reads its configuration when imported, so verbs import modules that use it when they run.

_OBJECTS = 50_000  # between two looks of the garbage collector, which takes a tenth of a short verb's time


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code.

    Returns
    -------
    int
        0: done, and all is well. 1: the answer is bad or incomplete, such as a stale run or a missed start.
        2: no answer, because an argument is wrong or something could not be read, as `diff` and `grep` do.
    """
    gc.set_threshold(max(_OBJECTS, gc.get_threshold()[0]))
    write_plainly_what_the_terminal_lacks()
    options = _parser().parse_args(arguments)
    verb: Callable[[argparse.Namespace], int | None] = options.verb
    try:
        with _warnings_in_one_line():
            return verb(options) or 0
    except LineageError as exc:
        say(f"lineage: {exc}", error=True)
        return 2
    except KeyboardInterrupt:
        say("lineage: interrupted", error=True)
        return 130
    except BrokenPipeError:  # `lineage trace … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


@contextmanager
def _warnings_in_one_line() -> Iterator[None]:
    """Print a warning without the line of code that Python adds by default."""
    before = warnings.formatwarning
    warnings.formatwarning = lambda message, *_, **__: f"lineage: {escape_message(message)}\n"
    try:
        yield
    finally:
        warnings.formatwarning = before


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lineage", description="Where a Metaflow run came from and what it set off."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    add_lineage_verbs(verbs)
    add_recent_verb(verbs)
    add_answer_verbs(verbs)
    add_export_verb(verbs)
    add_simulation_verbs(verbs)
    return parser


if __name__ == "__main__":
    sys.exit(main())
