"""`Replay`, and `replay`, which makes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import cached_property
from typing import Any

from lineage.api.lineages import Lineage
from lineage.api.simulations import Simulation
from lineage.client.run_names import RunLike
from lineage.flow_map.flow_files import Files
from lineage.replaying import ReplayProgress, ReplayResult, run_replay
from lineage.replaying.runner import OnFailure
from lineage.sources import Cancel, Source


class Replay(ReplayResult):
    __doc__ = ReplayResult.__doc__

    @classmethod
    def of(cls, result: ReplayResult) -> Replay:
        """The same result with the methods of a replay."""
        return cls(**{field.name: getattr(result, field.name) for field in fields(ReplayResult)})

    @cached_property
    def lineage(self) -> Lineage:
        """The plan as a lineage: runs that were made under their own names, the rest as simulated."""
        return Lineage.of(self.run_graph)


def replay(
    what: Simulation | RunLike,
    *,
    files: Files | Mapping[str, Any] | None = None,
    max_workers: int | None = None,
    on_failure: OnFailure = "stop",
    dry_run: bool = False,
    progress: Callable[[ReplayProgress], None] | None = None,
    source: Source | str | None = None,
    cancel: Cancel | None = None,
) -> Replay:
    """Run a cascade for real, on this machine, with today's code.

    Parameters
    ----------
    what
        A simulation: its runs, in its order. Or a run (a `metaflow.Run`, a pathspec, a flow's name):
        everything that it set off is made again with the triggers that it had; the run itself is not.
    files
        Where the flows' files are: a mapping of flow names to paths, or paths, patterns such as
        `"flows/*.py"`, folders. None looks where they are recorded and in the current folder.
    max_workers
        How many runs may go on at once; None is the number of processors.
    on_failure
        `"stop"`: once a run fails, nothing more is started; what runs is let finish. `"continue"`: go on
        with what does not depend on it.
    dry_run
        Print the commands and run nothing.
    progress
        Called in this thread each time a run starts or ends, with a `ReplayProgress`.
    source
        Where a past run is recorded, as in `lineage.trace`.
    cancel
        A `threading.Event`, or anything with its `is_set`: ends what runs and starts nothing more. The
        runs that it ended count as failed.

    Returns
    -------
    Replay
        What was made: `.runs`, `.failed`, `.skipped`, `.lineage`; `.raise_for_failure()` raises if not
        all of it completed. New runs of a past cascade have the tag `replay_of:<pathspec>`.

    Raises
    ------
    InvalidArgument
        If an argument makes no sense.
    ReplayError
        Before anything starts: a flow's file is not found, a trigger no longer exists, or the
        simulation was stopped in a loop.
    RunNotFound, FlowNotFound, SourceError
        If the past run cannot be read.
    """

    def changed(change: ReplayProgress) -> None:
        if progress is not None:
            progress(replace(change, replay=Replay.of(change.replay)))

    result = run_replay(
        what,
        files=files,
        max_workers=max_workers,
        on_failure=on_failure,
        dry_run=dry_run,
        progress=changed,
        source=source,
        cancel=cancel,
    )
    return Replay.of(result)
