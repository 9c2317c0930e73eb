"""`Run.trigger` with payloads, `type` and `data`."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from ..metadata.causes import PAYLOADS_FIELD, TRIGGERS_FIELD, decode_triggers, printable
from .recorded import Recorded, start_task, task_fields
from .trigger import MetaflowTrigger

if TYPE_CHECKING:
    from metaflow import Run


def run_trigger(run: Run, strict: bool | None = None) -> MetaflowTrigger | None:
    """Read the trigger of a run from the metadata of its start task; None if it has none.

    Broken entries of the record are skipped, with a warning that names them.

    Parameters
    ----------
    run : metaflow.Run
    strict : bool, optional
        Which contract applies; by default that of the run's own decorators.
    """
    task = start_task(run)
    if task is None:
        return None
    fields = task_fields(task)
    entries, problems = decode_triggers(fields.get(TRIGGERS_FIELD), fields.get(PAYLOADS_FIELD))
    if problems:
        said = f"{run.pathspec} has a broken record of its triggers, which is skipped: {'; '.join(problems)}"
        warnings.warn(printable(said), stacklevel=3)  # in the caller of `Run.trigger` or `lineage.trigger`
    if not entries:
        return None
    payloads = {(entry.name, entry.id): entry.payload for entry in entries if entry.payload}
    return MetaflowTrigger([entry.record() for entry in entries], details=Recorded(task, payloads, strict))
