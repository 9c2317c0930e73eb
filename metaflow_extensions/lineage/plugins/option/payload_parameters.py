"""Map the payload of an event to the flow's parameters, as Argo does.

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
# Types whose conversion depends only on the value, so that it can be checked beforehand.
SIMPLE_TYPES = (int, float, bool, str)


def parameter_values(
    flow: Any, events: Sequence[DeclaredEvent], entries: Iterable[TriggerEntry]
) -> dict[str, str]:
    """Values for parameters of the `run` command, by the names that click gives them.

    Raises
    ------
    TriggerRefused
        If deployment would refuse a mapping, or a field does not fit the parameter's type.
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
    """For each event, the mapping from parameters (in lower case) to payload fields.

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
        mapped = (
            f"the event {quote(event.name)} maps its field {quote(field)} to the parameter {quote(parameter)}"
        )
        if not PAYLOAD_KEY.fullmatch(field):
            raise TriggerRefused(f"{mapped}, but a field's name consists of letters, digits and underscores")
        if name not in known:
            raise TriggerRefused(f"{mapped}, which the flow does not have")
        if name in seen:
            raise TriggerRefused(f"{mapped}, which another mapping already sets")
        seen.add(name)
        mapping[name] = field
    return mapping


def published(entry: TriggerEntry) -> Mapping[str, Any]:
    """The payload as in production, with the fields that `ArgoEvent.publish` adds."""
    if entry.type != "event":
        return {}
    date = datetime.fromtimestamp(entry.timestamp, timezone.utc).strftime("%Y%m%d")
    added = {"name": entry.name, "id": entry.id, "timestamp": entry.timestamp, "utc_date": date}
    return {**added, **(entry.payload or {})}


def click_name(parameter: str) -> str:
    """Click's key for a parameter."""
    return parameter.replace("-", "_").lower()


def _text(parameter: Any, event: str, field: str, value: Any) -> str | None:
    """The value as it would stand on a command line; None to leave the parameter alone."""
    if value is None and parameter.kwargs.get("default") is None:
        return None  # Argo omits a null if there is no default
    text = _plain(value)
    kind = parameter.kwargs.get("type")
    if kind in SIMPLE_TYPES or isinstance(kind, JSONTypeClass):
        try:
            click.types.convert_type(kind).convert(text, None, None)
        except click.UsageError as error:
            raise TriggerRefused(
                f"the field {quote(field)} of the event {quote(event)} does not fit the parameter "
                f"{parameter.name}: {error.message}"
            ) from error
    return text


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON has one type of number: Argo passes 1.0 on as 1
    return json.dumps(value)
