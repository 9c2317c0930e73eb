"""The triggers that a resumed run inherits from its origin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from metaflow.exception import MetaflowNotFound
from metaflow.util import get_latest_run_id

from ..option.refusal import warn
from ..trigger.recorded import start_task, task_fields
from .causes import PAYLOADS_FIELD, TRIGGERS_FIELD, TriggerEntry, decode_triggers
from .recorder import task_metadata

OPTION = "--origin-run-id"


def inherited_triggers(flow: str, arguments: Sequence[str], echo: Callable[..., None]) -> list[TriggerEntry]:
    """The triggers of the run that ``resume`` with these arguments continues."""
    from metaflow import Run

    run_id = _origin_run_id(arguments) or get_latest_run_id(echo, flow)
    pathspec = f"{flow}/{run_id}"
    try:
        task = start_task(Run(pathspec, _namespace_check=False))
        fields = task_fields(task) if task else {}
    except MetaflowNotFound:  # resume itself says what it could not find, and where
        return []
    entries, problems = decode_triggers(fields.get(TRIGGERS_FIELD), fields.get(PAYLOADS_FIELD))
    for problem in problems:
        warn(echo, f"{pathspec} has a broken record of its triggers, which is skipped: {problem}")
    return [replace(entry, origin=pathspec) for entry in entries]


def _origin_run_id(arguments: Sequence[str]) -> str | None:
    for position, argument in enumerate(arguments):
        if argument == OPTION:
            return arguments[position + 1] if position + 1 < len(arguments) else None
        if argument.startswith(f"{OPTION}="):
            return argument[len(OPTION) + 1 :]
    return None


class ClonedStart:
    """Writes the record of a ``resume --trigger`` whose start task was copied and runs no hooks.

    Parameters
    ----------
    metadata : metaflow.metadata_provider.MetadataProvider
    flow : str
    start_step : str
    fields : mapping
        Metadata to write.
    """

    def __init__(self, metadata: Any, flow: str, start_step: str, fields: Mapping[str, str]) -> None:
        self._metadata = metadata
        self._flow = flow
        self._start_step = start_step
        self._fields = fields
        self._done = False
        self.run_id: str | None = None

    def task_created(self, step: str) -> None:
        """A task is about to run; copies were made before the first of them."""
        if step == self._start_step:
            self._done = True  # it runs, and records its triggers itself
        self.record()

    def record(self) -> None:
        """Write the record, unless it has been written."""
        if self._done or self.run_id is None:
            return
        from metaflow import Run

        self._done = True
        run = Run(f"{self._flow}/{self.run_id}", _namespace_check=False)
        task = run[self._start_step].task if self._start_step in run else None
        if task is not None:
            self._metadata.register_metadata(
                self.run_id, self._start_step, task.id, task_metadata(self._fields, attempt=0)
            )
