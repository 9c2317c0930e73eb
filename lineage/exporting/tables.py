"""A lineage as columns: of its runs, its events, its edges; and these as CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from lineage.exporting.attributes import AttributeNames, plain_value
from lineage.lazy import nx
from lineage.records.model import FACTS

Table = dict[str, list[Any]]

_AFTER_TIMES = FACTS.index("finished_at") + 1
_RUN = (
    *(*FACTS[:_AFTER_TIMES], "duration", *FACTS[_AFTER_TIMES:]),
    *("usual_duration", "more_upstream", "more_downstream"),
)
_EVENT = ("name", "event_id", "timestamp", "payload", "more_downstream")
_EDGE = ("kind", "kinds", "event", "timestamp", "artifacts", "more_artifacts", "steps", "reads", "returned")
TIMES = frozenset({"created_at", "finished_at", "timestamp"})  # columns of aware times, or None
# columns of integers, 0 where nothing is recorded
COUNTS = frozenset({"more_upstream", "more_downstream", "more_artifacts"})
# columns of tuples, which unlike lists can be compared and counted
LISTS = frozenset({"tags", "system_tags", "kinds", "artifacts", "steps", "returned"})
_FORMULA = re.compile(r"[=+\-@\t\r]")  # what a spreadsheet would run


def run_table(graph: nx.DiGraph[str]) -> Table:
    """One row a run: its pathspec as `run`, its attributes, and its `duration` as a `timedelta`."""
    runs = dict(_of_kind(graph, "run"))
    table = {"run": list(runs), **_columns(list(runs.values()), _RUN, "run")}
    table["duration"] = list(map(_duration, table["created_at"], table["finished_at"]))
    return table


def event_table(graph: nx.DiGraph[str]) -> Table:
    """One row an event: its key as `event`, and its attributes."""
    events = dict(_of_kind(graph, "event"))
    return {"event": list(events), **_columns(list(events.values()), _EVENT, "event")}


def edge_table(graph: nx.DiGraph[str]) -> Table:
    """One row an edge, from `cause` to `effect`; not `source` and `target`, which networkx reserves."""
    ends: Table = {
        "cause": [cause for cause, _ in graph.edges],
        "effect": [effect for _, effect in graph.edges],
    }
    table = ends | _columns([edge for _, _, edge in graph.edges(data=True)], _EDGE, *ends)
    table["kinds"] = [kinds or (kind,) for kinds, kind in zip(table["kinds"], table["kind"], strict=True)]
    return table


def format_csv(table: Table) -> str:
    """The table as CSV: times as ISO 8601, lists and objects as JSON, durations in seconds.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table)
    writer.writerows(zip(*(map(_cell, column) for column in table.values()), strict=True))
    return text.getvalue()


def _of_kind(graph: nx.DiGraph[str], kind: str) -> Iterable[tuple[str, dict[str, Any]]]:
    return ((key, node) for key, node in graph.nodes(data=True) if node["kind"] == kind)


def _columns(rows: Sequence[Mapping[str, Any]], known: Sequence[str], *keys: str) -> Table:
    """The known columns, whether or not any row has them, and then what else was put on the graph."""
    names = AttributeNames()
    names.reserve(*known, *keys)
    table = {name: _column(rows, name) for name in known}
    for name in sorted(set().union(*rows) - {*known, "kind"}, key=str):
        if not str(name).startswith("__"):  # under such names converters keep their books
            table[names[name]] = [row.get(name) for row in rows]
    return table


def _column(rows: Iterable[Mapping[str, Any]], name: str) -> list[Any]:
    if name in COUNTS:
        return [row.get(name) or 0 for row in rows]
    if name == "reads":
        return [tuple(map(_read, row.get(name) or ())) for row in rows]
    if name in LISTS:
        return [tuple(row.get(name) or ()) for row in rows]
    return [row.get(name) for row in rows]


def _read(read: Mapping[str, Any]) -> tuple[str, str | None, str]:
    """The artifact that was read (its pathspec), its content hash, and the step that read it."""
    return read["artifact"], read["sha"], read["step"]


def _duration(created_at: datetime | None, finished_at: datetime | None) -> timedelta | None:
    return finished_at - created_at if created_at and finished_at else None


def _cell(value: object) -> object:
    if isinstance(value, timedelta):
        return value.total_seconds()
    plain = plain_value(value)
    return f"'{plain}" if isinstance(plain, str) and _FORMULA.match(plain) else plain
