"""Errors and warnings of this extension on the command line."""

from __future__ import annotations

from collections.abc import Callable

from metaflow._vendor import click
from metaflow.exception import MetaflowException


class TriggerRefused(MetaflowException, click.ClickException):
    """An invalid `--trigger` or decorator: printed as one line, with exit code 1.

    Metaflow prints its own exceptions over several lines and removes every ``*``, which would garble
    a quoted payload. On the command line click sees this first and prints `show`.
    """

    headline = "Trigger refused"
    exit_code = 1

    def __init__(self, message: str) -> None:
        Exception.__init__(self, message)
        self.message = " ".join(message.split())
        self.line_no = self.source_file = None

    def __str__(self) -> str:
        return str(self.message)

    def show(self, file: object = None) -> None:
        """Print the message as one line."""
        click.echo(f"{self.headline}: {self.message}", file=file, err=file is None)


def warn(echo: Callable[..., None], line: str) -> None:
    """Print one line through Metaflow's `echo`, keeping every ``*``."""
    echo(f"Warning: {line}", fg="yellow", no_bold=True)
