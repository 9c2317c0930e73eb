"""Decode the triggers that a run's start task recorded."""

from __future__ import annotations

from typing import Literal

import msgspec

from lineage.records.fast_json import decode_json
from lineage.records.model import TriggerEvent
from lineage.text import clean_json, clean_text
from metaflow_extensions.lineage.plugins.metadata.causes import TriggerEntry, decode_triggers, from_epoch


class _UsualEntry(msgspec.Struct):
    """An entry as Argo Workflows and the extension write nearly all of them."""

    name: str
    id: str
    timestamp: int
    type: Literal["run", "event"]


_decode_usual = msgspec.json.Decoder(list[_UsualEntry]).decode


def recorded_triggers(triggers: str, payloads: str | None, problems: list[str]) -> tuple[TriggerEvent, ...]:
    """The triggers in the texts of a start task's fields.

    Parameters
    ----------
    triggers, payloads
        The texts of `execution-triggers` and of `lineage-trigger-payloads`; None without such a field.
    problems
        A list; a sentence is appended for each part that cannot be read.
    """
    if payloads is None and (usual := _usual_triggers(triggers)) is not None:
        return usual
    entries, broken = decode_triggers(triggers, payloads, loads=decode_json)
    problems += broken
    return tuple(map(_trigger, entries))


def _usual_triggers(text: str) -> tuple[TriggerEvent, ...] | None:
    """The triggers of a record without anything unusual, decoded in a fifth of the time; else None."""
    try:
        entries = _decode_usual(text)
    except (msgspec.MsgspecError, UnicodeError):
        return None
    if not all(entry.name and _has_usual_id(entry) for entry in entries):
        return None
    return tuple([TriggerEvent(e.name, e.id, from_epoch(e.timestamp), e.type) for e in entries])


def _has_usual_id(entry: _UsualEntry) -> bool:
    if entry.type == "event":
        return bool(entry.id)
    flow, _, rest = entry.id.partition("/")
    return bool(flow and rest) and rest[0] != "/"


def _trigger(entry: TriggerEntry) -> TriggerEvent:
    return TriggerEvent(
        name=clean_text(entry.name),
        event_id=None if entry.id is None else clean_text(entry.id),
        timestamp=from_epoch(entry.timestamp),
        type="run" if entry.type == "run" else "event",
        payload=clean_json(entry.payload),
    )
