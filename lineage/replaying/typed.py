"""Turn the recorded value of a parameter back into what was typed on the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha1
from pathlib import Path
from typing import Any

from lineage.client.artifacts import Unread
from metaflow_extensions.lineage.plugins.metadata.plain_pickle import IncludedFile

ARGUMENT_LIMIT = 120 * 1024  # bytes; Linux takes 128 KiB for one argument


class NotTypeable(ValueError):
    """The value cannot be given on a command line; the message completes "its value …"."""


def typed(value: Any, declared: Mapping[str, Any]) -> str:
    """The word that makes Metaflow record this value.

    Parameters
    ----------
    value
        As recorded: plain data, or an `IncludedFile`.
    declared
        The parameter as the inspector describes it (`lineage.flow_map.inspector`).

    Raises
    ------
    NotTypeable
        If there is none.

    Examples
    --------
    >>> typed({"rate": 0.1}, {"json": True}), typed(["a", "b"], {"separator": ","}), typed(True, {})
    ('{"rate": 0.1}', 'a,b', 'True')
    """
    word = _word(value, declared)
    if "\0" in word:
        raise NotTypeable("has a NUL character, which no argument can hold")
    if len(word.encode("utf-8", "surrogateescape")) > ARGUMENT_LIMIT:
        raise NotTypeable("is too large for an argument")
    return word


def _word(value: Any, declared: Mapping[str, Any]) -> str:
    if isinstance(value, Unread):
        raise NotTypeable(f"could not be read ({value!r})")
    if isinstance(value, IncludedFile):
        return json.dumps(value.descriptor)  # what Metaflow's own deployers give for a file, uploaded before
    if value is None:  # JSON's null, too: Metaflow takes it for nothing given
        raise NotTypeable("was None, which cannot be typed")
    if declared.get("json"):
        return json.dumps(value)
    separator = declared.get("separator")
    if separator and isinstance(value, (list, tuple)):
        return str(separator).join(map(str, value))
    if isinstance(value, (list, tuple, dict)):
        raise NotTypeable(f"was a {type(value).__name__}, and the parameter takes text today")
    return str(value)


def is_default(value: Any, declared: Mapping[str, Any]) -> bool:
    """Whether the parameter has this value today if nothing is typed; False where that is not known."""
    if "default" in declared:
        return bool(value == declared["default"])
    if not isinstance(value, IncludedFile):
        return value is None and "file" in declared and declared["file"] is None
    digest = str(value.descriptor.get("url", "")).rsplit("/", 1)[-1]  # Metaflow names a file by its content
    try:
        return _digest(Path(declared["file"])) == digest
    except (KeyError, TypeError, OSError):  # no default, or one that is not there now
        return False


def _digest(file: Path) -> str:
    return sha1(file.expanduser().read_bytes(), usedforsecurity=False).hexdigest()
