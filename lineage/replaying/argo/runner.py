"""Submit the workflows of a plan, watch the others arrive, and wait for all of them."""

from __future__ import annotations

import signal
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timezone
from typing import NoReturn

from lineage.client.runs import metaflow_run
from lineage.errors import LineageError, ReplayError, SourceError
from lineage.replaying.argo.cluster import ArgoCluster, Gone, Unanswered
from lineage.replaying.argo.plan import ArgoPlan
from lineage.replaying.argo.triggers import trigger_values
from lineage.replaying.processes import held_back, interrupted_by
from lineage.replaying.result import ReplayResult, RunState
from lineage.replaying.runner import OnFailure, ReplayProgress
from lineage.sources import Cancel, Source
from lineage.tracing.trace import trace_runs

POLL = 5.0  # seconds between looks at the cluster; Metaflow's own deployer waits as long
PATIENCE = 600.0  # seconds for a sensor to start a run that its causes should have started
FAILURES = 5  # of the cluster or the source in a row, after which the replay gives up watching
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)  # that interrupt as Ctrl-C does
_OVER = {"Succeeded": "completed", "Failed": "failed", "Error": "failed"}


def run_argo_plan(
    plan: ArgoPlan,
    source: Source,
    on_failure: OnFailure,
    progress: Callable[[ReplayProgress], None] | None = None,
    cancel: Cancel | None = None,
) -> ReplayResult:
    """Submit a plan's workflows in order, and wait until all its runs have ended.

    Ctrl-C, a signal, `cancel` or an error in `progress` terminates what was submitted, and only that.
    """
    with interrupted_by(*_SIGNALS):
        return _Running(plan, source, on_failure, progress, cancel).run()


class GivenUp(ReplayError):
    """The cluster or the source no longer answers; what was submitted goes on."""


