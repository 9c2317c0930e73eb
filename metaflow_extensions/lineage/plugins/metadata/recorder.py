"""The step decorator that records the run's triggers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from metaflow import current
from metaflow.decorators import StepDecorator
from metaflow.metadata_provider import MetaDatum

if TYPE_CHECKING:
    from .resumed import ClonedStart


class TriggerRecorder(StepDecorator):
    """Writes the start task's metadata and keeps our `current.trigger` in every step.

    The flow decorators attach it, and only to a triggered run. The underscore in its name keeps it out
    of the run's `_graph_info`.
    """

    name = "_lineage_trigger"

    # Set by `attach`.
    trigger: Any = None
    fields: Mapping[str, str] = MappingProxyType({})
    step: str | None = None
    cloned_start: ClonedStart | None = None

    def runtime_init(self, flow: Any, graph: Any, package: Any, run_id: str) -> None:
        if self.cloned_start:
            self.cloned_start.run_id = run_id

    def runtime_task_created(
        self,
        task_datastore: Any,
        task_id: str,
        split_index: Any,
        input_paths: Any,
        is_cloned: bool,
        ubf_context: Any,
    ) -> None:
        if self.cloned_start and self.step:
            self.cloned_start.task_created(self.step)

    def runtime_finished(self, exception: Exception | None) -> None:
        if self.cloned_start:
            self.cloned_start.record()

    def task_pre_step(
        self,
        step_name: str,
        task_datastore: Any,
        metadata: Any,
        run_id: str,
        task_id: str,
        flow: Any,
        graph: Any,
        retry_count: int,
        max_user_code_retries: int,
        ubf_context: Any,
        inputs: Any,
    ) -> None:
        if step_name == start_step(graph) and self.fields:
            metadata.register_metadata(run_id, step_name, task_id, task_metadata(self.fields, retry_count))

    def task_decorate(
        self,
        step_func: Callable[..., Any],
        flow: Any,
        graph: Any,
        retry_count: int,
        max_user_code_retries: int,
        ubf_context: Any,
    ) -> Callable[..., Any]:
        # On Argo, Metaflow's decorator has set its own Trigger before this.
        current._update_env({"trigger": self.trigger})
        return step_func


def attach(
    flow: Any, trigger: Any, fields: Mapping[str, str], cloned_start: ClonedStart | None = None
) -> None:
    """Put a recorder on every step of the flow.

    It is marked as statically defined; otherwise Metaflow would pass it by name with ``--with`` to
    processes that do not have this decorator.
    """
    for step in flow:
        recorder = TriggerRecorder(statically_defined=True)  # type: ignore[no-untyped-call]  # Metaflow has no types
        recorder.trigger, recorder.fields = trigger, fields
        recorder.step, recorder.cloned_start = step.__name__, cloned_start
        others = [decorator for decorator in step.decorators if decorator.name != TriggerRecorder.name]
        step.decorators[:] = [*others, recorder]


def task_metadata(fields: Mapping[str, str], attempt: int) -> list[MetaDatum]:
    """The fields as Metaflow's data, one datum each, tagged with the task's attempt."""
    tags = [f"attempt_id:{attempt}"]
    return [MetaDatum(field=name, value=value, type=name, tags=tags) for name, value in fields.items()]


def start_step(graph: Any) -> str:
    """Name of the flow's first step."""
    return getattr(graph, "start_step", "start")
