"""`Run.trigger` that knows more: payloads, `type`, `data`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..metadata.causes import recorded_causes
from .recorded import Recorded, start_task
from .trigger import MetaflowTrigger

if TYPE_CHECKING:
    from metaflow import Run


def run_trigger(run: Run, strict: bool | None = None) -> MetaflowTrigger | None:
    """What triggered the run, from the metadata of its start task; None if nothing did.

    Parameters
    ----------
    run : metaflow.Run
    strict : bool, optional
        The contract to keep; by default the one that the run's own decorators stand for.

    Raises
    ------
    ValueError
        The record is broken.
    """
    task = start_task(run)
    if task is None:
        return None
    details = Recorded(task, strict)
    records = [cause.record() for cause in recorded_causes(details.fields)]
    return MetaflowTrigger(records, details=details) if records else None


def add_to_client(run_class: Any) -> None:
    """Make `Run.trigger` a `MetaflowTrigger`, and what it was where that fails."""
    released = run_class.trigger

    def trigger(run: Run) -> Any:
        try:
            return run_trigger(run)
        except Exception:  # whatever it is, the released property is to have the last word
            return released.fget(run)

    trigger.__doc__ = released.__doc__
    run_class.trigger = property(trigger)
