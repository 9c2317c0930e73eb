"""Run a simulated or a past cascade for real, on this machine. Internal; see `lineage.replay`."""

from __future__ import annotations

import os
import uuid
import warnings
from collections.abc import Callable, Mapping
from typing import Any, get_args

from lineage.client.run_names import RunLike
from lineage.errors import InvalidArgument, ReplayError
from lineage.flow_map.flow_files import Files
from lineage.replaying.past_plan import TRIGGERING, Code, Parameters, plan_of_past
from lineage.replaying.plan import Plan, plan_of_simulation
from lineage.replaying.result import ReplayResult, RunState
from lineage.replaying.runner import OnFailure, ReplayProgress, run_plan
from lineage.simulation import SimulationResult
from lineage.sources import Cancel, Source, open_source
from lineage.tracing.trace import trace_runs

__all__ = ["Plan", "ReplayProgress", "ReplayResult", "RunState", "plan_replay", "run_replay"]


def run_replay(
    what: SimulationResult | RunLike,
    *,
    files: Files | Mapping[str, Any] | None = None,
    max_workers: int | None = None,
    on_failure: OnFailure = "stop",
    parameters: Parameters = "recorded",
    code: Code = "today",
    dry_run: bool = False,
    progress: Callable[[ReplayProgress], None] | None = None,
    source: Source | str | None = None,
    cancel: Cancel | None = None,
) -> ReplayResult:
    """Run a cascade for real; arguments and errors as for `lineage.replay`."""
    if on_failure not in ("stop", "continue"):
        raise InvalidArgument(f'on_failure must be "stop" or "continue", not {on_failure!r}')
    workers = (os.cpu_count() or 1) if max_workers is None else max_workers
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise InvalidArgument(f"max_workers must be an integer of at least 1, or None, not {max_workers!r}")
    plan = plan_replay(what, files=files, source=source, parameters=parameters, code=code)
    if dry_run:
        print(plan.script())
        return ReplayResult(plan, dict.fromkeys(plan.runs, RunState()))
    for remark in plan.remarks:
        warnings.warn(remark, stacklevel=3)  # whoever called `lineage.replay`
    return run_plan(plan, workers, on_failure, progress, cancel)


def plan_replay(
    what: SimulationResult | RunLike,
    *,
    files: Files | Mapping[str, Any] | None = None,
    source: Source | str | None = None,
    parameters: Parameters = "recorded",
    code: Code = "today",
) -> Plan:
    """Return the plan that `run_replay` would run; arguments and errors as there."""
    for name, value, known in (("parameters", parameters, Parameters), ("code", code, Code)):
        if value not in get_args(known):
            raise InvalidArgument(f"{name} must be {' or '.join(map(repr, get_args(known)))}, not {value!r}")
    if isinstance(what, SimulationResult):
        if what.stopped:
            raise ReplayError(f"Nothing was started: the simulation {what.stopped}")
        if not what.runs:
            raise ReplayError("No flow runs in this simulation, so there is nothing to replay")
        if code == "then":
            raise InvalidArgument('code="then" is for a past run; a simulation runs today\'s code')
        return plan_of_simulation(what, files, f"replay-{uuid.uuid4().hex[:12]}")
    opened = open_source(source)
    cascade = trace_runs(what, upstream=0, downstream=None, source=opened, kinds=TRIGGERING)
    return plan_of_past(cascade, opened, files, parameters=parameters, code=code)
