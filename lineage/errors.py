"""What can go wrong, as one tree.

```
LineageError
├── InvalidArgument            (also ValueError)   refused before anything is read
│   └── InvalidSelection                           a selection that does not parse
├── NotFound                   (also LookupError)
│   ├── RunNotFound                                the store was read and has no such run
│   └── FlowNotFound                               … no such flow, or one without runs
├── SourceError                                    the place where runs are recorded
│   ├── SourceUnreachable      (also OSError)      no answer, or none in time
│   ├── SourceDenied           (also PermissionError)
│   └── SourceInvalid                              it answered, but is no Metaflow store
├── ArtifactUnavailable                            a value that is recorded but cannot be loaded
├── Cancelled                                      somebody stopped a long read
├── ReplayError                                    a flow that could not be run again
└── MissingExtra               (also ImportError)  an optional dependency is not installed
```

Every message says what happened, to which run, and what to do next.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "ArtifactUnavailable",
    "Cancelled",
    "FlowNotFound",
    "InvalidArgument",
    "InvalidSelection",
    "LineageError",
    "MissingExtra",
    "NotFound",
    "ReplayError",
    "RunNotFound",
    "SourceDenied",
    "SourceError",
    "SourceInvalid",
    "SourceUnreachable",
]


class LineageError(Exception):
    """Base of everything that lineage raises on purpose."""


class InvalidArgument(LineageError, ValueError):
    """An argument that no store could make sense of."""


class InvalidSelection(InvalidArgument):
    """A selection that does not parse.

    Attributes
    ----------
    position : int
        The offending character, from 0.
    reason : str
        What is wrong, without the picture of where.
    """

    def __init__(self, message: str, position: int = 0, reason: str = "") -> None:
        super().__init__(message)
        self.position = position
        self.reason = reason or message


class NotFound(LineageError, LookupError):
    """Something that was asked for by name is not in the store."""


class RunNotFound(NotFound):
    """The store has no such run."""


class FlowNotFound(NotFound):
    """The store has no such flow, or the flow has no runs."""


class SourceError(LineageError):
    """The place where runs are recorded could not be read."""


class SourceUnreachable(SourceError, OSError):
    """The store gave no answer, or none in time."""


class SourceDenied(SourceError, PermissionError):
    """The store refused to answer: no permission, or an expired token."""


class SourceInvalid(SourceError):
    """Something answered, but it is not a Metaflow store."""


class ArtifactUnavailable(LineageError):
    """An artifact is recorded, but its value cannot be loaded."""


class Cancelled(LineageError):
    """A long read was stopped from outside; a catalog keeps what it has by then."""


class ReplayError(LineageError):
    """A flow could not be run again."""


class MissingExtra(LineageError, ImportError):
    """An optional dependency is not installed; the message has the `pip install` to type."""


def nearest(name: str, known: Iterable[str], count: int = 3) -> str:
    """A half-sentence with the known names most like `name`, or an empty string.

    Examples
    --------
    >>> nearest("TraningFlow", ["TrainingFlow", "ETLFlow"])
    '; did you mean TrainingFlow?'
    >>> nearest("aflow", ["AFlow", "BFlow"])
    '; did you mean AFlow?'
    """
    alike = sorted(((_likeness(name.casefold(), one.casefold()), one) for one in known), reverse=True)
    enough = max(0.6, alike[0][0] - 0.2) if alike else 0
    found = [one for likeness, one in alike if likeness >= enough][:count]
    return f"; did you mean {' or '.join(found)}?" if found else ""


def _likeness(one: str, other: str) -> float:
    """From 0 to 1; that both end in Flow, as nearly all do, says nothing."""
    if one.endswith("flow") and other.endswith("flow"):
        one, other = one[:-4], other[:-4]
    return difflib.SequenceMatcher(None, one, other).ratio()
