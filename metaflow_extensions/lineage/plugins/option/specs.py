"""Parse the values of `--trigger` and METAFLOW_FLOW_TRIGGER."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..metadata.causes import printable
from ..near_names import nearest

# The rule of `argo-workflows create` for event names (plugins/argo/argo_workflows.py).
EVENT_NAME = re.compile(r"[A-Za-z0-9_.-]+")
KEYS = ("name", "fields", "id", "timestamp")
# One argument of a Linux process holds 128 KiB; in base64 this is 86 KiB, which leaves room.
PAYLOAD_LIMIT = 64 * 1024
FIELD_LIMIT = 1000
DEPTH = 100  # levels of nested JSON; `lineage.text` shows as many
DIGITS = 300  # of a whole number, about as long as the largest float; Python refuses to print 4,301
EXAMPLE = '{"name": "first", "fields": {"x": 1}}'


class BadSpec(ValueError):
    """An invalid `--trigger` value; the message quotes the offending part."""


@dataclass(frozen=True)
class RunSpec:
    """`--trigger TrainingFlow/34`."""

    flow: str
    run_id: str

    @property
    def pathspec(self) -> str:
        """`TrainingFlow/34`."""
        return f"{self.flow}/{self.run_id}"


@dataclass(frozen=True)
class EventSpec:
    """`--trigger first`, or a JSON object with fields, id and timestamp."""

    name: str
    fields: Mapping[str, Any] | None = None
    id: str | None = None
    timestamp: int | None = None  # whole seconds since 1970


def parse_spec(text: str) -> RunSpec | EventSpec:
    """Parse one `--trigger` value.

    Raises
    ------
    BadSpec
        With a one-line message that quotes the invalid part.

    Examples
    --------
    >>> parse_spec("TrainingFlow/34")
    RunSpec(flow='TrainingFlow', run_id='34')
    >>> parse_spec('{"name": "first", "fields": {"x": 1}}')
    EventSpec(name='first', fields={'x': 1}, id=None, timestamp=None)
    """
    text = text.strip()
    _check_characters(text)
    if text.startswith(("{", "[")):
        return _event(_object(text), text)
    if "/" in text:
        return _run(text)
    return EventSpec(_name(text))


def parse_environment(text: str) -> list[str]:
    """Split METAFLOW_FLOW_TRIGGER into values: a JSON array, one object, or names separated by spaces.

    Examples
    --------
    >>> parse_environment('["first", {"name": "second"}]')
    ['first', '{"name": "second"}']
    >>> parse_environment("TrainingFlow/34 first")
    ['TrainingFlow/34', 'first']
    """
    text = text.strip()
    if text.startswith("{"):
        return [text]
    if not text.startswith("["):
        return text.split()
    return [item if isinstance(item, str) else json.dumps(item) for item in _json(text)]


def quote(text: str, limit: int = 60) -> str:
    """Quote `text`, shortened in the middle to about `limit` characters."""
    if len(text) > limit:
        text = f"{text[: limit // 2]}…{text[-limit // 2 :]}"
    return f"'{printable(text)}'"


def _run(text: str) -> RunSpec:
    parts = text.split("/")
    if len(parts) != 2 or not all(re.fullmatch(r"\S+", part) for part in parts):
        raise BadSpec(f"invalid run {quote(text)}: a run is written FlowName/run-id")
    return RunSpec(*parts)


def _name(text: str) -> str:
    if not EVENT_NAME.fullmatch(text):
        raise BadSpec(f"invalid event name {quote(text)}: use letters, digits, dots, dashes and underscores")
    return text


def _object(text: str) -> dict[str, Any]:
    value = _json(text)
    if not isinstance(value, dict):
        raise BadSpec(f"{quote(text)} is not a JSON object: an event is written {EXAMPLE}, one per --trigger")
    return value


def _json(text: str) -> Any:
    try:
        value = json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_constant=_no_constant,
            parse_float=_float,
            parse_int=_int,
        )
    except json.JSONDecodeError as error:
        around = text[max(0, error.pos - 20) : error.pos + 20]
        raise BadSpec(f"invalid JSON at {quote(around)}: {error.msg} (character {error.pos + 1})") from error
    except RecursionError as error:
        raise BadSpec(f"{quote(text)} is nested too deeply") from error
    _check_kept(value, quote(text))
    return value


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise BadSpec(f"{quote(digits)} is too large for a number")
    return number


def _int(digits: str) -> int:
    if len(digits) > DIGITS:
        raise BadSpec(f"{quote(digits)} has more than {DIGITS} digits; send it as text")
    return int(digits)


def _check_kept(value: Any, quoted: str, depth: int = DEPTH) -> None:
    """Refuse what could not be recorded, or shown, later."""
    if isinstance(value, str):
        _check_characters(value)
    elif isinstance(value, (dict, list)):
        if depth == 0:
            raise BadSpec(f"{quoted} is nested too deeply; {DEPTH} levels is the most")
        for item in [*value, *value.values()] if isinstance(value, dict) else value:
            _check_kept(item, quoted, depth - 1)


def _check_characters(text: str) -> None:
    """An unpaired surrogate comes from an argument that is not UTF-8, or from an escape such as `\\ud83d`."""
    if "\0" in text:
        raise BadSpec(f"{quote(text)} has a NUL character, which no parameter can hold")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        shown = quote(text.encode("utf-8", "replace").decode())
        raise BadSpec(f"{shown} has half a character (an unpaired surrogate); send valid UTF-8") from error


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique: dict[str, Any] = {}
    for key, value in pairs:
        if key in unique:
            raise BadSpec(f"duplicate key {quote(key)} in a JSON object: give each key once")
        unique[key] = value
    return unique


def _no_constant(name: str) -> Any:
    raise BadSpec(f"{quote(name)} is not a JSON value")


def _event(event: dict[str, Any], text: str) -> EventSpec:
    for key in event:
        if key not in KEYS:
            raise BadSpec(
                f"an event has no key {quote(key)}{nearest(key, KEYS)} "
                f"(the keys are {', '.join(KEYS)}; the payload goes into fields)"
            )
    if not isinstance(event.get("name"), str):
        raise BadSpec(f"{quote(text)} has no name: an event is written {EXAMPLE}")
    return EventSpec(
        name=_name(event["name"]),
        fields=_fields(event),
        id=_id(event),
        timestamp=_timestamp(event),
    )


def _fields(event: dict[str, Any]) -> dict[str, Any] | None:
    name = event["name"]
    if "fields" not in event:
        return None
    fields = event["fields"]
    if not isinstance(fields, dict):
        raise BadSpec(f"fields of {quote(name)} must be a JSON object, not {quote(json.dumps(fields))}")
    if len(fields) > FIELD_LIMIT:
        raise BadSpec(f"{quote(name)} has {len(fields):,} fields; the maximum is {FIELD_LIMIT:,}")
    size = len(json.dumps(fields, ensure_ascii=False).encode())
    if size > PAYLOAD_LIMIT:
        longest = max(fields, key=lambda key: len(json.dumps(fields[key])))
        raise BadSpec(
            f"the fields of {quote(name)} take {size:,} bytes, most of them in {quote(longest)}; "
            f"the maximum is {PAYLOAD_LIMIT:,}: send a path or an id and load the rest in the flow"
        )
    return fields


def _id(event: dict[str, Any]) -> str | None:
    given = event.get("id")
    if "id" in event and not (isinstance(given, str) and given.strip()):
        raise BadSpec(
            f"id of {quote(event['name'])} must be a non-empty string, not {quote(json.dumps(given))}"
        )
    return given


def _timestamp(event: dict[str, Any]) -> int | None:
    if "timestamp" not in event:
        return None
    given = event["timestamp"]
    if isinstance(given, int) and not isinstance(given, bool) and given > 0 and _has_date(given):
        return given
    raise BadSpec(
        f"timestamp of {quote(event['name'])} must be a whole number of seconds since 1970, "
        f"not {quote(json.dumps(given))}"
    )


def _has_date(seconds: int) -> bool:
    try:
        datetime.fromtimestamp(seconds)
    except (ValueError, OverflowError, OSError):
        return False
    return True
