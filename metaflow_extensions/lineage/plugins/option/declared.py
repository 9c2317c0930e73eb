"""What a flow's decorators declare that it listens to; of a live flow or of one in a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# Set by @trigger_on, and by nothing that Metaflow ships; a run's `_graph_info` records it.
STRICT_MARK = "trigger_on"
_SINGLE = ("event", "flow")
_SEVERAL = ("events", "flows")
# What Metaflow's `to_pod` makes of None in a record.
_UNSET: tuple[Any, ...] = (None, "None", [], {}, "")


def declared_count(decorators: Iterable[tuple[str, Mapping[str, Any]]]) -> int | None:
    """How many flows and events the decorators name; None if a function decides it.

    Parameters
    ----------
    decorators : iterable of (name, attributes)

    Examples
    --------
    >>> declared_count([("trigger_on_finish", {"flow": None, "flows": ["TrainingFlow", "DataFlow"]})])
    2
    """
    count = 0
    for name, attributes in decorators:
        if name not in ("trigger", "trigger_on_finish"):
            continue
        count += sum(attributes.get(key) not in _UNSET for key in _SINGLE)
        for key in _SEVERAL:
            several = attributes.get(key)
            if several in _UNSET:
                continue
            if not isinstance(several, (list, tuple)):
                return None
            count += len(several)
    return count or None


def is_strict(decorators: Iterable[tuple[str, Mapping[str, Any]]]) -> bool:
    """Whether one of the decorators is @trigger_on, whose contract is the strict one."""
    return any(name == "trigger" and bool(attributes.get(STRICT_MARK)) for name, attributes in decorators)
