"""Views of artifact values: plain JSON, bounded, that a page shows with text nodes and pictures only.

Every view has a `kind` and the `type` of the value. The kinds and their further members:

`table`
    `shape` (rows, columns), `columns` (`name`, `type`, `number`: whether to align right), `rows` (texts; null
    for a missing value)
`array`
    `shape`, `dtype`, `text`; of numbers also `low`, `high`, `mean`, `missing`, `bars` (a histogram's counts)
`picture`
    `mime`, `data` (base64), `size` (width and height in pixels, where known)
`plotly`
    `figure`: a plotly figure as JSON text
`tree`
    `value`: a text, or an object with `type`, `length` and `items` (pairs of key and value)
`text`
    `text`, `more` (characters left out)
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from lineage.client.values import type_name, value_text
from lineage.client.views.arrays import array_view
from lineage.client.views.pictures import picture_view
from lineage.client.views.tables import table_view
from lineage.client.views.trees import tree_view
from lineage.text import clean_json

__all__ = ["LIMIT", "View", "value_view"]

View = dict[str, Any]

LIMIT = 200_000  # characters of JSON; more would only slow down the page that shows the beginning of it
_TEXT = 10_000  # characters of a value that is shown as text


def value_view(value: Any) -> View:
    """Describe a value as JSON for a page: a table, an array, a picture, a tree, or its cut `repr`.

    Parameters
    ----------
    value
        Any Python object. HTML that it provides (`_repr_html_`) is not used.

    Returns
    -------
    dict
        A view as the module describes it, of at most `LIMIT` characters.

    Examples
    --------
    >>> value_view("north")
    {'kind': 'text', 'type': 'str', 'text': 'north', 'more': 0}
    """
    for describe in (table_view, array_view, picture_view, tree_view):
        if (view := _described(describe, value)) is not None:
            return view
    return _text_view(value)


def _described(describe: Callable[[Any], View | None], value: Any) -> View | None:
    try:
        view = describe(value)
    except Exception:  # an object of another library may raise anything; its text can still be shown
        return None
    if view is None or len(json.dumps(view, default=str)) > LIMIT:
        return None
    cleaned: View = clean_json({**view, "type": type_name(value)})
    return cleaned


def _text_view(value: Any) -> View:
    text = value_text(value, _TEXT)
    more = len(value) - _TEXT if isinstance(value, str) and len(value) > _TEXT else 0
    return {"kind": "text", "type": type_name(value), "text": text, "more": more}
