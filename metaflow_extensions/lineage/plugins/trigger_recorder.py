"""The step decorator that writes down what triggered the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from metaflow import current
from metaflow.decorators import StepDecorator
from metaflow.metadata_provider import MetaDatum


class TriggerRecorder(StepDecorator):
    """Writes the start task's metadata and keeps `current.trigger` ours in every step.

    It is attached by the flow decorators, and only to a run that something triggered. The underscore
    keeps it out of the run's `_graph_info`.
    """

    name = "_lineage_trigger"

    # Set by `attach`.
    trigger: Any = None
    fields: Mapping[str, str] = {}

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
            metadata.register_metadata(run_id, step_name, task_id, entries(self.fields, retry_count))

    def task_decorate(
        self,
        step_func: Callable[..., Any],
        flow: Any,
        graph: Any,
        retry_count: int,
        max_user_code_retries: int,
        ubf_context: Any,
    ) -> Callable[..., Any]:
        # On Argo Metaflow's own decorator has set a plain Trigger by now.
        current._update_env({"trigger": self.trigger})
        return step_func


def attach(flow: Any, trigger: Any, fields: Mapping[str, str]) -> None:
    """Put a recorder on every step of the flow.

    It counts as statically defined, or Metaflow would pass it on by name with ``--with`` to places
    that have no such decorator.
    """
    for step in flow:
        if not any(decorator.name == TriggerRecorder.name for decorator in step.decorators):
            recorder = TriggerRecorder(statically_defined=True)
            recorder.trigger = trigger
            recorder.fields = fields
            step.decorators.append(recorder)


def start_step(graph: Any) -> str:
    """Name of the flow's first step."""
    return getattr(graph, "start_step", "start")


def entries(fields: Mapping[str, str], attempt: int) -> list[MetaDatum]:
    """Task metadata as Metaflow registers it."""
    tags = [f"attempt_id:{attempt}"]
    return [MetaDatum(field=name, value=value, type=name, tags=tags) for name, value in fields.items()]
