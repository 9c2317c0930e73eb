"""Errors of Metaflow's client, as errors of ours."""

from __future__ import annotations

from typing import NoReturn
from urllib.parse import urlsplit, urlunsplit

from lineage.errors import LineageError, SourceDenied, SourceInvalid, SourceUnreachable

# for messages about an address that does not parse: often because of a password
ESCAPES = "In a user's name or a password / is written %2F, ? %3F, # %23, @ %40 and : %3A"


def without_password(address: str) -> str:
    """A URL without the user and password that it may carry, and without its query.

    Examples
    --------
    >>> without_password("https://ann:secret@metadata.example.com/api?token=1")
    'https://metadata.example.com/api'
    >>> without_password("https://ann:sec/ret@metadata.example.com")  # a slash that should be %2F
    'https://metadata.example.com'
    """
    parts = urlsplit(address)
    if "@" in parts.path + parts.query + parts.fragment and "@" not in parts.netloc and ":" in parts.netloc:
        parts = urlsplit(f"{parts.scheme}://{address.rpartition('@')[2]}")
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def raise_source_error(exc: Exception, label: str) -> NoReturn:
    """Raise the error of our tree that an exception of Metaflow's client stands for."""
    if isinstance(exc, LineageError):
        raise exc
    code = getattr(exc, "http_code", None)
    reason = str(exc).strip().splitlines()[0] if str(exc).strip() else type(exc).__name__
    if isinstance(exc, ValueError):  # an answer that is no JSON; in requests that is an OSError, too
        raise SourceInvalid(f"The {label} cannot be read as a Metaflow store: {reason}") from exc
    if code in (401, 403) or isinstance(exc, PermissionError):
        raise SourceDenied(f"The {label} refused to answer ({reason}); is the access right?") from exc
    if isinstance(exc, OSError) or type(exc).__name__ == "ServiceException":
        raise SourceUnreachable(f"The {label} gave no usable answer: {reason}") from exc
    raise SourceInvalid(f"The {label} cannot be read as a Metaflow store: {reason}") from exc
