"""Write and read the record of a run's triggers in its start task's metadata.

Imports only the standard library: `lineage` reads whole stores with this module, in processes that
never import Metaflow.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import Any

# The two fields of the start task's metadata. The first is Metaflow's own: its client builds
# `MetaflowEvent(**entry)` from each entry, so an entry has exactly the four keys of `TriggerEntry.record`.
TRIGGERS_FIELD = "execution-triggers"
PAYLOADS_FIELD = "lineage-trigger-payloads"
# On a start task that ran again under `resume`: pathspec of the run whose triggers these are.
ORIGIN_FIELD = "lineage-trigger-origin"

# Neither an event name nor a pathspec has a colon, so this cannot be what a person typed.
HANDED_DOWN = "lineage:"

_EXCERPT = 80  # characters of a broken record shown in a message

Payloads = Mapping[tuple[Any, Any], Mapping[str, Any]]  # by name and id of the event


@dataclass(frozen=True, slots=True)
class TriggerEntry:
    """One run or event that triggered a run: an entry of its `execution-triggers` record."""

    name: str
    id: Any  # as its sender gave it, or None; for type "run" Flow/run/step/task
    timestamp: Any  # whole seconds since 1970; other programs may record anything
    type: str  # "run" or "event"
    payload: Mapping[str, Any] | None = None
    origin: str | None = None  # pathspec of the resumed run that was triggered, if not this one

    def record(self) -> dict[str, Any]:
        """The entry of `execution-triggers` that Metaflow's client reads."""
        return {"name": self.name, "id": self.id, "timestamp": self.timestamp, "type": self.type}


