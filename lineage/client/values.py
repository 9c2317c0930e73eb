"""An artifact's value as people read it, in HTML with everything escaped."""

from __future__ import annotations

import html
import pprint
import re
import sys
from typing import Any

TEXT = 10_000  # characters shown of a value's text
ROWS, COLUMNS = 20, 20  # of a table


def value_html(value: Any) -> str:
    """Describe a value: tables as tables, arrays by shape, everything else as indented text.

    Parameters
    ----------
    value
        Any Python object. Its own `repr` is used at most; never HTML that it brings along.

    Returns
    -------
    str
        HTML that runs nothing.
    """
    head = f"<div><code>{html.escape(type_name(value))}</code>{html.escape(_shape(value))}</div>"
    return head + (_table(value) or f"<pre>{html.escape(value_text(value))}</pre>")


def type_name(value: Any) -> str:
    """`list`, `pandas.DataFrame`, …: the class with its package, builtins without."""
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
    pandas = sys.modules.get("pandas")  # a DataFrame exists only where pandas is loaded
    if pandas is None or not isinstance(value, (pandas.DataFrame, pandas.Series)):
        return None
    frame = value.to_frame() if isinstance(value, pandas.Series) else value
    return str(frame.to_html(max_rows=ROWS, max_cols=COLUMNS, escape=True, border=0))


def value_text(value: Any, length: int = TEXT) -> str:
    """A value as indented text, cut at `length` characters; the same value gives the same text."""
    try:
        text = (
            value
            if isinstance(value, str)
            else _ADDRESS.sub("", pprint.pformat(value, width=72, compact=True))
        )
    except Exception as exc:  # a repr may do anything
        return f"its repr raised {type(exc).__name__}: {exc}"
    return text if len(text) <= length else f"{text[:length]}\n… {len(text) - length:,} more characters"


# `<Model object at 0x7f…>`: where it was in memory, which is another place each time
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+(?=>)")
