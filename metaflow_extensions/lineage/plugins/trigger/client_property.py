"""`Run.trigger` in Metaflow's client; what it needs is imported when it is asked for."""

from __future__ import annotations

from typing import Any


def add_to_client(run_class: Any) -> None:
    """Make `Run.trigger` a `MetaflowTrigger`, and what it was where that fails."""
    released = run_class.trigger

    def trigger(run: Any) -> Any:
        try:
            from .of_run import run_trigger

            return run_trigger(run)
        except Exception:  # whatever it is, the released property is to have the last word
            return released.fget(run)

    trigger.__doc__ = released.__doc__
    run_class.trigger = property(trigger)
