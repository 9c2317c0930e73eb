"""The property `Run.trigger` of Metaflow's client; it imports its modules on access."""

from __future__ import annotations

from typing import Any


def add_to_client(run_class: Any) -> None:
    """Make `Run.trigger` a `MetaflowTrigger`, or leave it as released if that fails."""
    released = run_class.trigger

    def trigger(run: Any) -> Any:
        try:
            from .of_run import run_trigger

            return run_trigger(run)
        except Exception:  # on any error fall back to the released property
            return released.fget(run)

    trigger.__doc__ = released.__doc__
    run_class.trigger = property(trigger)
