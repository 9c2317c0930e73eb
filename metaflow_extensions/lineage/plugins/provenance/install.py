"""Where recording begins: as a task starts, or in a process that a task has started.

This is all that `import metaflow` loads of the recorder; the rest comes when there is a task. Metaflow
does not expose which metadata provider a task uses, so the last that was made is kept, and that a task
begins is seen where it tells `current`.
"""

from __future__ import annotations

import functools
import os
from typing import Any

from .guard import guarded
from .settings import SPOOL_VARIABLE, TASK_VARIABLE, is_on


def install(current_class: Any, provider_class: Any) -> None:
    """Prepare this process to record what a task does, if the setting allows it.

    Parameters
    ----------
    current_class : type
        `metaflow.metaflow_current.Current`.
    provider_class : type
        `metaflow.metadata_provider.MetadataProvider`.
    """
    if not is_on():
        return
    process = RecordingProcess()
    _call_after(provider_class, "__init__", process.provider_made)
    _call_after(current_class, "_set_env", process.current_set)
    if SPOOL_VARIABLE in os.environ and TASK_VARIABLE in os.environ:
        process.started_by_task(os.environ[TASK_VARIABLE], os.environ[SPOOL_VARIABLE])


def install_in_metaflow() -> None:
    """`install` for the Metaflow of this process."""
    from metaflow.metadata_provider import MetadataProvider
    from metaflow.metaflow_current import Current

    install(Current, MetadataProvider)


def _call_after(owner: Any, name: str, then: Any) -> None:
    released = getattr(owner, name)

    @functools.wraps(released)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = released(self, *args, **kwargs)
        then(self, **kwargs)
        return result

    setattr(owner, name, method)


class RecordingProcess:
    """The role of this process: a task's, one that a task started, a launcher's, or none of these."""

    def __init__(self) -> None:
        self._provider: Any = None
        self._recorder: Any = None
        self._watching = False

    def provider_made(self, provider: Any, **_: Any) -> None:
        """Metaflow made a metadata provider; a command of a flow makes the one that it uses last."""
        self._provider = provider

    @guarded
    def started_by_task(self, task: str, spool: str) -> None:
        """This process was started by a task: what it reads is the task's."""
        from pathlib import Path

        from .spool import Spool
        from .task import Recorder

        self._recorder = Recorder(task, Spool(Path(spool)))
        self._watch()

    @guarded
    def current_set(
        self,
        current: Any,
        flow: Any = None,
        run_id: str | None = None,
        step_name: str | None = None,
        task_id: str | None = None,
        metadata_str: str | None = None,
        **_: Any,
    ) -> None:
        """Metaflow set `current`: for a command of a flow without a task, later for its task."""
        if flow is None or self._provider is None:
            return
        start_step = getattr(flow._graph, "start_step", "start")
        if task_id is None:
            self._recorder = None  # a flow of its own, even if a task started it
            from .spawned import record_parent

            record_parent(self._provider, start_step)
        else:
            from .task import Attempt

            attempt = Attempt(
                flow.name,
                str(run_id),
                str(step_name),
                str(task_id),
                start_step,
                str(metadata_str),
            )
            self._task_begins(attempt)

    def _task_begins(self, attempt: Any) -> None:
        from .adding import add_to_writes
        from .task import TaskRecorder

        self._recorder = TaskRecorder(attempt, self._provider)
        add_to_writes(self._provider, self._last_fields)
        self._watch()

    @guarded
    def _last_fields(self, run_id: str, step: str, task_id: str, rows: list[Any]) -> dict[str, str]:
        """The fields to add to this write of metadata: the record, if the write ends the task."""
        recorder = self._recorder
        if recorder is None or not recorder.ends_with(run_id, step, task_id, rows):
            return {}
        self._recorder = None
        try:
            return dict(recorder.fields())
        finally:
            recorder.close()

    def _watch(self) -> None:
        if not self._watching:
            from .hooks import watch

            self._watching = True
            watch(self)

    def read(self, artifact: Any) -> None:
        """An artifact was loaded."""
        if self._recorder is not None:
            self._recorder.read(artifact)

    def spawned(self, run: Any) -> None:
        """A run was started on an orchestrator."""
        if self._recorder is not None:
            self._recorder.spawned(run)

    def published(self, event: Any, payload: Any, event_id: Any) -> None:
        """An event was published."""
        if self._recorder is not None:
            self._recorder.published(event, payload, event_id)
