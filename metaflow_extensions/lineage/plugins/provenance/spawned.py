"""A run that a task starts: its launcher writes down which task that was.

The launcher does it, and not the run's start task, since a task in a container does not have the
environment of the process that started the run.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from metaflow._vendor import click

from .adding import add_to_writes
from .settings import SPOOL_VARIABLE, TASK_VARIABLE

_STARTS_A_RUN = ("run", "resume")


def record_parent(provider: Any, start_step: str) -> None:
    """Have the start task record which task this process was started by, if it launches a run."""
    if _subcommand() not in _STARTS_A_RUN:
        return
    # the tasks of this run are not the parent's
    parent = os.environ.pop(TASK_VARIABLE, None)
    os.environ.pop(SPOOL_VARIABLE, None)
    if parent is None:
        return
    from .record import SPAWNED_BY_FIELD, decode_spawned_by

    task, _ = decode_spawned_by(parent)  # any process may have set the variable
    if task is not None:
        add_to_writes(provider, _Once(start_step, {SPAWNED_BY_FIELD: task}))


def _subcommand() -> str:
    context = click.get_current_context(silent=True)
    return next(iter(getattr(context, "saved_args", None) or []), "")


class _Once:
    """Adds the fields to the first write about the start task."""

    def __init__(self, start_step: str, fields: Mapping[str, str]) -> None:
        self._start_step = start_step
        self._fields: Mapping[str, str] = fields

    def __call__(self, run_id: str, step: str, task_id: str, rows: list[Any]) -> Mapping[str, str]:
        if step != self._start_step or not rows:
            return {}
        fields, self._fields = self._fields, {}
        return fields
