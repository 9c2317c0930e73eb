"""Render an artifact's value as text or escaped HTML."""

from __future__ import annotations

import html
import pprint
import re
import sys
from typing import Any

from lineage.text import escape_hidden, escape_message

TEXT = 10_000  # maximum number of characters of a value
ROWS, COLUMNS = 20, 20  # maximum size of a table


def value_html(value: Any) -> str:
    """Render a value as HTML: tables as tables, arrays by shape, everything else as indented text.

    Parameters
    ----------
    value
        Any Python object. At most its `repr` is used, never HTML that it provides.

    Returns
    -------
    str
        HTML without scripts.
    """
    head = f"<div><code>{html.escape(type_name(value))}</code>{html.escape(_shape(value))}</div>"
    return head + (_table(value) or f"<pre>{html.escape(value_text(value))}</pre>")


def type_name(value: Any) -> str:
    """The class name with its package, such as `pandas.DataFrame`; builtins without a package."""
    kind = type(value)
    package = kind.__module__.split(".")[0]
    return kind.__qualname__ if package == "builtins" else f"{package}.{kind.__qualname__}"


def _shape(value: Any) -> str:
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        dtype = getattr(value, "dtype", None)
        return f" {' × '.join(map(str, shape)) or 'scalar'}" + (f", {dtype}" if dtype is not None else "")
    if isinstance(value, (list, tuple, dict, set, frozenset, str, bytes)):
        return f", length {len(value):,}"
    return ""


def _table(value: Any) -> str | None:
    pandas = sys.modules.get("pandas")  # a DataFrame can exist only if pandas is loaded
    if pandas is None or not isinstance(value, (pandas.DataFrame, pandas.Series)):
        return None
    frame = value.to_frame() if isinstance(value, pandas.Series) else value
    return escape_hidden(frame.to_html(max_rows=ROWS, max_cols=COLUMNS, escape=True, border=0), keep="\n")


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


# the memory address in `<Model object at 0x7f…>`, which differs each time
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+(?=>)")
