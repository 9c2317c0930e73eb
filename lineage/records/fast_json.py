"""JSON as other programs wrote it, read fast."""

from __future__ import annotations

import json
from typing import Any

import msgspec


def decode_json(text: bytes | str) -> Any:
    """What Python's own `json.loads` gives, in a fifth of the time for what the standard allows.

    Python also writes what the standard does not allow (`NaN`, halves of characters), and so does
    Metaflow.

    Parameters
    ----------
    text
        Bytes are UTF-8.

    Raises
    ------
    ValueError, RecursionError
        As `json.loads` does.
    """
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError):
        return json.loads(text if isinstance(text, str) else text.decode())
