"""`explain`: answers to questions that begin with why."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from lineage.comparing.explanation import Explanation, explain_run

if TYPE_CHECKING:
    from lineage.client.run_names import RunLike
    from lineage.progress import OnProgress
    from lineage.sources import Cancel, Source


def explain(
    run: RunLike,
    *,
    error: bool = False,
    timezone: str = "UTC",
    as_of: datetime | str | None = None,
    source: Source | str | None = None,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> Explanation:
    """Explain why a run exists: what started it, back to its root causes, and why it failed.

    Parameters
    ----------
    run
        A `metaflow.Run`, a pathspec `"Flow/id"`, or a flow's name: its latest run.
    error
        Load the exception of a failed run. It is a pickle, so that code of the run's owner may run.
    timezone
        Of the times in the text, an IANA name such as `Europe/Berlin`.
    as_of, source, progress, cancel
        As in `lineage.trace`.

    Returns
    -------
    Explanation
        Printed, it is a short story; `.to_markdown()` and notebooks show the same.

    Raises
    ------
    InvalidArgument
        Before anything is read.
    RunNotFound, FlowNotFound, SourceError, Cancelled
        As in `lineage.trace`.
    """
    return explain_run(
        run,
        error=error,
        timezone=timezone,
        as_of=as_of,
        source=source,
        progress=progress,
        cancel=cancel,
    )
