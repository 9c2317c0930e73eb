"""Exports of a lineage of 10,000 runs, each beside the same output made from what is plain already.

networkx writes the same GraphML from a graph whose attributes are texts and numbers, pandas builds the same
frame from one dictionary a run, `json.dumps` writes the same events. All are processor time of this process,
which other programs on the machine do not lengthen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import networkx as nx
import pandas

from benchmarks.table import Row, processor_time_in_turns, seconds
from lineage.api.lineages import Lineage
from lineage.exporting.strict_graph import format_graphml
from tests.support.lineages import trigger_lineage

_TARGET = 2.0  # times the other's time


def rows(quick: bool) -> Iterator[Row]:
    """A row a format."""
    runs = 1_000 if quick else 10_000
    lin = Lineage(trigger_lineage(runs))
    portable = lin.portable()
    yield _row(
        f"to_graphml, {runs:,} runs",
        lambda: format_graphml(lin.graph),
        lambda: "\n".join(nx.generate_graphml(portable)),
        "networkx, attributes plain",
        "networkx, which builds a tree of elements",
    )
    frame = lin.to_frame()
    records = frame.reset_index().to_dict("records")
    _same_frame(pandas.DataFrame(records, columns=["run", *frame]).set_index("run"), frame)
    yield _row(
        f"to_frame, {runs:,} runs",
        lin.to_frame,
        lambda: pandas.DataFrame(records, columns=["run", *frame]).set_index("run"),
        "pandas, one dictionary a run",
        "a column's values, fetched one by one",
    )
    events = lin.to_openlineage()
    yield _row(
        f"to_openlineage, {len(events):,} events",
        lin.to_openlineage,
        lambda: json.dumps(events),
        "json.dumps",
        "making dictionaries; a hash for each run's id",
    )


def _row(what: str, ours: Callable[[], object], theirs: Callable[[], object], whose: str, bound: str) -> Row:
    mine, other = processor_time_in_turns(9, ours, theirs)
    ratio = mine / other
    return Row(
        what,
        seconds(mine),
        f"{seconds(other)} ({whose})",
        f"{ratio:.2f} of its time",
        f"under {_TARGET:g}",
        ratio < _TARGET,
        bound,
    )


def _same_frame(plain: pandas.DataFrame, ours: pandas.DataFrame) -> None:
    """What is compared has the same values."""
    for name in ("status", "created_at", "duration", "tags"):
        assert plain[name].equals(ours[name]), name
