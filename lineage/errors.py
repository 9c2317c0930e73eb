"""The exceptions of lineage, as one tree.

```
LineageError
├── InvalidArgument            (also ValueError)   rejected before anything is read
│   └── InvalidSelection                           a selection with a syntax error
├── NotFound                   (also LookupError)
│   ├── RunNotFound                                the store was read and has no such run
│   └── FlowNotFound                               … no such flow, or one without runs
├── SourceError                                    the store could not be read
│   ├── SourceUnreachable      (also OSError)      no answer, or none in time
│   ├── SourceDenied           (also PermissionError)
│   └── SourceInvalid                              it answered, but is not a Metaflow store
├── ArtifactUnavailable                            a recorded value that cannot be loaded
├── Cancelled                                      a long read was cancelled
├── ExportError                                    a format or an endpoint that cannot take a lineage
│   ├── EndpointUnreachable    (also OSError)      no answer, or none in time
│   └── EndpointDenied         (also PermissionError)
├── CheckFailed                (also AssertionError)  a run does not meet the conditions of a check
├── ReplayError                                    a flow that could not be run again
└── MissingExtra               (also ImportError)  an optional dependency is not installed
```

Every message says what happened, to which run, and what to do next.
"""

from __future__ import annotations

from lineage.text import escape_message
from metaflow_extensions.lineage.plugins.near_names import nearest as nearest  # for messages of these

__all__ = [
    "ArtifactUnavailable",
    "Cancelled",
    "CheckFailed",
    "EndpointDenied",
    "EndpointUnreachable",
    "ExportError",
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
    """Base class of all lineage exceptions."""

    def __str__(self) -> str:
        """The message, without control characters: parts of it may come from a store or a server."""
        return escape_message(super().__str__())


class InvalidArgument(LineageError, ValueError):
    """An argument that is invalid for any store."""


class InvalidSelection(InvalidArgument):
    """A selection with a syntax error.

    Attributes
    ----------
    position : int
        Index of the offending character, counted from 0.
    reason : str
        The problem, without the pointer to its position.
    """

    def __init__(self, message: str, position: int = 0, reason: str = "") -> None:
        super().__init__(message)
        self.position = position
        self.reason = reason or message


class NotFound(LineageError, LookupError):
    """A requested run or flow is not in the store."""


class RunNotFound(NotFound):
    """The run is not in the store."""


class FlowNotFound(NotFound):
    """The flow is not in the store, or has no runs."""


class SourceError(LineageError):
    """The store could not be read."""


class SourceUnreachable(SourceError, OSError):
    """The store did not answer, or not in time."""


class SourceDenied(SourceError, PermissionError):
    """The store denied access: no permission, or an expired token."""


class SourceInvalid(SourceError):
    """The address or path is not that of a Metaflow store."""


class ArtifactUnavailable(LineageError):
    """The value of a recorded artifact cannot be loaded."""


class Cancelled(LineageError):
    """A long read was cancelled; a catalog keeps what was read so far."""


class ExportError(LineageError):
    """A lineage could not be written in a format, or an endpoint did not take it."""


class EndpointUnreachable(ExportError, OSError):
    """The endpoint that a lineage was sent to gave no answer, or none in time."""


class EndpointDenied(ExportError, PermissionError):
    """The endpoint refused what was sent: no permission, or an expired key."""


class CheckFailed(LineageError, AssertionError):
    """A run does not meet a condition; the message names the path that breaks it."""


class ReplayError(LineageError):
    """A flow could not be run again."""


class MissingExtra(LineageError, ImportError):
    """An optional dependency is not installed; the message has the `pip install` command."""
