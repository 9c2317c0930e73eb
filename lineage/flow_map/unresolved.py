"""Stand-ins for values of a decorator that could not be evaluated, as text that no name can be.

The inspector puts one where a function or an expression would be; records of past runs hold what
Metaflow's `to_pod` leaves of a function instead. Both are recognised here.
"""

from __future__ import annotations

import re

_UNKNOWN, _REFUSED = "lineage: not known: ", "lineage: refused: "
# What to_pod leaves of a function: its qualified name, or the representation of the object.
_FUNCTION = re.compile(r"<locals>|<lambda>|<function|functools\.partial|<bound method")


def unresolved(reason: str, *, refused: bool = False) -> str:
    """A stand-in for a value that is not known.

    Parameters
    ----------
    reason
        The function or expression, and why its value is not known: "the function made failed with …".
    refused
        Whether Metaflow refuses such a value with any command.
    """
    return (_REFUSED if refused else _UNKNOWN) + reason


def why_unresolved(value: object) -> str | None:
    """Why a value is not known; None where it is.

    Examples
    --------
    >>> why_unresolved("make.<locals>.name")
    "the function make.<locals>.name; read the flow's file for the value that it returns"
    >>> why_unresolved("orders.ready")
    """
    if not isinstance(value, str):
        return None
    for mark in (_UNKNOWN, _REFUSED):
        if value.startswith(mark):
            return value.removeprefix(mark)
    return function_reason(value) if _FUNCTION.search(value) else None


def function_reason(name: str) -> str:
    """Why the value of a function is not known from a record."""
    return f"the function {name}; read the flow's file for the value that it returns"


def is_refused(value: object) -> bool:
    """Whether a value is a stand-in for one that Metaflow refuses."""
    return isinstance(value, str) and value.startswith(_REFUSED)
