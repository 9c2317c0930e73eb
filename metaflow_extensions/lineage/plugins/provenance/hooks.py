"""The places in Metaflow where a task's reads, starts and publishing are seen.

Only the processes of tasks come here: what is changed in Metaflow's classes is changed in no other.
"""

from __future__ import annotations

import functools
from typing import Any, Protocol


class Watcher(Protocol):
    """Receives each read, start and publishing."""

    def read(self, artifact: Any) -> None: ...

    def spawned(self, run: Any) -> None: ...

    def published(self, event: Any, payload: Any, event_id: Any) -> None: ...


def watch(watcher: Watcher) -> None:
    """Notify this watcher from now on."""
    from metaflow.client import DataArtifact
    from metaflow.plugins.argo.argo_events import ArgoEvent
    from metaflow.runner.deployer import DeployedFlow

    _watch_reads(DataArtifact, watcher)
    _watch_publishing(ArgoEvent, watcher)
    _watch_deployed_flows(DeployedFlow, watcher)


def _watch_reads(artifact_class: Any, watcher: Watcher) -> None:
    """All ways to the value of an artifact in the client pass `DataArtifact.data`, once a load."""
    released = artifact_class.data.fget

    def data(artifact: Any) -> Any:
        value = released(artifact)
        watcher.read(artifact)
        return value

    artifact_class.data = property(data, doc=artifact_class.data.__doc__)


def _watch_publishing(event_class: Any, watcher: Watcher) -> None:
    """`safe_publish` calls `publish`, which returns the event's id if it was sent."""
    released = event_class.publish

    @functools.wraps(released)
    def publish(event: Any, *args: Any, **kwargs: Any) -> Any:
        event_id = released(event, *args, **kwargs)
        if event_id is not None:
            watcher.published(event, args[0] if args else kwargs.get("payload"), event_id)
        return event_id

    event_class.publish = publish


def _watch_deployed_flows(deployed_class: Any, watcher: Watcher) -> None:
    """Each orchestrator has a class with a `trigger` of its own, imported when it is needed."""
    released = deployed_class.__init__
    watched: set[type] = set()

    @functools.wraps(released)
    def init(deployed: Any, *args: Any, **kwargs: Any) -> None:
        released(deployed, *args, **kwargs)
        kind = type(deployed)
        if kind not in watched and hasattr(kind, "trigger"):
            watched.add(kind)
            _watch_trigger(kind, watcher)

    deployed_class.__init__ = init


def _watch_trigger(kind: Any, watcher: Watcher) -> None:
    released = kind.trigger

    @functools.wraps(released)
    def trigger(deployed: Any, *args: Any, **kwargs: Any) -> Any:
        run = released(deployed, *args, **kwargs)
        watcher.spawned(run)
        return run

    kind.trigger = trigger
