"""Task metadata in the form that Metaflow registers."""

from __future__ import annotations

from collections.abc import Mapping

from metaflow.metadata_provider import MetaDatum


def entries(fields: Mapping[str, str], attempt: int) -> list[MetaDatum]:
    """One entry a field, marked with the task's attempt."""
    tags = [f"attempt_id:{attempt}"]
    return [MetaDatum(field=name, value=value, type=name, tags=tags) for name, value in fields.items()]
