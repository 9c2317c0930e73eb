"""Why a run failed: the exception that Metaflow stored with the task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from metaflow import Run, Task

from lineage.client.artifacts import task_artifact
from lineage.client.values import type_name
from lineage.errors import ArtifactUnavailable
from lineage.text import escape_message
from metaflow_extensions.lineage.plugins.trigger.recorded import task_fields

_TASKS = 200  # of the failed step that are looked at; a foreach may have thousands
_LENGTH = 20_000  # characters of a stack trace, or of what the task wrote
_LINES = 40  # of what the task wrote


@dataclass(frozen=True)
class Failure:
    """The exception that ended a task, as text."""

    step: str
    task: str  # id
    type: str  # class of the exception; empty if none was stored
    message: str
    trace: str  # stack trace, or the last lines that the task wrote to its standard error


def run_failure(run: Run, step: str) -> Failure:
    """Load the exception that ended a step. This unpickles it, so it is done only when asked for.

    Parameters
    ----------
    run, step
        The run, and the name of the step that failed.

    Raises
    ------
    ArtifactUnavailable
        If no task of the step failed, or its exception cannot be loaded.
    """
    task = next(_failed(run, step), None)
    if task is None:
        raise ArtifactUnavailable(f"{run.pathspec} has no failed task in step {step} any more")
    try:
        error = task_artifact(task, "_exception")
    except KeyError:  # it was killed, or ended by something else than an exception
        written = "\n".join(str(task.stderr or "").splitlines()[-_LINES:])
        return Failure(step, task.id, "", "The task stored no exception.", escape_message(written, _LENGTH))
    # Metaflow stores the class, the message and the stack trace as texts, in an exception of its own
    kind = getattr(error, "type", None) or type_name(error)
    trace = getattr(error, "stacktrace", None) or ""
    message = getattr(error, "exception", None) or str(error)
    return Failure(step, task.id, _plain(kind), escape_message(message), escape_message(trace, _LENGTH))


def _failed(run: Run, step: str) -> Iterator[Task]:
    """The tasks of a step whose last attempt failed."""
    for task in islice(run[step], _TASKS):
        if task_fields(task).get("attempt_ok") == "False":
            yield task


def _plain(kind: Any) -> str:
    return escape_message(str(kind).removeprefix("builtins."), 200)
