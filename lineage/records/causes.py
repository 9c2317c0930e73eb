"""Why a run exists: the edges into it, from its record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lineage.records.model import RunRecord, TriggerEvent


@dataclass(frozen=True)
class Cause:
    """One reason why a run exists: an edge into it."""

    key: str
    kind: str  # "trigger" or "resume"
    event: TriggerEvent | None


def causes(record: RunRecord, origin: RunRecord | None) -> list[Cause]:
    """The distinct causes of a run, each once, in the order in which they are recorded.

    A resumed run shows the triggers of the run that it resumed, as the stock client does. Those are
    its origin's causes, not a second set of its own, so only the `resume` cause is left of them.

    Parameters
    ----------
    record
        The run.
    origin
        The run that it resumed; None if it resumed none, or one that no longer exists.
    """
    found: dict[str, Cause] = {}
    if record.origin:
        found[record.origin] = Cause(record.origin, "resume", None)
    for event in own_triggers(record, origin):
        # a custom end step emits two events for one cause; the well-known .end names it
        if event.node not in found or (found[event.node].event and event.name.endswith(".end")):
            found[event.node] = Cause(event.node, "trigger", event)
    return list(found.values())


def own_triggers(record: RunRecord, origin: RunRecord | None) -> Iterable[TriggerEvent]:
    """A run's triggers without those that are its origin's.

    What was inherited from a run that no longer exists is nobody's: read now, the record would not have it.
    """
    if record.origin is None or origin is None:
        return () if record.inherited else record.triggers
    inherited = {event.node for event in origin.triggers}
    return [event for event in record.triggers if event.node not in inherited]
