"""What a finished run recorded about its triggers, read only when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .causes import recorded_payloads
from .declared import declared_count, is_strict

if TYPE_CHECKING:
    from metaflow import Run, Task


class Recorded:
    """Details of a trigger in the record of the run that it triggered.

    Parameters
    ----------
    run : metaflow.Run
        The run that was triggered.
    strict : bool, optional
        The contract to keep; by default the one that the run's own decorators stand for.
    """

    def __init__(self, run: Run, strict: bool | None = None) -> None:
        self._run = run
        self._strict = strict

    def payload(self, name: str, event_id: str) -> Mapping[str, Any] | None:
        return self._payloads.get((name, event_id))

    def declared(self) -> int | None:
        return declared_count(self._decorators)

    def strict(self) -> bool:
        return is_strict(self._decorators) if self._strict is None else self._strict

    @cached_property
    def _payloads(self) -> dict[tuple[str, str], dict[str, Any]]:
        task = start_task(self._run)
        return recorded_payloads(task.metadata_dict) if task else {}

    @cached_property
    def _decorators(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Name and attributes of the flow's decorators, from the `_graph_info` artifact."""
        task = start_task(self._run)
        if task is None or "_graph_info" not in task:
            return []
        listed = task["_graph_info"].data.get("decorators", [])
        return [(entry["name"], entry.get("attributes", {})) for entry in listed]


def start_task(run: Run) -> Task | None:
    """The task of the run's first step, whatever it is called; None before it started."""
    name = getattr(run, "_graph_endpoints", ("start", "end"))[0]
    return run[name].task if name in run else None


def start_metadata(run: Run) -> dict[str, str]:
    """The start task's metadata, with that of the task that it is a clone of."""
    task = start_task(run)
    return dict(task.metadata_dict) if task else {}
