"""On a local store: a file on the start task that says which other task has recorded something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .guard import guarded
from .record import marker_name


@guarded
def leave_marker(provider: Any, flow: str, run_id: str, start_step: str, step: str, task_id: str) -> None:
    """Leave the file beside the metadata of the start task, if the provider is the local one.

    The ids of local tasks are numbers in the order in which they start, so the start task is the one
    task of the start step, whatever its id.
    """
    if provider.TYPE != "local" or step == start_step:
        return
    folder = Path(provider._make_path(flow, run_id, start_step, create_on_absent=False))
    for metadata in folder.glob("*/_meta"):  # none, if the task made the provider write elsewhere meanwhile
        (metadata / marker_name(step, task_id)).touch()
