"""What a person may write after `--trigger` or into METAFLOW_FLOW_TRIGGER."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# The rule of `argo-workflows create` for event names (plugins/argo/argo_workflows.py).
EVENT_NAME = re.compile(r"[A-Za-z0-9_.-]+")
KEYS = ("name", "fields", "id", "timestamp")
# One argument of a Linux process holds 128 KiB; base64 makes 86 KiB of this, which leaves room.
PAYLOAD_LIMIT = 64 * 1024
FIELD_LIMIT = 1000
EXAMPLE = '{"name": "first", "fields": {"x": 1}}'


class BadSpec(ValueError):
    """A `--trigger` that nobody could make sense of; the message quotes the offending part."""


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
    """One `--trigger` value.

    Raises
    ------
    BadSpec
        With one line that quotes what is wrong.

    Examples
    --------
    >>> parse_spec("TrainingFlow/34")
    RunSpec(flow='TrainingFlow', run_id='34')
    >>> parse_spec('{"name": "first", "fields": {"x": 1}}')
    EventSpec(name='first', fields={'x': 1}, id=None, timestamp=None)
    """
    text = text.strip()
    if text.startswith(("{", "[")):
        return _event(_object(text), text)
    if "/" in text:
        return _run(text)
    return EventSpec(_name(text))


def parse_environment(text: str) -> list[str]:
    """The values in METAFLOW_FLOW_TRIGGER: a JSON array, one object, or names with spaces between.

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


def nearest(word: str, known: Iterable[str]) -> str:
    """Half a sentence with the known word most like `word`, or nothing."""
    import difflib  # only for mistakes

    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def quote(text: str, limit: int = 60) -> str:
    """`text` in quotes, shortened in the middle to about `limit` characters."""
    if len(text) > limit:
        text = f"{text[: limit // 2]}…{text[-limit // 2 :]}"
    return f"'{text}'"


def _run(text: str) -> RunSpec:
    parts = text.split("/")
    if len(parts) != 2 or not all(re.fullmatch(r"\S+", part) for part in parts):
        raise BadSpec(f"{quote(text)} is no run; a run is written FlowName/run-id")
    return RunSpec(*parts)


def _name(text: str) -> str:
    if not EVENT_NAME.fullmatch(text):
        raise BadSpec(
            f"{quote(text)} is no event name; letters, digits, dots, dashes and underscores make one"
        )
    return text


def _object(text: str) -> dict[str, Any]:
    found = _json(text)
    if not isinstance(found, dict):
        raise BadSpec(f"{quote(text)} is no JSON object; an event is written {EXAMPLE}, one per --trigger")
    return found


def _json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        around = text[max(0, error.pos - 20) : error.pos + 20]
        raise BadSpec(f"broken JSON at {quote(around)}: {error.msg} (character {error.pos + 1})") from error
    except RecursionError as error:
        raise BadSpec(f"{quote(text)} is nested too deeply") from error


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise BadSpec(f"{quote(key)} is there twice in one JSON object")
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise BadSpec(f"{quote(name)} is no JSON value")


def _event(found: dict[str, Any], text: str) -> EventSpec:
    for key in found:
        if key not in KEYS:
            raise BadSpec(
                f"{quote(key)} is no key of an event{nearest(key, KEYS)} "
                f"(the keys are {', '.join(KEYS)}; what the event carries goes into fields)"
            )
    if not isinstance(found.get("name"), str):
        raise BadSpec(f"{quote(text)} has no name; an event is written {EXAMPLE}")
    return EventSpec(
        name=_name(found["name"]),
        fields=_fields(found),
        id=_id(found),
        timestamp=_timestamp(found),
    )


def _fields(found: dict[str, Any]) -> dict[str, Any] | None:
    name = found["name"]
    if "fields" not in found:
        return None
    fields = found["fields"]
    if not isinstance(fields, dict):
        raise BadSpec(f"fields of {quote(name)} is {quote(json.dumps(fields))}, which is no JSON object")
    if len(fields) > FIELD_LIMIT:
        raise BadSpec(f"{quote(name)} has {len(fields):,} fields; {FIELD_LIMIT:,} is the most")
    size = len(json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > PAYLOAD_LIMIT:
        longest = max(fields, key=lambda key: len(json.dumps(fields[key])))
        raise BadSpec(
            f"the fields of {quote(name)} are {size:,} bytes, most of them in {quote(longest)}; "
            f"{PAYLOAD_LIMIT:,} is the most: send a path or an id and load the rest in the flow"
        )
    return fields


def _id(found: dict[str, Any]) -> str | None:
    given = found.get("id")
    if "id" in found and not (isinstance(given, str) and given.strip()):
        raise BadSpec(f"id of {quote(found['name'])} is {quote(json.dumps(given))}, which is no text")
    return given


def _timestamp(found: dict[str, Any]) -> int | None:
    if "timestamp" not in found:
        return None
    given = found["timestamp"]
    if isinstance(given, int) and not isinstance(given, bool) and given > 0 and _has_date(given):
        return given
    raise BadSpec(
        f"timestamp of {quote(found['name'])} is {quote(json.dumps(given))}; "
        "it is a whole number of seconds since 1970"
    )


def _has_date(seconds: int) -> bool:
    try:
        datetime.fromtimestamp(seconds)
    except (ValueError, OverflowError, OSError):
        return False
    return True
