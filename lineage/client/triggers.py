"""What triggered a run, in the contract of the trigger API (`docs/reference/trigger-api.md`)."""

from __future__ import annotations

from lineage.client.run_names import RunLike
from lineage.client.runs import resolve_run
from lineage.errors import SourceInvalid
from metaflow_extensions.lineage.plugins.trigger.of_run import run_trigger
from metaflow_extensions.lineage.plugins.trigger.trigger import (
    AmbiguousTrigger,
    MetaflowEvent,
    MetaflowTrigger,
)

__all__ = ["AmbiguousTrigger", "MetaflowEvent", "MetaflowTrigger", "trigger"]


def trigger(run: RunLike) -> MetaflowTrigger | None:
    """What triggered a run; None if nothing did.

    `event` and `run` of the result are None when several causes triggered the run: use `events`,
    `runs`, or ``trigger(run)["TrainingFlow"]``. (`Run.trigger` answers with the latest instead,
    unless the flow is decorated with `@trigger_on`.)

    Parameters
    ----------
    run : metaflow.Run or str
        The run, its pathspec ``"Flow/id"``, or a flow's name for its latest run.

    Returns
    -------
    MetaflowTrigger or None

    Raises
    ------
    InvalidArgument, RunNotFound, FlowNotFound
        `run` names no run that is there.
    SourceInvalid
        What the run recorded about its triggers is broken.

    Examples
    --------
    ```
    lineage.trigger("PredictionFlow").data.model
    ```
    """
    found = resolve_run(run)
    try:
        return run_trigger(found, strict=True)
    except ValueError as error:
        raise SourceInvalid(
            f"what triggered {found.pathspec} cannot be read, its record is broken: {error}"
        ) from error
