"""Stand-ins for values of a decorator that could not be worked out, as plain data.

The inspector puts one where a function or an expression would be; records of past runs hold what
Metaflow's `to_pod` leaves of a function instead. Both are recognised here.
"""

from __future__ import annotations

import re
from typing import Any

_KEY = "lineage:unresolved"
# What to_pod leaves of a function: its qualified name, or the representation of the object.
_FUNCTION = re.compile(r"<locals>|<lambda>|<function|functools\.partial|<bound method")


def unresolved(reason: str, *, refused: bool = False) -> dict[str, Any]:
    """A stand-in for a value that is not known.

    Parameters
    ----------
    reason
        Why it is not known, as a noun phrase and what became of it: "the function make_name, which …".
    refused
        Whether Metaflow refuses such a value with any command.
    """
    return {_KEY: reason, "refused": refused}


def why_unresolved(value: object) -> str | None:
    """Why a value is not known; None where it is.

    Examples
    --------
    >>> why_unresolved("make.<locals>.name")
    "the function make.<locals>.name; read the flow's file for what it returns"
    >>> why_unresolved("orders.ready")
    """
    if isinstance(value, dict) and _KEY in value:
        return str(value[_KEY])
    if isinstance(value, str) and _FUNCTION.search(value):
        return f"the function {value}; read the flow's file for what it returns"
    return None


def is_refused(value: object) -> bool:
    """Whether a value is a stand-in for one that Metaflow refuses."""
    return isinstance(value, dict) and _KEY in value and bool(value.get("refused"))