class _Running:
    def __init__(
        self,
        plan: ArgoPlan,
        source: Source,
        on_failure: OnFailure,
        progress: Callable[[ReplayProgress], None] | None,
        cancel: Cancel | None,
    ) -> None:
        self.plan, self.source, self.on_failure = plan, source, on_failure
        self.progress, self.cancel = progress, cancel
        self.cluster = ArgoCluster()
        self.states = dict.fromkeys(plan.runs, RunState())
        self.submitted: dict[str, str] = {}  # name of the workflow, by key
        self.expected: dict[str, float] = {}  # since when a run should arrive, by key; monotonic seconds
        self.failures = 0
        self.stopping = False

    def run(self) -> ReplayResult:
        try:
            while self._step():
                self._wait()
        except GivenUp:
            raise
        except BaseException:
            self._terminate()
            raise
        for key in self._having("waiting"):
            self._change(key, RunState("skipped"))
        return self._result()

    def _step(self) -> bool:
        """Look at everything once; whether there is more to wait for."""
        if self.cancel is not None and self.cancel.is_set():
            self._cancel()
            return False
        try:
            self._look()
            self._submit()
            self._arrive()
            self.failures = 0
        except (Unanswered, SourceError) as exc:
            self.failures += 1
            if self.failures >= FAILURES:
                self._give_up(exc)
        return bool(self._having("running") or self.expected)

    def _give_up(self, exc: Exception) -> NoReturn:
        names = [name for key, name in self.submitted.items() if self.states[key].status == "running"]
        goes_on = f". What was submitted goes on: {', '.join(names)}" if names else ""
        raise GivenUp(f"{exc}{goes_on}") from exc

    def _submit(self) -> None:
        """Submit the runs that can start, expect those that start by themselves, and skip the others."""
        for key in self._having("waiting"):
            run, submission = self.plan.runs[key], self.plan.submissions[key]
            needs = [self.states[need].status for need in run.needs(self.plan.runs)]
            if any(status in ("failed", "skipped") for status in needs):
                self._change(key, RunState("skipped"))
            elif not all(status == "completed" for status in needs):
                continue
            elif submission.arrives:
                self.expected.setdefault(key, time.monotonic())
            elif not self.stopping:
                self._start(key)

    def _start(self, key: str) -> None:
        run, submission = self.plan.runs[key], self.plan.submissions[key]
        try:
            events = trigger_values(run, self._result().runs, submission.template.manifest)
        except LineageError as exc:
            self._change(key, RunState("failed", log=str(exc)))
            return
        with held_back(signal.SIGINT, *_SIGNALS):  # or what was just submitted would not be terminated
            try:
                name = self.cluster.submit(submission.template.name, {**submission.parameters, **events})
            except Unanswered as exc:  # never tried again: it may have been submitted all the same
                self._give_up(exc)
            self.submitted[key] = name
        self._started(key, f"{run.flow}/argo-{name}")

    def _started(self, key: str, pathspec: str) -> None:
        self._change(key, RunState("running", pathspec, started=datetime.now(timezone.utc)))

    def _arrive(self) -> None:
        """Find the runs that sensors have started, by their causes."""
        made = self._result().runs
        for key in list(self.expected) if self.expected else ():
            causes = {made[need] for need in self.plan.runs[key].needs(self.plan.runs)}
            if pathspec := self._arrived(self.plan.runs[key].flow, causes, set(made.values())):
                del self.expected[key]
                self._started(key, pathspec)
            elif time.monotonic() - self.expected[key] > PATIENCE:
                del self.expected[key]
                said = f"its sensor has not started it within {PATIENCE:g} s"
                self._change(key, RunState("failed", log=said))

    def _arrived(self, flow: str, causes: set[str], known: set[str]) -> str | None:
        around = trace_runs(sorted(causes), upstream=0, downstream=1, source=self.source, kinds=("trigger",))
        graph = around.graph
        of_flow = (key for key in around.runs if key.split("/")[0] == flow and key not in known)
        return next((key for key in of_flow if causes.issubset(graph.predecessors(key))), None)

    def _look(self) -> None:
        for key in self._having("running"):
            state = self.states[key]
            status = self._status(state.pathspec or "")
            if status in ("completed", "failed"):
                self._ended(key, state, status)

    def _status(self, pathspec: str) -> str | None:
        workflow = pathspec.split("/argo-", 1)[-1]
        try:
            return _OVER.get(self.cluster.phase(workflow) or "")
        except Gone:
            record = self.source.read([pathspec]).get(pathspec)
            return record.status if record and record.status == "completed" else "failed"

    def _ended(self, key: str, state: RunState, status: str) -> None:
        now = datetime.now(timezone.utc)
        seconds = (now - state.started).total_seconds() if state.started else None
        ended = replace(state, seconds=seconds, finished=now)
        if status == "completed":
            self._change(key, replace(ended, status="completed"))
        else:
            self.stopping |= self.on_failure == "stop"
            workflow = (state.pathspec or "").split("/argo-", 1)[-1]
            self._change(key, replace(ended, status="failed", log=f"see the workflow {workflow}"))
        self._tag(key, state.pathspec or "")

    def _tag(self, key: str, pathspec: str) -> None:
        """Add the tags that Argo cannot be given, so that a later replay knows the run for one."""
        if not (tags := self.plan.runs[key].tags):
            return
        try:
            metaflow_run(pathspec).add_tags(list(tags))
        except Exception as exc:  # of the metadata provider; the run itself is not concerned
            warnings.warn(f"{pathspec} could not be tagged {', '.join(tags)}: {exc}", stacklevel=2)

    def _wait(self) -> None:
        """Sleep until the next look, but notice `cancel` at once."""
        until = time.monotonic() + POLL
        while (left := until - time.monotonic()) > 0 and not (self.cancel and self.cancel.is_set()):
            time.sleep(min(left, 0.1))

    def _cancel(self) -> None:
        refused = dict(self._terminate())
        for key in self._having("running"):
            said = refused.get(
                key, "terminated" if key in self.submitted else "not submitted here: it goes on"
            )
            self._change(key, replace(self.states[key], status="failed", log=said))

    def _terminate(self) -> list[tuple[str, str]]:
        """Terminate what was submitted and has not ended; returns keys and reasons where that failed."""
        unfinished = (*self._having("running"), *self._having("waiting"))  # one may just have been submitted
        return list(self._refusals(key for key in unfinished if key in self.submitted))

    def _refusals(self, keys: Iterable[str]) -> Iterator[tuple[str, str]]:
        for key in keys:
            try:
                self.cluster.terminate(self.submitted[key])
            except Unanswered as exc:  # the others are ended all the same
                warnings.warn(str(exc), stacklevel=2)
                yield key, str(exc)

    def _having(self, status: str) -> list[str]:
        return [key for key, state in self.states.items() if state.status == status]

    def _change(self, key: str, state: RunState) -> None:
        self.states[key] = state
        if self.progress:
            self.progress(ReplayProgress(key, state, self._result()))

    def _result(self) -> ReplayResult:
        return ReplayResult(self.plan, dict(self.states))
