"""Adding rows to a write of metadata that Metaflow makes anyway."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .guard import raised_by_signal, warn

# The rows' run id, step, task id, and the rows themselves -> the fields to add.
Additions = Callable[[str, str, str, list[Any]], Mapping[str, str] | None]


def add_to_writes(provider: Any, additions: Additions) -> None:
    """Let this provider's `register_metadata` ask what to add to each write.

    The instance is changed, not its class: the same process may write the metadata of tasks that are
    none of its own, as the launcher of a run does for tasks that it copies.

    If the write with the additions is refused, Metaflow's own rows are written without them.
    """
    released = provider.register_metadata

    def register_metadata(run_id: str, step_name: str, task_id: str, metadata: Any) -> Any:
        rows = list(metadata)
        fields = additions(run_id, step_name, task_id, rows)
        if fields:
            try:
                return released(run_id, step_name, task_id, [*rows, *_like(rows[0], fields)])
            except Exception as error:
                if raised_by_signal(error):
                    raise
                warn(error)
        return released(run_id, step_name, task_id, rows)

    provider.register_metadata = register_metadata


def _like(row: Any, fields: Mapping[str, str]) -> list[Any]:
    """A row for each field, of the same attempt as `row`."""
    return [row._replace(field=name, value=value, type=name) for name, value in fields.items()]
