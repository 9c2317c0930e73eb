"""Render a value as text."""

from __future__ import annotations

import pprint
import re
from typing import Any

from lineage.text import escape_hidden, escape_message

TEXT = 10_000  # maximum number of characters of a value


def type_name(value: Any) -> str:
    """The class name with its package, such as `pandas.DataFrame`; builtins without a package."""
    kind = type(value)
    package = kind.__module__.split(".")[0]
    return kind.__qualname__ if package == "builtins" else f"{package}.{kind.__qualname__}"


def value_text(value: Any, length: int = TEXT) -> str:
    """Render a value as indented text, cut at `length` characters; equal values give equal text."""
    try:
        text = (
            value
            if isinstance(value, str)
            else _ADDRESS.sub("", pprint.pformat(value, width=72, compact=True))
        )
    except Exception as exc:  # a repr may raise anything
        return escape_message(f"its repr raised {type(exc).__name__}: {exc}", length)
    more = f"\n… {len(text) - length:,} more characters" if len(text) > length else ""
    return escape_hidden(text[:length], keep="\n\t") + more


def short_text(value: Any, length: int) -> str:
    """Render a value as one line, text in quotes; a table or an array by its shape."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"{type_name(value)} {' × '.join(map(str, shape))}"
    try:
        text = _ADDRESS.sub("", repr(value[: length + 1] if isinstance(value, (str, bytes)) else value))
    except Exception as exc:  # a repr may raise anything
        text = f"its repr raised {type(exc).__name__}"
    return escape_hidden(text if len(text) <= length else f"{text[:length]}…")


# the memory address in `<Model object at 0x7f…>`, which differs each time
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+(?=>)")