def from_epoch(value: object, per_second: int = 1) -> datetime | None:
    """Convert seconds since 1970 to an aware UTC time; None if the value is not a valid time.

    Examples
    --------
    >>> from_epoch(1_700_000_000)
    datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc)
    >>> from_epoch("yesterday"), from_epoch(float("nan")), from_epoch(1_700_000_000_000)
    (None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        # NaN is a ValueError here, an infinity and a number beyond the calendar are OverflowErrors
        return datetime.fromtimestamp(value / per_second, timezone.utc)
    except (OverflowError, OSError, ValueError):
        return None


def identity(event_id: object, time: datetime | None) -> str:
    """The text that distinguishes an event from others of its name.

    Its id; for an event without one, its time in whole seconds since 1970, or "unknown".
    """
    if event_id is not None:
        return str(event_id)
    return "unknown" if time is None else str(int(time.timestamp()))


def hand_down(entry: TriggerEntry) -> str:
    """Encode trigger entries as the `--trigger` value on a task's command line.

    In base64, because the value passes through a shell on the way to a container.
    """
    text = json.dumps(asdict(entry), ensure_ascii=False, separators=(",", ":"))
    return HANDED_DOWN + base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")


def is_handed_down(value: str) -> bool:
    """Whether a `--trigger` value was resolved by the process that started this task."""
    return value.startswith(HANDED_DOWN)


def take_up(value: str) -> TriggerEntry:
    """Decode a value that `hand_down` encoded.

    Raises
    ------
    ValueError
        If `hand_down` did not encode the value.
    """
    text = base64.urlsafe_b64decode(value[len(HANDED_DOWN) :]).decode("utf-8", "surrogatepass")
    (entry,), _ = decode_triggers(f"[{text}]", strict=True)
    whole = json.loads(text)
    return replace(entry, payload=whole.get("payload"), origin=whole.get("origin"))


def metadata_fields(entries: Sequence[TriggerEntry], *, triggers: bool = True) -> dict[str, str]:
    """The start task's metadata about its triggers: field -> value.

    With ``triggers=False`` only what Metaflow's own record does not contain.
    """
    fields = {}
    if triggers:
        fields[TRIGGERS_FIELD] = json.dumps([entry.record() for entry in entries])
    payloads = [
        {"name": entry.name, "id": entry.id, "payload": entry.payload} for entry in entries if entry.payload
    ]
    if payloads:
        fields[PAYLOADS_FIELD] = json.dumps(payloads)
    origin = next((entry.origin for entry in entries if entry.origin), None)
    if triggers and origin:
        fields[ORIGIN_FIELD] = origin
    return fields


def decode_triggers(
    triggers: object,
    payloads: object = None,
    *,
    strict: bool = False,
    loads: Callable[[str], Any] = json.loads,
) -> tuple[list[TriggerEntry], list[str]]:
    """Read the record of a run's triggers; the inverse of `metadata_fields`.

    Parameters
    ----------
    triggers
        The text of the field `execution-triggers`; None or "" if the task has none.
    payloads
        The text of the field `lineage-trigger-payloads`, likewise.
    strict
        Raise an error for a broken record instead of skipping the broken part.
    loads
        Decodes JSON; raises ValueError or RecursionError.

    Returns
    -------
    list of TriggerEntry
        The entries that can be read, in the order in which they are recorded.
    list of str
        The faults that were skipped, one sentence each.

    Raises
    ------
    ValueError
        For the first fault, if `strict`.

    Examples
    --------
    >>> decode_triggers('[{"name": "first", "id": "e1", "timestamp": 7, "type": "event"}, 3]')[1]
    ['a trigger that is not a JSON object: 3']
    """
    problems: list[str] = []
    recorded = _listed(TRIGGERS_FIELD, triggers, loads, problems)
    carried = _payloads(_listed(PAYLOADS_FIELD, payloads, loads, problems), problems) if recorded else {}
    entries = [_entry(value, carried, problems) for value in recorded]
    if strict and problems:
        raise ValueError(problems[0])
    return [entry for entry in entries if entry is not None], problems


def _listed(field: str, text: object, loads: Callable[[str], Any], problems: list[str]) -> list[Any]:
    if text is None or text == "":
        return []
    try:
        value = loads(text if isinstance(text, str) else str(text))
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, list):
        return value
    problems.append(f"the {field} record is not a JSON list: {_excerpt(text)}")
    return []


def _payloads(recorded: Iterable[Any], problems: list[str]) -> Payloads:
    payloads: dict[tuple[Any, Any], Mapping[str, Any]] = {}
    for value in recorded:
        if not isinstance(value, dict) or not isinstance(value.get("name"), str) or "id" not in value:
            problems.append(f"a payload without the name and the id of its event: {_excerpt(value)}")
        elif not isinstance(payload := value.get("payload"), dict):
            problems.append(f"a payload that is not a JSON object: {_excerpt(value)}")
        elif payload:
            payloads[value["name"], plain_id(value["id"])] = payload
    return payloads


def _entry(value: Any, payloads: Payloads, problems: list[str]) -> TriggerEntry | None:
    if not isinstance(value, dict):
        problems.append(f"a trigger that is not a JSON object: {_excerpt(value)}")
        return None
    name, event_id = value.get("name"), plain_id(value.get("id"))
    if not isinstance(name, str) or not name:
        problems.append(f"a trigger without a name: {_excerpt(value)}")
        return None
    kind = "run" if value.get("type") == "run" else "event"
    if kind == "run" and not _names_a_run(event_id):
        problems.append(f"a triggering run without a pathspec: {_excerpt(value)}")
        return None
    return TriggerEntry(name, event_id, value.get("timestamp"), kind, payloads.get((name, event_id)))


def plain_id(value: Any) -> str | int | float | None:
    """The recorded id, a string or a number; None if there is none."""
    if value is None or value == "":
        return None
    return value if isinstance(value, (str, int, float)) else _shown(value)


def _names_a_run(event_id: object) -> bool:
    parts = event_id.split("/", 2) if isinstance(event_id, str) else []
    return len(parts) > 1 and bool(parts[0] and parts[1])


def _excerpt(value: object) -> str:
    """The beginning of a broken record, without lone surrogates."""
    text = value if isinstance(value, str) else _shown(value)
    text = text if len(text) <= _EXCERPT else f"{text[: _EXCERPT - 1]}…"
    return printable(text.encode("utf-8", "replace").decode())


def printable(text: str) -> str:
    """Text for a message: characters that steer a terminal or turn the line around become escapes.

    Examples
    --------
    >>> printable("\\x1b[31mred")
    '\\\\x1b[31mred'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _shown(value: object) -> str:
    try:
        return repr(value)
    except RecursionError:  # nested almost too deeply for the JSON parser
        return "deeply nested JSON"
