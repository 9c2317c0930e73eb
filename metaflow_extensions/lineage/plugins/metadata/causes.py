"""What made a run start, in the one form that all tasks of the run share."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

# The two fields of the start task's metadata. The first is Metaflow's own: its client builds
# `MetaflowEvent(**entry)` from each entry, so an entry has exactly the four keys of `Cause.record`.
TRIGGERS_FIELD = "execution-triggers"
PAYLOADS_FIELD = "lineage-trigger-payloads"
# On a start task that ran again under `resume`: pathspec of the run whose triggers these are.
ORIGIN_FIELD = "lineage-trigger-origin"

# Neither an event name nor a pathspec has a colon, so this cannot be what a person typed.
HANDED_DOWN = "lineage:"


@dataclass(frozen=True)
class Cause:
    """One run or event that triggered a run."""

    name: str
    id: str  # of an event; for type "run" the pathspec of the end task: Flow/run/step/task
    timestamp: Any  # whole seconds since 1970; in other people's records whatever they wrote
    type: str  # "run" or "event"
    payload: Mapping[str, Any] | None = None
    origin: str | None = None  # pathspec of the resumed run that was triggered, if not this one

    def record(self) -> dict[str, Any]:
        """The entry of `execution-triggers` that Metaflow's client reads."""
        return {"name": self.name, "id": self.id, "timestamp": self.timestamp, "type": self.type}


def hand_down(cause: Cause) -> str:
    """The `--trigger` value that a task's command line carries.

    Base64, because on the way to a container the value passes through a shell.
    """
    text = json.dumps(asdict(cause), ensure_ascii=False, separators=(",", ":"))
    return HANDED_DOWN + base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")


def is_handed_down(value: str) -> bool:
    """Whether a `--trigger` value was resolved by the process that started this task."""
    return value.startswith(HANDED_DOWN)


def take_up(value: str) -> Cause:
    """The inverse of `hand_down`."""
    text = base64.urlsafe_b64decode(value[len(HANDED_DOWN) :]).decode("utf-8", "surrogatepass")
    return Cause(**json.loads(text))


def metadata_fields(causes: Sequence[Cause], *, triggers: bool = True) -> dict[str, str]:
    """What the start task records of the causes: field -> value.

    With ``triggers=False`` only what Metaflow's own record has no place for.
    """
    fields = {}
    if triggers:
        fields[TRIGGERS_FIELD] = json.dumps([cause.record() for cause in causes])
    payloads = [
        {"name": cause.name, "id": cause.id, "payload": cause.payload} for cause in causes if cause.payload
    ]
    if payloads:
        fields[PAYLOADS_FIELD] = json.dumps(payloads)
    origin = next((cause.origin for cause in causes if cause.origin), None)
    if triggers and origin:
        fields[ORIGIN_FIELD] = origin
    return fields


def recorded_causes(fields: Mapping[str, str]) -> list[Cause]:
    """The causes in a start task's metadata; the inverse of `metadata_fields`.

    Raises
    ------
    ValueError
        The record is not what Metaflow or this extension writes.
    """
    records = json.loads(fields.get(TRIGGERS_FIELD) or "[]")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ValueError(f"{TRIGGERS_FIELD} is no list of objects")
    payloads = recorded_payloads(fields)
    keys = ("name", "id", "timestamp", "type")
    causes = [Cause(*(record.get(key) for key in keys)) for record in records]
    return [Cause(**{**asdict(cause), "payload": payloads.get((cause.name, cause.id))}) for cause in causes]


def recorded_payloads(fields: Mapping[str, str]) -> dict[tuple[str, str], dict[str, Any]]:
    """Payloads in a start task's metadata, by name and id of their event.

    Raises
    ------
    ValueError
        The record is not what this extension writes.
    """
    entries = json.loads(fields.get(PAYLOADS_FIELD) or "[]")
    try:
        return {(entry["name"], entry["id"]): entry["payload"] for entry in entries}
    except (TypeError, KeyError) as error:
        raise ValueError(f"{PAYLOADS_FIELD} is no list of payloads") from error
