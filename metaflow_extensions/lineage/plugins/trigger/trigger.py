"""`MetaflowTrigger`: the runs and events that triggered a run.

This module imports nothing of Metaflow at its top, so that it can be imported before Metaflow is.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..metadata.causes import printable
from .data import TriggerData
from .event import KnownDetails, MetaflowEvent, TriggerDetails

if TYPE_CHECKING:
    from metaflow import Run

__all__ = ["AmbiguousTrigger", "KnownDetails", "MetaflowEvent", "MetaflowTrigger", "TriggerDetails"]


class AmbiguousTrigger(ValueError):
    """`trigger.data` is undefined, because not exactly one run triggered this one."""


class MetaflowTrigger:
    """The runs and events that triggered a run: `current.trigger` and `Run.trigger`.

    Parameters
    ----------
    records : iterable of mappings
        Entries of the `execution-triggers` record: ``name``, ``id``, ``timestamp``, ``type``.
    details : TriggerDetails, optional
        The source of payloads and of the flow's declaration. With ``details.strict()`` the contract
        is the strict one: `event` and `run` are None when several causes triggered the run. Without
        it they are the latest, as in Metaflow as released.

    Examples
    --------
    >>> trigger = MetaflowTrigger(
    ...     [{"name": "first", "id": "e1", "timestamp": None, "type": "event"}],
    ...     details=KnownDetails({("first", "e1"): {"x": 1}}, declared=2),
    ... )
    >>> trigger
    <MetaflowTrigger: event first>
    >>> trigger.type, trigger["first"].payload
    ('ONE-OF-EVENTS', {'x': 1})
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> MetaflowTrigger:
        return super().__new__(_also_stock(cls))

    def __init__(
        self, records: Iterable[Mapping[str, Any]] = (), *, details: TriggerDetails | None = None
    ) -> None:
        self._details: TriggerDetails = details or KnownDetails()
        latest_first = sorted(records, key=_sort_key, reverse=True)
        self._events = [MetaflowEvent._of(record, self._details) for record in latest_first]
        self._run_paths = list(dict.fromkeys(event._run for event in self._events if event._run))
        self._run_objects: dict[str, Run] = {}
        self._data: TriggerData | None = None

    @property
    def event(self) -> MetaflowEvent | None:
        """The triggering event, or None if several triggered the run: then use `events`."""
        return self._events[0] if self._events and not self._withheld() else None

    @property
    def events(self) -> list[MetaflowEvent] | None:
        """All triggering events, the latest first."""
        return list(self._events) or None

    @property
    def run(self) -> Run | None:
        """The triggering run, or None if an event triggered this run, or several causes did."""
        return self._run(self._run_paths[0]) if self._run_paths and not self._withheld() else None

    @property
    def runs(self) -> list[Run] | None:
        """All triggering runs, the latest first; None if only events triggered this run."""
        return [self._run(path) for path in self._run_paths] or None

    @property
    def data(self) -> TriggerData:
        """The artifacts of the only triggering run, each loaded once, on access.

        Raises
        ------
        AmbiguousTrigger
            No run triggered this one, or several did: then use ``trigger['TrainingFlow'].data``.
        """
        if len(self._run_paths) != 1:
            raise AmbiguousTrigger(printable(self._no_data()))
        if self._data is None:
            end = next(event.id for event in self._events if event._run)
            self._data = TriggerData(self._run_paths[0], end)
        return self._data

    @property
    def type(self) -> str:
        """`RUN`, `MANY-RUNS`, `ONE-OF-RUNS`, `EVENT`, `MANY-EVENTS` or `ONE-OF-EVENTS`.

        Several that all arrived are `MANY-…`; one that arrived of several that the flow listens to
        is `ONE-OF-…`. Runs together with events are `MANY-EVENTS`.
        """
        events = self._causes() - len(self._run_paths)
        kind = "EVENT" if events else "RUN"
        if self._causes() > 1:
            return f"MANY-{kind}S"
        return f"ONE-OF-{kind}S" if (self._details.declared() or 1) > 1 else kind

    def __getitem__(self, key: str) -> Run | MetaflowEvent:
        """The triggering run of the flow `key`, or the triggering event of that name."""
        for path in self._run_paths:
            if path.split("/")[0] == key:
                return self._run(path)
        for event in self._events:
            if event.name == key and not event._run:
                return event
        raise KeyError(f"{key} did not trigger this run; {' and '.join(self._keys())} did")

    def __contains__(self, key: object) -> bool:
        return key in self._keys()

    def __iter__(self) -> Iterator[MetaflowEvent]:
        return iter(self._events)

    def __repr__(self) -> str:
        causes = {event._cause: event for event in self._events}
        said = [
            f"{f'run {event._run}' if event._run else f'event {event.name}'}"
            f"{f' at {event.timestamp}' if event.timestamp else ''}"
            for event in causes.values()
        ]
        return printable(f"<MetaflowTrigger: {', '.join(said) or 'nothing'}>")

    def __reduce__(self) -> tuple[Any, ...]:
        # See MetaflowEvent.__reduce__.
        if not self._details.strict():
            from metaflow.events import Trigger as Stock

            return Stock, ([_record(event) for event in self._events],)
        payloads = {(event.name, event.id): event.payload for event in self._events if event.payload}
        records = [_record(event) for event in self._events]
        return _restored_trigger, (records, payloads, self._details.declared())

    def _withheld(self) -> bool:
        return self._causes() > 1 and self._details.strict()

    def _causes(self) -> int:
        """The distinct causes: a run whose end step has its own name is announced by two events."""
        return len({event._cause for event in self._events})

    def _keys(self) -> list[str]:
        flows = [path.split("/")[0] for path in self._run_paths]
        events = [str(event.name) for event in self._events if not event._run]
        return list(dict.fromkeys([*flows, *events]))

    def _run(self, path: str) -> Run:
        if path not in self._run_objects:
            from metaflow import Run

            self._run_objects[path] = Run(path, _namespace_check=False)
        return self._run_objects[path]

    def _no_data(self) -> str:
        if not self._run_paths:
            return f"no run triggered this one, so it has no trigger.data; {' and '.join(self._keys())} did"
        flows = list(dict.fromkeys(path.split("/")[0] for path in self._run_paths))
        instead = " or ".join(f"trigger['{flow}'].data" for flow in flows)
        return f"{len(self._run_paths)} runs triggered this one: use {instead} instead of trigger.data"


