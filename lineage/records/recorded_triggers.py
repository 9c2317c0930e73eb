"""Decode the triggers that a run's start task recorded."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from lineage.records.fast_json import decode_json
from lineage.records.model import TriggerEvent
from lineage.text import clean_json, clean_text
from metaflow_extensions.lineage.plugins.metadata.causes import TriggerEntry, decode_triggers, from_epoch

_Text = Annotated[str, msgspec.Meta(min_length=1)]


# Entries as Argo Workflows and the extension write nearly all of them.
class _UsualEvent(msgspec.Struct, tag_field="type", tag="event"):
    name: _Text
    id: _Text
    timestamp: int
    type: ClassVar[Literal["event"]] = "event"


class _UsualRun(msgspec.Struct, tag_field="type", tag="run"):
    name: _Text
    id: Annotated[str, msgspec.Meta(pattern="^[^/]+/[^/]")]  # begins with the pathspec of a run
    timestamp: int
    type: ClassVar[Literal["run"]] = "run"


_decode_usual = msgspec.json.Decoder(list[_UsualEvent | _UsualRun]).decode


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
    return tuple([TriggerEvent(e.name, e.id, from_epoch(e.timestamp), e.type) for e in entries])


def _trigger(entry: TriggerEntry) -> TriggerEvent:
    return TriggerEvent(
        name=clean_text(entry.name),
        event_id=None if entry.id is None else clean_text(entry.id),
        timestamp=from_epoch(entry.timestamp),
        type="run" if entry.type == "run" else "event",
        payload=clean_json(entry.payload),
    )
