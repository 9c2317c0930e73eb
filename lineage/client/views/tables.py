"""Tables of pandas and polars, and lists of records, by their first rows."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from lineage.text import escape_hidden

ROWS, COLUMNS = 20, 30
_CELL = 200  # characters


def table_view(value: Any) -> dict[str, Any] | None:
    """Describe a table by its columns and first rows; None if the value is not one."""
    # a value can be a table of a library only if the library has been imported
    pandas, polars = sys.modules.get("pandas"), sys.modules.get("polars")
    if pandas is not None and isinstance(value, (pandas.DataFrame, pandas.Series)):
        return _of_pandas(value.to_frame() if isinstance(value, pandas.Series) else value)
    if polars is not None and isinstance(value, (polars.DataFrame, polars.Series)):
        return _of_polars(value.to_frame() if isinstance(value, polars.Series) else value)
    return _of_records(value) if isinstance(value, list) else None


def _of_pandas(frame: Any) -> dict[str, Any]:
    head = frame.iloc[:ROWS, :COLUMNS]
    names = [_name(name) for name in head.columns]
    types = [str(kind) for kind in head.dtypes]
    columns = [list(head.iloc[:, i]) for i in range(len(names))]
    if type(frame.index).__name__ != "RangeIndex":  # it has something to say
        index = head.index
        names.insert(0, _name(index.name) if index.name is not None else "index")
        types.insert(0, "index")
        columns.insert(0, list(index))
    return _view(frame.shape, names, types, zip(*columns, strict=True))


def _of_polars(frame: Any) -> dict[str, Any]:
    head = frame[:ROWS, :COLUMNS]
    return _view(frame.shape, list(head.columns), [str(kind) for kind in head.dtypes], head.rows())


def _of_records(records: list[Any]) -> dict[str, Any] | None:
    """A list of dicts with the same keys, as many flows build them."""
    if not records or not all(isinstance(record, dict) for record in records[:ROWS]):
        return None
    names = list(records[0])
    if not names or any(list(record) != names for record in records[:ROWS]):
        return None
    if any(isinstance(cell, (dict, list, tuple, set)) for cell in records[0].values()):
        return None  # a tree shows these
    shown = names[:COLUMNS]
    rows = [[record[name] for name in shown] for record in records[:ROWS]]
    types = [type(cell).__name__ for cell in rows[0]]
    return _view((len(records), len(names)), [_name(name) for name in shown], types, rows)


def _view(
    shape: Sequence[int], names: list[str], types: list[str], rows: Iterable[Sequence[Any]]
) -> dict[str, Any]:
    held = list(rows)
    numbers = [_numeric(row[i] for row in held) for i in range(len(names))]
    columns = [
        {"name": name, "type": kind, "number": number}
        for name, kind, number in zip(names, types, numbers, strict=True)
    ]
    shown = [[_cell(value) for value in row] for row in held]
    return {"kind": "table", "shape": list(shape), "columns": columns, "rows": shown}


def _numeric(values: Iterable[Any]) -> bool:
    known = [value for value in values if not _missing(value)]
    return bool(known) and all(hasattr(value, "__float__") and not isinstance(value, bool) for value in known)


def _missing(value: Any) -> bool:
    if value is None:
        return True
    try:
        return bool(value != value)  # NaN and NaT
    except Exception:  # pandas.NA has no truth value, and an array has several
        return type(value).__name__ == "NAType"


def _cell(value: Any) -> str | None:
    if _missing(value):
        return None
    text = format(value, ".6g") if isinstance(value, float) else str(value)
    return _cut(text.removesuffix(" 00:00:00"))  # of a day


def _name(name: Any) -> str:
    return _cut(str(name))


def _cut(text: str) -> str:
    return escape_hidden(text if len(text) <= _CELL else f"{text[:_CELL]}…")
