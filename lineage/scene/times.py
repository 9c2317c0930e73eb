"""Format times for the scene."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second, or to the millisecond if there is a fraction."""
    if moment is None:
        return None
    parts = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(timezone.utc).isoformat(timespec=parts).replace("+00:00", "Z")


def began(node: Mapping[str, Any]) -> datetime | None:
    """When a run began or an event happened, in UTC; without a zone, in a graph made by hand, it is local."""
    moment: datetime | None = node.get("created_at") or node.get("timestamp")
    if moment is None or moment.tzinfo is timezone.utc:  # nearly always
        return moment
    return moment.astimezone(timezone.utc)
