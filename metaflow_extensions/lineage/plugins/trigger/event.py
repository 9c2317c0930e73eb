"""`MetaflowEvent`: one run or event that triggered a run.

This module imports nothing of Metaflow at its top, so that it can be imported before Metaflow is.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from ..metadata.causes import from_epoch, identity


class TriggerDetails(Protocol):
    """Details of a trigger that Metaflow's record does not contain; each may cost a read."""

    def payload(self, name: str, event_id: str) -> Mapping[str, Any] | None:
        """The payload of the event, or None."""

    def declared(self) -> int | None:
        """How many flows and events the flow listens to; None if unknown."""

    def strict(self) -> bool:
        """Whether `event` and `run` are None when several causes triggered the run."""


class KnownDetails:
    """Details that are already in memory."""

    def __init__(
        self,
        payloads: Mapping[tuple[str, str], Mapping[str, Any]] | None = None,
        declared: int | None = None,
        strict: bool = False,
    ) -> None:
        self._payloads = payloads or {}
        self._declared = declared
        self._strict = strict

    def payload(self, name: str, event_id: str) -> Mapping[str, Any] | None:
        return self._payloads.get((name, event_id))

    def declared(self) -> int | None:
        return self._declared

    def strict(self) -> bool:
        return self._strict


class MetaflowEvent(namedtuple("MetaflowEvent", ["name", "id", "timestamp", "type"])):
    """One run or event that triggered a run; a tuple of four, as Metaflow's own.

    Attributes
    ----------
    name : str
        Name of the event; for a run ``metaflow.<Flow>.<end step>``.
    id : str
        Identifies the event; for a run the pathspec of its end task.
    timestamp : datetime
        When the event was created: local time without a time zone, in whole seconds.
    type : str
        ``"run"`` or ``"event"``.
    """

    # Unlike a plain namedtuple it has a dictionary, for the source of the payload and for what
    # distinguishes the event from others of its name.
    _details: TriggerDetails = KnownDetails()
    _identity: str = ""

    @classmethod
    def _of(cls, record: Mapping[str, Any], details: TriggerDetails) -> MetaflowEvent:
        event = cls(record.get("name"), record.get("id"), _when(record.get("timestamp")), record.get("type"))
        event._details = details
        event._identity = identity(record.get("id"), from_epoch(record.get("timestamp")))
        return event

    @property
    def payload(self) -> dict[str, Any] | None:
        """The fields that the event carried; None if it carried none."""
        payload = self._details.payload(self.name, self.id)
        return dict(payload) if payload else None

    @property
    def _run(self) -> str | None:
        """Pathspec of the triggering run; None for an event."""
        return "/".join(str(self.id).split("/")[:2]) if self.type == "run" else None

    @property
    def _cause(self) -> tuple[str, ...]:
        """Events with the same key are one cause: a run or an event may be announced twice."""
        return (self._run,) if self._run else (str(self.name), self._identity)

    def __reduce__(self) -> tuple[Any, ...]:
        # A flow may store `current.trigger.event` as an artifact, which must load without this extension:
        # pickle what Metaflow alone would have pickled.
        if not self._details.strict():
            from metaflow.events import MetaflowEvent as Stock

            return Stock, tuple(self)
        return _restored_event, (tuple(self), self.payload)


def _when(timestamp: Any) -> Any:
    """Convert seconds since 1970 as Metaflow does; any other value is returned unchanged."""
    if not timestamp or isinstance(timestamp, bool) or not isinstance(timestamp, int):
        return timestamp
    try:
        return datetime.fromtimestamp(timestamp)
    except (ValueError, OverflowError, OSError):  # milliseconds, mostly
        return timestamp


def _restored_event(fields: tuple[Any, ...], payload: Mapping[str, Any] | None) -> MetaflowEvent:
    event = MetaflowEvent(*fields)
    event._details = KnownDetails({(event.name, event.id): payload} if payload else None, strict=True)
    return event
