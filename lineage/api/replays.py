"""`Replay`, and `replay`, which returns one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import cached_property
from typing import Any

from lineage.api.lineages import Lineage
from lineage.api.simulations import Simulation
from lineage.client.run_names import RunLike
from lineage.flow_map.flow_files import Files
from lineage.replaying import Engine, ReplayProgress, ReplayResult, run_replay
from lineage.replaying.past_plan import Code, Parameters
from lineage.replaying.runner import OnFailure
from lineage.sources import Cancel, Source


class Replay(ReplayResult):
    __doc__ = ReplayResult.__doc__

    @classmethod
    def of(cls, result: ReplayResult) -> Replay:
        """Wrap a result in a replay."""
        return cls(**{field.name: getattr(result, field.name) for field in fields(ReplayResult)})

    @cached_property
    def lineage(self) -> Lineage:
        """The plan as a lineage: new runs under their own names, the rest as simulated."""
        return Lineage.of(self.run_graph)


def replay(
    what: Simulation | RunLike,
    *,
    on: Engine = "local",
    files: Files | Mapping[str, Any] | None = None,
    max_workers: int | None = None,
    on_failure: OnFailure = "stop",
    parameters: Parameters = "recorded",
    code: Code = "today",
    dry_run: bool = False,
    progress: Callable[[ReplayProgress], None] | None = None,
    source: Source | str | None = None,
    cancel: Cancel | None = None,
) -> Replay:
    """Run a cascade for real, on this machine or on Argo Workflows.

    Parameters
    ----------
    what
        A simulation, whose runs are run in its order; or a run (a `metaflow.Run`, a pathspec, a flow's name),
        all of whose effects are run again with their recorded triggers. The run itself is not.
    on
        `"local"`, this machine. `"argo-workflows"`: the flows as they are deployed; those that wait for runs
        of the replay alone start by themselves and are watched, the others are submitted with their exact
        triggers. `"argo-events"`: publish the first event, and watch nothing. See `docs/guide/argo.md`.
    files
        Where the flows' files are: a mapping of flow names to paths, or paths, patterns such as
        `"flows/*.py"`, folders. None looks in the recorded files and in the current folder.
    max_workers
        Maximum number of concurrent runs on this machine; None for the number of processors.
    on_failure
        `"stop"`: after a failure, start no more runs and let the running ones finish. `"continue"`: go on
        with runs that do not depend on the failed one.
    parameters
        Of a past run. `"recorded"`: each run is given the parameters that it had, as far as they differ from
        today's defaults. `"defaults"`: none but those that its event carries.
    code
        Of a past run. `"today"`, or `"then"` for the code package or the commit that the run records; a
        commit is looked for in the repository of the flow's file.
    dry_run
        Print the commands, or what would be submitted, and run nothing.
    progress
        Called in this thread with a `ReplayProgress` each time a run starts or ends.
    source
        Where a past run is recorded, as in `lineage.trace`.
    cancel
        A `threading.Event`, or anything with its `is_set`; stops the running runs, which count as
        failed, and starts no more. On Argo, it terminates what was submitted, and only that.

    Returns
    -------
    Replay
        The result: `.runs`, `.failed`, `.skipped`, `.lineage`; `.raise_for_failure()` raises unless all runs
        completed. New runs of a past cascade have the tag `replay_of:<pathspec>`.

    Raises
    ------
    InvalidArgument
        If an argument is invalid.
    ReplayError
        Before anything starts: a flow's file is not found, a trigger no longer exists, the code of the time
        cannot be had, the simulation was stopped in a loop; on Argo, a flow is not deployed. Later: the
        cluster no longer answers.
    MissingExtra
        If the kubernetes package is needed and not installed.

    Warns
    -----
    UserWarning
        Before anything starts: about a run that failed in the simulation and will really run, about
        parameters that cannot be given again, and, on Argo, about what will start by itself.
    RunNotFound, FlowNotFound, SourceError
        If the past run cannot be read.
    """

    def changed(change: ReplayProgress) -> None:
        if progress is not None:
            progress(replace(change, replay=Replay.of(change.replay)))

    result = run_replay(
        what,
        on=on,
        files=files,
        max_workers=max_workers,
        on_failure=on_failure,
        parameters=parameters,
        code=code,
        dry_run=dry_run,
        progress=changed,
        source=source,
        cancel=cancel,
    )
    return Replay.of(result)
