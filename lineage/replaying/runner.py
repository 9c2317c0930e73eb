"""Run a plan in order, in parallel where the triggers allow."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal

from lineage.replaying.plan import Plan, PlannedRun, StepTrigger, command
from lineage.replaying.processes import Processes, Stopped, interrupted_by
from lineage.replaying.result import ReplayResult, RunState
from lineage.sources import Cancel

OnFailure = Literal["stop", "continue"]
LOG_LINES = 15
CANCEL_CHECK = 0.1  # seconds; too short to notice after pressing "stop"


@dataclass(frozen=True)
class ReplayProgress:
    """A change in a replay: the planned run, its state, and the whole replay."""

    key: str
    state: RunState
    replay: ReplayResult


def run_plan(
    plan: Plan,
    workers: int,
    on_failure: OnFailure,
    progress: Callable[[ReplayProgress], None] | None = None,
    cancel: Cancel | None = None,
) -> ReplayResult:
    """Run all runs of a plan.

    If it ends early, by Ctrl-C, a signal, `cancel` or an error in `progress`, it leaves no process running.
    """
    ending = interrupted_by(signal.SIGTERM, signal.SIGHUP)
    with ending, tempfile.TemporaryDirectory(prefix="lineage-replay-") as folder, Processes() as processes:
        return _Running(plan, Path(folder), workers, on_failure, progress, cancel, processes).run()


class _Running:
    def __init__(
        self,
        plan: Plan,
        folder: Path,
        workers: int,
        on_failure: OnFailure,
        progress: Callable[[ReplayProgress], None] | None,
        cancel: Cancel | None,
        processes: Processes,
    ) -> None:
        self.plan, self.folder, self.on_failure = plan, folder, on_failure
        self.progress, self.cancel = progress, cancel
        self.states = dict.fromkeys(plan.runs, RunState())
        self.processes = processes
        # worker threads queue changes; this thread handles them
        self.changes: queue.SimpleQueue[tuple[str, RunState]] = queue.SimpleQueue()
        self.pool = ThreadPoolExecutor(workers, thread_name_prefix="replay")
        self.environment = {k: v for k, v in os.environ.items() if k != "METAFLOW_FLOW_TRIGGER"}
        self.submitted: set[str] = set()
        self.stopping = False

    def run(self) -> ReplayResult:
        try:
            self._submit()
            while any(self.states[key].status in ("waiting", "running") for key in self.submitted):
                key, state = self._next()
                self._change(key, state)
                if state.status == "failed":
                    self.stopping |= self.on_failure == "stop"
                self._submit()
        finally:
            # after an interrupt too, so that no process is left running
            self.processes.stop()
            self.pool.shutdown(wait=True, cancel_futures=True)
        self._skip(key for key, state in self.states.items() if state.status == "waiting")
        return ReplayResult(self.plan, dict(self.states))

    def _next(self) -> tuple[str, RunState]:
        """The next change; if asked to stop, running processes are stopped first and reported as failed."""
        if self.cancel is None:
            return self.changes.get()
        while True:
            if self.cancel.is_set() and not self.stopping:
                self.stopping = True
                self.processes.stop()
            with contextlib.suppress(queue.Empty):
                return self.changes.get(timeout=CANCEL_CHECK)

    def _submit(self) -> None:
        """Submit the runs that can start, in the plan's order, and skip those that never can."""
        for key, run in self.plan.runs.items():
            if key in self.submitted or self.states[key].status != "waiting":
                continue
            needs = [self.states[need].status for need in run.needs(self.plan.runs)]
            if any(status in ("failed", "skipped") for status in needs):
                self._skip([key])
            elif not self.stopping and all(status == "completed" for status in needs):
                self.submitted.add(key)
                self.pool.submit(self._work, run, ReplayResult(self.plan, dict(self.states)).runs)

    def _skip(self, keys: Iterable[str]) -> None:
        for key in list(keys):
            self._change(key, RunState("skipped"))

    def _change(self, key: str, state: RunState) -> None:
        self.states[key] = state
        if self.progress:
            self.progress(ReplayProgress(key, state, ReplayResult(self.plan, dict(self.states))))

    # in a thread

    def _work(self, run: PlannedRun, made: dict[str, str]) -> None:
        if self.stopping:
            self.changes.put((run.key, RunState("skipped")))
            return
        try:
            self.changes.put((run.key, self._made(run, made)))
        except Stopped:
            self.changes.put((run.key, RunState("skipped")))
        except Exception as exc:
            self.changes.put((run.key, RunState("failed", log=f"could not be started: {exc!r}")))

    def _made(self, run: PlannedRun, made: dict[str, str]) -> RunState:
        name = run.key.replace("/", "-")
        run_id_file, log = self.folder / f"{name}.id", self.folder / f"{name}.log"
        words = command(run, made, run_id_file, _tasks(run, made))
        started, began = datetime.now(timezone.utc), time.monotonic()
        self.changes.put((run.key, RunState("running", started=started)))
        code = self.processes.run(words, log, self.environment)
        run_id = run_id_file.read_text().strip() if run_id_file.exists() else ""
        state = RunState(
            "completed",
            f"{run.flow}/{run_id}" if run_id else None,
            time.monotonic() - began,
            started=started,
            finished=datetime.now(timezone.utc),
        )
        if code == 0 and run_id:
            return state
        return replace(state, status="failed", log=_tail(log))


def _tasks(run: PlannedRun, made: dict[str, str]) -> dict[str, str]:
    """Pathspecs of the tasks whose events are causes, as Metaflow would name them in these events."""
    from metaflow import Step

    tasks = {}
    for cause in run.causes:
        if isinstance(cause, StepTrigger):
            step = f"{made.get(cause.run, cause.run)}/{cause.step}"
            task = Step(step, _namespace_check=False).task
            tasks[cause.event] = str(task.pathspec) if task else step
    return tasks


def _tail(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").splitlines()
    return "\n".join(lines[-LOG_LINES:])
