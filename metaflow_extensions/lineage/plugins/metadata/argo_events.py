"""Read the triggers of a run on Argo Workflows from the environment of its tasks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .causes import TriggerEntry, plain_id

PREFIX = "METAFLOW_ARGO_EVENT_PAYLOAD_"
# Fields that `ArgoEvent.publish` adds to every payload (plugins/argo/argo_events.py).
ADDED = frozenset({"name", "id", "timestamp", "utc_date", "generated-by-metaflow"})


def arrived(environ: Mapping[str, str]) -> list[TriggerEntry]:
    """The triggers that Argo put into a task's environment, as Metaflow's own decorator reads them.

    Examples
    --------
    >>> arrived({PREFIX + "event_first_ab12": '{"name": "first", "id": "e1", "timestamp": 7, "x": 1}'})
    [TriggerEntry(name='first', id='e1', timestamp=7, type='event', payload={'x': 1}, origin=None)]
    """
    return [
        _entry(key[len(PREFIX) :].split("_", 1)[0], value)
        for key, value in environ.items()
        if key.startswith(PREFIX) and value != "null"  # Argo's value for an event that did not arrive
    ]


def _entry(kind: str, text: str) -> TriggerEntry:
    carried = _object(text)
    fields = {key: value for key, value in carried.items() if key not in ADDED} if kind == "event" else {}
    return TriggerEntry(
        carried.get("name"), plain_id(carried.get("id")), carried.get("timestamp"), kind, fields or None
    )


def _object(text: str) -> Any:
    try:
        payload = json.loads(text)
    except ValueError:
        payload = None
    return payload if isinstance(payload, dict) else {}  # ignore payloads that Metaflow did not publish
