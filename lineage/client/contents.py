"""The contents of a run by hash, through Metaflow's client: slow, for any store."""

from __future__ import annotations

from metaflow import Run, Task

from lineage.client.artifacts import last_task, task_of
from lineage.records.contents import RunContents, code_of, is_users
from metaflow_extensions.lineage.plugins.trigger.recorded import end_task, task_fields


def client_contents(run: Run) -> RunContents:
    """The contents of one run; takes about eight calls of the client, and loads no artifact."""
    given = task_of(run, "_parameters")
    constants = task_fields(given) if given else {}
    task = last_task(run, task_of(run, constants["end_step"]) if "end_step" in constants else end_task(run))
    parameters = _hashes(given) if given else {}
    artifacts = _hashes(task) if task else {}
    own = {name: sha for name, sha in artifacts.items() if name not in parameters}
    return RunContents(parameters, own, code_of(constants) or code_of(task_fields(task) if task else {}))


def _hashes(task: Task) -> dict[str, str]:
    return {artifact.id: str(artifact.sha) for artifact in task if is_users(artifact.id)}
