"""The record of one attempt of a task, made by its own process and by those that it starts."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from .collected import Collected, Entry
from .guard import guarded
from .settings import SPOOL_VARIABLE, TASK_VARIABLE
from .spool import Spool


class Attempt(NamedTuple):
    """The attempt of the task that this process runs."""

    flow: str
    run_id: str
    step: str
    task_id: str
    start_step: str
    store: str  # its metadata provider, as in "local@/path"

    @property
    def pathspec(self) -> str:
        """Pathspec of the task."""
        return f"{self.flow}/{self.run_id}/{self.step}/{self.task_id}"


class Recorder:
    """Notes what this process reads, starts and publishes.

    In the process of a task that is kept in memory; any other process, forked ones included, leaves it
    in the task's spool.

    Parameters
    ----------
    task : str
        Pathspec of the task.
    spool : Spool
    owner : int, optional
        Process id of the task's own process; None in a process that a task started.
    """

    def __init__(self, task: str, spool: Spool, owner: int | None = None) -> None:
        self._own_run = "/".join(task.split("/")[:2]) + "/"
        self._spool = spool
        self._owner = owner
        self._collected = Collected()

    @guarded
    def read(self, artifact: Any) -> None:
        """A `metaflow.DataArtifact` was loaded.

        Names that begin with an underscore are Metaflow's: its client loads `_task_ok`, for example, to
        tell whether a run was successful.
        """
        pathspec: str = artifact.pathspec
        if pathspec.startswith(self._own_run) or pathspec.rpartition("/")[2].startswith("_"):
            return
        store = artifact._metaflow.metadata.metadata_str()
        self._note(self._collected.read(pathspec, artifact._object.get("sha"), store))

    @guarded
    def spawned(self, run: Any) -> None:
        """A run was started on an orchestrator: a `metaflow.runner.deployer.TriggeredRun`."""
        if run.pathspec:
            self._note(self._collected.spawned(str(run.pathspec)))

    @guarded
    def published(self, event: Any, payload: Any, event_id: Any) -> None:
        """A `metaflow.integrations.ArgoEvent` was published with this further payload, under this id.

        A payload may hold a name of its own, which is the one that listeners see.
        """
        name = {**event._payload, **(payload or {})}.get("name", event._name)
        self._note(self._collected.published(str(name), str(event_id)))

    def _note(self, entry: Entry | None) -> None:
        if entry is not None and os.getpid() != self._owner:
            self._spool.append(entry)


class TaskRecorder(Recorder):
    """The recorder in a task's own process, which writes the record when the attempt ends.

    Parameters
    ----------
    attempt : Attempt
    provider : metaflow.metadata_provider.MetadataProvider
        The instance that the task writes its metadata with.
    """

    def __init__(self, attempt: Attempt, provider: Any) -> None:
        super().__init__(attempt.pathspec, Spool.with_new_path(), os.getpid())
        self._attempt = attempt
        self._provider = provider
        self._before = {name: os.environ.get(name) for name in (TASK_VARIABLE, SPOOL_VARIABLE)}
        os.environ[TASK_VARIABLE] = attempt.pathspec
        os.environ[SPOOL_VARIABLE] = str(self._spool.path)

    def ends_with(self, run_id: str, step: str, task_id: str, rows: list[Any]) -> bool:
        """Whether writing these rows of metadata ends this attempt, in this process."""
        attempt = self._attempt
        return (
            (run_id, step, task_id) == (attempt.run_id, attempt.step, attempt.task_id)
            and any(row.field == "attempt_ok" for row in rows)
            and os.getpid() == self._owner
        )

    def fields(self) -> dict[str, str]:
        """The metadata to write now that the attempt ends; the marker of a local store is left here."""
        self._collected.absorb(self._spool.entries())
        fields = self._collected.fields(self._attempt.store)
        if fields:
            from .marker import leave_marker

            attempt = self._attempt
            leave_marker(
                self._provider,
                attempt.flow,
                attempt.run_id,
                attempt.start_step,
                attempt.step,
                attempt.task_id,
            )
        return fields

    def close(self) -> None:
        """Restore the environment, and remove the spool file."""
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._spool.remove()
