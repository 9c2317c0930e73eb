"""The tables of a lineage as pandas frames."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import numpy as np

from lineage.errors import MissingExtra
from lineage.exporting.tables import COUNTS, TIMES, Table, edge_table, event_table, run_table
from lineage.lazy import nx

if TYPE_CHECKING:
    import pandas


def run_frame(graph: nx.DiGraph[str]) -> pandas.DataFrame:
    """The runs, with their pathspecs as the index `run`."""
    return _frame(run_table(graph)).set_index("run")


def event_frame(graph: nx.DiGraph[str]) -> pandas.DataFrame:
    """The events, with their keys as the index `event`."""
    return _frame(event_table(graph)).set_index("event")


def edge_frame(graph: nx.DiGraph[str]) -> pandas.DataFrame:
    """The edges, in columns `cause` and `effect` and their attributes."""
    return _frame(edge_table(graph))


def _frame(table: Table) -> pandas.DataFrame:
    try:
        import pandas
    except ImportError as exc:
        raise MissingExtra("a frame needs pandas: pip install pandas") from exc
    return pandas.DataFrame({name: _series(pandas, name, column) for name, column in table.items()})


def _series(pandas: Any, name: str, column: list[Any]) -> pandas.Series[Any]:
    """A column with the type that it has in every lineage, also an empty one."""
    if name in TIMES:
        return _times(pandas, column)
    if name == "duration":
        return pandas.Series(np.array(column, dtype="timedelta64[us]"))
    if name == "usual_duration":
        return pandas.Series(column, dtype="float64")
    return pandas.Series(column, dtype="int64" if name in COUNTS else None if column else "object")


def _times(pandas: Any, column: list[datetime | None]) -> pandas.Series[Any]:
    try:
        return pandas.Series(column, dtype="datetime64[us, UTC]")
    except ValueError:  # pandas 2 makes nanoseconds first, and with these time ends in 2262
        naive = np.array([moment and _in_utc(moment) for moment in column], dtype="datetime64[us]")
        return pandas.Series(naive).dt.tz_localize("UTC")


def _in_utc(moment: datetime) -> datetime:
    """In UTC and without saying so; a time without a zone counts as UTC."""
    return (moment.astimezone(timezone.utc) if moment.tzinfo else moment).replace(tzinfo=None)
