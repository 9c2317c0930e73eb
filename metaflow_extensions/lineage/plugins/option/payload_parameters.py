"""From what an event carries to the flow's parameters, as Argo would do it.

The rules are those of `_process_triggers` and `_compile_sensor` in Metaflow's
`plugins/argo/argo_workflows.py`, and of `plugins/argo/set_parameters.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from metaflow._vendor import click
from metaflow.parameters import JSONTypeClass

from ..metadata.causes import TriggerEntry
from .declared import DeclaredEvent
from .refusal import TriggerRefused
from .specs import quote

PAYLOAD_KEY = re.compile(r"[A-Za-z0-9_]+")
# Types whose conversion depends on nothing but the value, so that it can be tried beforehand.
SIMPLE_TYPES = (int, float, bool, str)


def parameter_values(
    flow: Any, events: Sequence[DeclaredEvent], entries: Iterable[TriggerEntry]
) -> dict[str, str]:
    """Values for parameters of the `run` command, by the names that click gives them.

    Raises
    ------
    TriggerRefused
        A mapping that deployment would refuse, or a field that the parameter's type cannot take.
    """
    known = {
        param.name.lower(): param for _, param in flow._get_parameters() if not param.IS_CONFIG_PARAMETER
    }
    mapped = mappings(events, list(known))
    values = {}
    for entry in entries:
        carried = published(entry)
        for name, field in mapped.get(entry.name, {}).items():
            if field in carried:
                text = _text(known[name], entry.name, field, carried[field])
                if text is not None:
                    values[click_name(known[name].name)] = text
    return values


def mappings(events: Sequence[DeclaredEvent], known: Sequence[str]) -> dict[str, dict[str, str]]:
    """For each event, which parameter (in lower case) takes which field.

    Examples
    --------
    >>> mappings([DeclaredEvent("first", {})], ["alpha"])
    {'first': {'alpha': 'alpha'}}
    >>> mappings([DeclaredEvent("first", {}), DeclaredEvent("second", {})], ["alpha"])
    {'first': {}, 'second': {}}
    """
    if len(events) == 1 and not events[0].parameters:
        return {events[0].name: dict(zip(known, known, strict=True))}
    seen: set[str] = set()
    return {event.name: _mapping(event, known, seen) for event in events}


def _mapping(event: DeclaredEvent, known: Sequence[str], seen: set[str]) -> dict[str, str]:
    mapping = {}
    for parameter, field in event.parameters.items():
        name = parameter.lower()
        said = (
            f"the event {quote(event.name)} maps its field {quote(field)} to the parameter {quote(parameter)}"
        )
        if not PAYLOAD_KEY.fullmatch(field):
            raise TriggerRefused(f"{said}, but only letters, digits and underscores make a field's name")
        if name not in known:
            raise TriggerRefused(f"{said}, which the flow does not have")
        if name in seen:
            raise TriggerRefused(f"{said}, which another mapping sets already")
        seen.add(name)
        mapping[name] = field
    return mapping


def published(entry: TriggerEntry) -> Mapping[str, Any]:
    """The payload as it arrives in production: `ArgoEvent.publish` adds fields of its own."""
    if entry.type != "event":
        return {}
    date = datetime.fromtimestamp(entry.timestamp, timezone.utc).strftime("%Y%m%d")
    added = {"name": entry.name, "id": entry.id, "timestamp": entry.timestamp, "utc_date": date}
    return {**added, **(entry.payload or {})}


def click_name(parameter: str) -> str:
    """The key that click knows a parameter by."""
    return parameter.replace("-", "_").lower()


def _text(parameter: Any, event: str, field: str, value: Any) -> str | None:
    """The value as it would stand on a command line; None to leave the parameter alone."""
    if value is None and parameter.kwargs.get("default") is None:
        return None  # Argo leaves out a null where there is no default
    text = _plain(value)
    kind = parameter.kwargs.get("type")
    if kind in SIMPLE_TYPES or isinstance(kind, JSONTypeClass):
        try:
            click.types.convert_type(kind).convert(text, None, None)
        except click.UsageError as error:
            raise TriggerRefused(
                f"the field {quote(field)} of the event {quote(event)} cannot be the parameter "
                f"{parameter.name}: {error.message}"
            ) from error
    return text


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON has one kind of number: Argo hands 1.0 on as 1
    return json.dumps(value)
