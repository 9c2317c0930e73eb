"""The exception that made a run fail, loaded from the task that raised it."""

from __future__ import annotations

from dataclasses import dataclass

from metaflow import Run, Task

from lineage.errors import ArtifactUnavailable

_EXCEPTION = "_exception"


@dataclass(frozen=True)
class Failure:
    """An exception that a task ended with."""

    task: str  # pathspec
    type: str  # name of the exception's class
    message: str


def failure_of(run: Run, step: str) -> Failure:
    """Load the exception of the first failed task of a step.

    Metaflow stores it as a pickle, and unpickling runs code that the run's owner stored.

    Raises
    ------
    ArtifactUnavailable
        If no task of the step recorded an exception (it was killed, say), or it cannot be loaded here.
    """
    try:
        task = next((task for task in run[step] if _has_failed(task)), None)
    except KeyError:
        task = None
    if task is None:
        raise ArtifactUnavailable(f"no task of step {step} of {run.pathspec} recorded an exception")
    try:
        wrapped = task[_EXCEPTION].data
    except Exception as exc:  # unpickling may run code of any package
        raise ArtifactUnavailable(f"the exception of {task.pathspec} cannot be loaded: {exc!r}") from exc
    kind = str(
        getattr(wrapped, "type", type(wrapped).__name__)
    )  # Metaflow wraps the exception, with its module
    message = str(getattr(wrapped, "exception", wrapped))
    return Failure(task.pathspec, kind.rsplit(".", 1)[-1], message)


def _has_failed(task: Task) -> bool:
    return _EXCEPTION in task and not task.successful
