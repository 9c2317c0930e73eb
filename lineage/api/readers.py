"""`consumers`: the runs that read artifacts of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineage.tracing.consumers import readers_of

if TYPE_CHECKING:
    from lineage.client.run_names import RunLike
    from lineage.progress import OnProgress
    from lineage.sources import Cancel, Source


def consumers(
    run: RunLike,
    artifact: str | None = None,
    source: Source | str | None = None,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> list[str]:
    """Find the runs that read artifacts of a run.

    Parameters
    ----------
    run
        A `metaflow.Run`, a pathspec `"Flow/id"`, or a flow's name (its latest run).
    artifact
        Name of one artifact; None for any.
    source, progress, cancel
        As in `trace`. The answer comes from the catalog, which is refreshed first.

    Returns
    -------
    list of str
        Pathspecs, in the order in which the runs began. A run that recorded only the number of artifacts
        it read is included, since it may have read this one. So is a run that resumed a reader and copied
        the task that read it.

    Raises
    ------
    InvalidArgument
        Before anything is read.
    RunNotFound, FlowNotFound, SourceError, Cancelled
        As in `trace`.
    """
    return readers_of(run, artifact, source, progress, cancel)
