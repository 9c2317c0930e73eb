"""Addresses without passwords, and the errors of Metaflow's client mapped to ours."""

from __future__ import annotations

from typing import NoReturn
from urllib.parse import urlsplit, urlunsplit

from lineage.errors import LineageError, SourceDenied, SourceInvalid, SourceUnreachable

# for messages about addresses that do not parse, often because of a password
ESCAPES = "In a user name or password, write / as %2F, ? as %3F, # as %23, @ as %40 and : as %3A"


def without_password(address: str) -> str:
    """Strip the user, password and query from a URL.

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
    """Raise the `SourceError` that corresponds to an exception of Metaflow's client."""
    if isinstance(exc, LineageError):
        raise exc
    code = getattr(exc, "http_code", None)
    reason = str(exc).strip().splitlines()[0] if str(exc).strip() else type(exc).__name__
    if isinstance(exc, ValueError):  # an answer that is not JSON; in requests it is also an OSError
        raise SourceInvalid(f"The {label} cannot be read as a Metaflow store: {reason}") from exc
    if code in (401, 403) or isinstance(exc, PermissionError):
        raise SourceDenied(
            f"The {label} denied access ({reason}); check the credentials and permissions"
        ) from exc
    if isinstance(exc, OSError) or type(exc).__name__ == "ServiceException":
        raise SourceUnreachable(f"The {label} did not give a usable answer: {reason}") from exc
    raise SourceInvalid(f"The {label} cannot be read as a Metaflow store: {reason}") from exc