def _sort_key(record: Mapping[str, Any]) -> float:
    timestamp = record.get("timestamp")
    if isinstance(timestamp, datetime):
        return timestamp.timestamp()
    if isinstance(timestamp, (int, float)) and timestamp == timestamp:  # NaN cannot be sorted
        return timestamp
    return float("-inf")


def _record(event: MetaflowEvent) -> dict[str, Any]:
    timestamp = event.timestamp
    seconds = int(timestamp.timestamp()) if isinstance(timestamp, datetime) else timestamp
    return {"name": event.name, "id": event.id, "timestamp": seconds, "type": event.type}


def _also_stock(cls: type) -> type:
    """`cls`, or a subclass that is also a `metaflow.events.Trigger`, since users test for it."""
    events = sys.modules.get("metaflow.events")
    stock = getattr(events, "Trigger", None)
    return cls if stock is None or issubclass(cls, stock) else _joined(cls, stock)


@functools.cache
def _joined(cls: type, stock: type) -> type:
    return type(cls.__name__, (cls, stock), {"__module__": cls.__module__, "__doc__": cls.__doc__})


def _restored_trigger(
    records: list[dict[str, Any]], payloads: Mapping[tuple[str, str], Any], declared: int | None
) -> MetaflowTrigger:
    return MetaflowTrigger(records, details=KnownDetails(payloads, declared, strict=True))
