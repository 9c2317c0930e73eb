"""Read a run's record of its triggers, on access."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..metadata.plain_artifacts import plain_artifact, task_datastore
from ..option.declared import DeclaredTriggers, declared_triggers, recorded_decorators

if TYPE_CHECKING:
    from metaflow import Run, Task


LARGEST = 10_000_000  # bytes of a `_graph_info`; one of a thousand steps has about 300 kB


class Recorded:
    """Details of a trigger, from the record of the run that it triggered.

    Parameters
    ----------
    task : metaflow.Task
        The start task of that run.
    payloads : mapping
        Payloads of its events, by name and id.
    strict : bool, optional
        Which contract applies; by default that of the run's own decorators.
    """

    def __init__(
        self,
        task: Task,
        payloads: Mapping[tuple[str, Any], Mapping[str, Any]],
        strict: bool | None = None,
    ) -> None:
        self._task = task
        self._payloads = payloads
        self._strict = strict

    def payload(self, name: str, event_id: str) -> Mapping[str, Any] | None:
        return self._payloads.get((name, event_id))

    def declared(self) -> int | None:
        return self._declared.count

    def strict(self) -> bool:
        return self._declared.strict if self._strict is None else self._strict

    @cached_property
    def _declared(self) -> DeclaredTriggers:
        """The triggers declared by the flow, which a run records before its first step.

        Empty if they cannot be read; the trigger then behaves as in Metaflow alone.
        """
        run: Any = self._task.parent.parent  # type: ignore[union-attr]  # every task has both
        try:
            info = graph_info(run, self._task)
        except Exception:  # an old run, or its artifacts are inaccessible
            info = {}
        return declared_triggers(recorded_decorators(info), recorded=True)


def graph_info(run: Run, task: Task) -> Mapping[str, Any]:
    """The run's `_graph_info`, read without unpickling: the run may be anyone's.

    `task` is any task of it, whose metadata says where the run's datastore is.
    """
    store = task_datastore(run["_parameters"].task, task_fields(task))  # type: ignore[arg-type]  # it has one
    info = plain_artifact(store, "_graph_info", LARGEST)
    return info if isinstance(info, dict) else {}


def task_fields(task: Task) -> dict[str, str]:
    """A task's metadata, completed with that of the task it was copied from, if that still exists."""
    from metaflow import Metaflow
    from metaflow.exception import MetaflowNotFound

    try:
        return dict(task.metadata_dict)
    except MetaflowNotFound:
        provider: Any = Metaflow().metadata
        rows = provider.get_object("task", "metadata", None, None, *task.path_components) or []
        return {row["field_name"]: row["value"] for row in sorted(rows, key=lambda row: row["ts_epoch"])}


def start_task(run: Run) -> Task | None:
    """The task of the run's first step, whatever its name; None before it started."""
    return _endpoint(run, "start")


def end_task(run: Run) -> Task | None:
    """The task of the run's last step, whatever its name; None before it started."""
    return _endpoint(run, "end")


def _endpoint(run: Run, which: str) -> Task | None:
    start, end = getattr(run, "_graph_endpoints", ("start", "end"))  # older Metaflow knows no other names
    name = start if which == "start" else end
    try:
        return run[name].task
    except KeyError:
        called = _called(run, which) if name == which else which
        return run[called].task if called != which and called in run else None


def _called(run: Run, which: str) -> str:
    """Name of a resumed run's first or last step, which only its graph contains, not its metadata."""
    try:
        first = next(task for step in run for task in step)
        return str(graph_info(run, first).get(f"{which}_step", which))
    except Exception:  # as in Recorded._declared
        return which
