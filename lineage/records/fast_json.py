"""Decode JSON written by other programs, fast."""

from __future__ import annotations

import json
from typing import Any

import msgspec


def decode_json(text: bytes | str) -> Any:
    """Decode JSON as `json.loads` does, in a fifth of the time if the text keeps to the standard.

    Python also writes what the standard does not allow (`NaN`, lone surrogates), and so does Metaflow.

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
        return json.loads(text)
