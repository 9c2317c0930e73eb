"""Run a simulated or a past cascade for real. Internal; see `lineage.replay`."""

from __future__ import annotations

import os
import uuid
import warnings
from collections.abc import Callable, Mapping
from typing import Any, get_args

from lineage.client.run_names import RunLike
from lineage.errors import InvalidArgument, ReplayError
from lineage.flow_map.deployments import ArgoDeployments
from lineage.flow_map.flow_files import Files
from lineage.replaying.argo.event import EventPlan, event_of_run, event_of_simulation, publish
from lineage.replaying.argo.plan import ArgoPlan, plan_on_argo
from lineage.replaying.argo.runner import run_argo_plan
from lineage.replaying.argo.templates import Template, deployed_templates
from lineage.replaying.engines import Engine, configured_engines
from lineage.replaying.kept_parameters import PastParameters, past_parameters
from lineage.replaying.past_plan import TRIGGERING, Code, Parameters, plan_of_past
from lineage.replaying.plan import Plan, plan_of_simulation
from lineage.replaying.result import ReplayResult, RunState
from lineage.replaying.runner import OnFailure, ReplayProgress, run_plan
from lineage.simulation import SimulationResult
from lineage.sources import Cancel, Source, open_source
from lineage.tracing.trace import trace_runs

__all__ = [
    "Engine",
    "Plan",
    "ReplayProgress",
    "ReplayResult",
    "RunState",
    "configured_engines",
    "execute_plan",
    "plan_replay",
    "run_replay",
]


def run_replay(
    what: SimulationResult | RunLike,
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
) -> ReplayResult:
    """Run a cascade for real; arguments and errors as for `lineage.replay`."""
    if on_failure not in ("stop", "continue"):
        raise InvalidArgument(f'on_failure must be "stop" or "continue", not {on_failure!r}')
    workers = (os.cpu_count() or 1) if max_workers is None else max_workers
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise InvalidArgument(f"max_workers must be an integer of at least 1, or None, not {max_workers!r}")
    plan = plan_replay(what, on=on, files=files, source=source, parameters=parameters, code=code)
    if dry_run:
        print(plan.script())
        return ReplayResult(plan, dict.fromkeys(plan.runs, RunState()))
    for remark in plan.remarks:
        warnings.warn(remark, stacklevel=3)  # whoever called `lineage.replay`
    return execute_plan(plan, workers, on_failure, progress, cancel, source)


def execute_plan(
    plan: Plan,
    workers: int,
    on_failure: OnFailure,
    progress: Callable[[ReplayProgress], None] | None = None,
    cancel: Cancel | None = None,
    source: Source | str | None = None,
) -> ReplayResult:
    """Run a plan on the engine that it was made for."""
    if isinstance(plan, ArgoPlan):
        return run_argo_plan(plan, open_source(source), on_failure, progress, cancel)
    if isinstance(plan, EventPlan):
        publish(plan)
        return ReplayResult(plan)
    return run_plan(plan, workers, on_failure, progress, cancel)


def plan_replay(
    what: SimulationResult | RunLike,
    *,
    on: Engine = "local",
    files: Files | Mapping[str, Any] | None = None,
    source: Source | str | None = None,
    parameters: Parameters = "recorded",
    code: Code = "today",
) -> Plan:
    """Return the plan that `run_replay` would run; arguments and errors as there."""
    given = (("on", on, Engine), ("parameters", parameters, Parameters), ("code", code, Code))
    for name, value, known in given:
        if value not in get_args(known):
            raise InvalidArgument(f"{name} must be {' or '.join(map(repr, get_args(known)))}, not {value!r}")
    if code == "then" and on != "local":
        raise InvalidArgument('code="then" is for this machine; on Argo, the code that is deployed runs')
    if isinstance(what, SimulationResult):
        return _plan_of_simulation(what, on, files, code)
    opened = open_source(source)
    downstream = 0 if on == "argo-events" else None
    cascade = trace_runs(what, upstream=0, downstream=downstream, source=opened, kinds=TRIGGERING)
    if on == "argo-events":
        return event_of_run(cascade, cascade.focus[0], opened.read(cascade.focus).get(cascade.focus[0]))
    local = on == "local"
    plan = plan_of_past(cascade, opened, files, parameters=parameters, code=code, local=local)
    if local:
        return plan
    records = opened.read(list(plan.runs))

    def past(key: str, template: Template) -> PastParameters:
        return past_parameters(records[key], template.described())

    kept = past if parameters == "recorded" else None
    return plan_on_argo(plan, deployed_templates(ArgoDeployments()), kept)


def _plan_of_simulation(
    sim: SimulationResult, on: Engine, files: Files | Mapping[str, Any] | None, code: Code
) -> Plan:
    if sim.stopped:
        raise ReplayError(f"Nothing was started: the simulation {sim.stopped}")
    if not sim.runs:
        raise ReplayError("No flow runs in this simulation, so there is nothing to replay")
    if code == "then":
        raise InvalidArgument('code="then" is for a past run; a simulation runs today\'s code')
    if on == "argo-events":
        return event_of_simulation(sim)
    plan = plan_of_simulation(sim, files, f"replay-{uuid.uuid4().hex[:12]}", local=on == "local")
    return plan if on == "local" else plan_on_argo(plan, deployed_templates(ArgoDeployments()), None)
