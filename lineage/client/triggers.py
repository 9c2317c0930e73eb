"""The trigger of a run, by the strict contract of the trigger API (`docs/reference/trigger-api.md`)."""

from __future__ import annotations

from lineage.client.run_names import RunLike
from lineage.client.runs import resolve_run
from metaflow_extensions.lineage.plugins.trigger.of_run import run_trigger
from metaflow_extensions.lineage.plugins.trigger.trigger import (
    AmbiguousTrigger,
    MetaflowEvent,
    MetaflowTrigger,
)

__all__ = ["AmbiguousTrigger", "MetaflowEvent", "MetaflowTrigger", "trigger"]


def trigger(run: RunLike) -> MetaflowTrigger | None:
    """Return the trigger of a run, or None if nothing triggered it.

    If several causes triggered the run, `event` and `run` of the result are None: use `events`, `runs`,
    or ``trigger(run)["TrainingFlow"]``. (`Run.trigger` has the latest cause instead, unless the flow is
    decorated with `@trigger_on`.)

    Parameters
    ----------
    run : metaflow.Run or str
        The run, its pathspec ``"Flow/id"``, or a flow name for its latest run.

    Returns
    -------
    MetaflowTrigger or None

    Raises
    ------
    InvalidArgument, RunNotFound, FlowNotFound
        If the run does not exist, or the argument is invalid.

    Warns
    -----
    UserWarning
        If part of the record of the run's triggers is broken. That part is skipped, and the warning says
        what it was; `lineage.trace` lists the same in `Lineage.problems`.

    Examples
    --------
    ```
    lineage.trigger("PredictionFlow").data.model
    ```
    """
    return run_trigger(resolve_run(run), strict=True)
