"""`replay`: run a simulated or a past cascade for real, on this machine."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from lineage.client.runs import RunLike
from lineage.errors import InvalidArgument, ReplayError
from lineage.flow_map.flow_files import Files
from lineage.replaying.past_plan import plan_of_past
from lineage.replaying.plan import Plan, plan_of_simulation
from lineage.replaying.result import Replay, RunState
from lineage.replaying.runner import OnFailure, Progress, run_plan
from lineage.simulation import Simulation
from lineage.sources import Cancel, Source, open_source
from lineage.tracing.trace import trace

__all__ = ["Plan", "Progress", "Replay", "RunState", "plan_replay", "replay"]


def replay(
    what: Simulation | RunLike,
    *,
    files: Files | Mapping[str, Any] | None = None,
    max_workers: int | None = None,
    on_failure: OnFailure = "stop",
    dry_run: bool = False,
    progress: Callable[[Progress], None] | None = None,
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
        Called in this thread each time a run starts or ends, with a `Progress`.
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
    if on_failure not in ("stop", "continue"):
        raise InvalidArgument(f'on_failure is "stop" or "continue", not {on_failure!r}')
    workers = (os.cpu_count() or 1) if max_workers is None else max_workers
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise InvalidArgument(f"max_workers is a whole number from 1, or None, not {max_workers!r}")
    plan = plan_replay(what, files=files, source=source)
    if dry_run:
        print(plan.script())
        return Replay(plan, dict.fromkeys(plan.runs, RunState()))
    return run_plan(plan, workers, on_failure, progress, cancel)


def plan_replay(
    what: Simulation | RunLike,
    *,
    files: Files | Mapping[str, Any] | None = None,
    source: Source | str | None = None,
) -> Plan:
    """What `replay` would run, to be shown before it does; arguments and errors as there."""
    if isinstance(what, Simulation):
        if what.stopped:
            raise ReplayError(f"Nothing was started: the simulation {what.stopped}")
        if not what.runs:
            raise ReplayError("Nothing runs in this simulation, so there is nothing to replay")
        return plan_of_simulation(what, files, f"replay-{uuid.uuid4().hex[:12]}")
    place = open_source(source)
    return plan_of_past(trace(what, upstream=0, downstream=None, source=place), place, files)
