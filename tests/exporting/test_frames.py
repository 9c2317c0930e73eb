"""Tables of runs, events and edges, in pandas and as CSV."""

from __future__ import annotations

import io
import sys
from datetime import datetime, timedelta, timezone
from typing import Any

import networkx as nx
import pandas as pd
import pytest

from lineage.api.lineages import Lineage
from lineage.errors import InvalidArgument, MissingExtra
from lineage.exporting.attributes import plain_value
from lineage.exporting.tables import COUNTS, LISTS, TIMES, edge_table, format_csv, run_table
from tests.exporting.examples import decorated_graph, hostile_graph, run, small_graph


def value_of(cell: Any) -> Any:
    """As the graph has it: pandas has its own nothing, and its own times."""
    if isinstance(cell, tuple):
        return list(cell)
    if isinstance(cell, pd.Timestamp):
        return cell.to_pydatetime()
    return None if not isinstance(cell, dict) and pd.isna(cell) else cell


def as_graph_has_it(name: str, value: Any) -> Any:
    if name == "reads":
        return [tuple(read.values()) for read in value or ()]
    if name in LISTS:
        return list(value or ())
    return (value or 0) if name in COUNTS else value


def test_runs_events_and_edges_are_all_there_with_all_attributes(graph: nx.DiGraph[str]) -> None:
    lin = Lineage(graph)
    runs, events, edges = lin.to_frame(), lin.to_frame(events=True), lin.to_frame(edges=True)
    assert [*runs.index] == [key for key, node in graph.nodes(data=True) if node["kind"] == "run"]
    assert [*events.index] == [key for key, node in graph.nodes(data=True) if node["kind"] == "event"]
    assert list(zip(edges["cause"], edges["effect"], strict=True)) == list(graph.edges)
    known = {"created_at", "finished_at", "tags", "user", "status", "more_upstream", "timestamp", "payload"}
    for frame in (runs, events):
        for key, row in zip(frame.index, frame.to_dict("records"), strict=True):
            for name in known & set(row):
                assert value_of(row[name]) == as_graph_has_it(name, graph.nodes[key].get(name)), (key, name)
    for edge, row in zip(graph.edges.values(), edges.to_dict("records"), strict=True):
        assert value_of(row["kinds"]) == list(edge.get("kinds") or [edge["kind"]])
        for name in (
            "kind",
            "event",
            "timestamp",
            "artifacts",
            "steps",
            "reads",
            "returned",
            "more_artifacts",
        ):
            assert value_of(row[name]) == as_graph_has_it(name, edge.get(name)), name


def test_networkx_reads_both_frames_back(graph: nx.DiGraph[str]) -> None:
    lin = Lineage(graph)
    edges = lin.to_frame(edges=True)
    read = nx.from_pandas_edgelist(edges, "cause", "effect", edge_attr=True, create_using=nx.DiGraph)
    assert set(read.edges) == set(graph.edges)
    read.add_nodes_from(lin.to_frame().to_dict("index").items())  # runs without edges are in the other one
    read.add_nodes_from(lin.to_frame(events=True).to_dict("index").items())
    assert set(read) == set(graph)
    for key, node in graph.nodes(data=True):
        if node["kind"] == "run":
            assert (read.nodes[key]["flow"], read.nodes[key]["status"]) == (node["flow"], node["status"])
    back = nx.to_pandas_edgelist(read, "cause", "effect")
    assert set(zip(back["cause"], back["effect"], strict=True)) == set(graph.edges)
    assert "source" not in edges
    assert "target" not in edges


def test_columns_have_the_same_types_in_every_lineage(graph: nx.DiGraph[str]) -> None:
    for frame in (Lineage(graph).to_frame(), Lineage(graph).to_frame(edges=True)):
        for name in TIMES & set(frame):
            assert str(frame[name].dtype) == "datetime64[us, UTC]"
        for name in COUNTS & set(frame):
            assert frame[name].dtype == "int64"
    runs = Lineage(graph).to_frame()
    assert str(runs["duration"].dtype) == "timedelta64[us]"
    assert str(runs["usual_duration"].dtype) == "float64"


def test_durations_groups_and_duplicates_work_as_in_any_frame() -> None:
    runs = Lineage(small_graph()).to_frame()
    assert runs.loc["ETLFlow/1", "duration"] == timedelta(minutes=5)
    assert pd.isna(runs.loc["ReportFlow/4", "duration"])
    assert runs.groupby("flow")["duration"].median()["ScoreFlow"] == timedelta(minutes=5)
    assert runs.loc["ETLFlow/1", "tags"] == ("abc", "end")
    assert len(runs.drop_duplicates()) == len(runs)
    assert list(runs["tags"].explode().dropna()) == ["abc", "end"]
    edges = Lineage(small_graph()).to_frame(edges=True)
    assert len(edges.explode("kinds")) == len(edges) + 1
    assert len(edges.drop_duplicates()) == len(edges)
    assert edges["reads"].explode().dropna().iloc[0] == ("ScoreFlow/3/end/4/a", "ab12", "x")


def test_times_beyond_the_nanoseconds_of_pandas_2_are_kept() -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    far = datetime(9999, 12, 31, tzinfo=timezone.utc)
    graph.add_node("AFlow/1", **run("AFlow", "1", created_at=far, finished_at=None))
    assert Lineage(graph).to_frame().loc["AFlow/1", "created_at"] == far


def test_what_others_put_on_the_graph_is_there_too_under_names_of_its_own() -> None:
    runs = Lineage(decorated_graph()).to_frame()
    assert {"pagerank", "page_rank", "page_rank_", "id_", "type_"} < set(runs)
    assert not [name for name in runs if "books" in name]
    edges = Lineage(decorated_graph()).to_frame(edges=True)
    assert {"source_", "target_", "cause_", "weight"} < set(edges)


def test_csv_is_read_back_by_pandas(graph: nx.DiGraph[str]) -> None:
    for table in (run_table(graph), edge_table(graph)):
        text = format_csv(table)
        read = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, lineterminator=None)
        assert list(read) == list(table)
        for name, column in table.items():
            wanted = [_csv(value) for value in column]
            assert [cell.removeprefix("'") for cell in read[name]] == [w.removeprefix("'") for w in wanted], (
                name
            )


def _csv(value: Any) -> str:
    plain = value.total_seconds() if isinstance(value, timedelta) else plain_value(value)
    return "" if plain is None else str(plain)


def test_a_spreadsheet_runs_nothing_of_it() -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]
    for i, formula in enumerate(formulas):
        graph.add_node(f"AFlow/{i}", **run("AFlow", str(i), user=formula))
    read = pd.read_csv(io.StringIO(format_csv(run_table(graph))))
    assert all(user.startswith(("'", "\\u000d")) for user in read["user"])


def test_edges_and_events_are_two_frames() -> None:
    with pytest.raises(InvalidArgument, match="one at a time"):
        Lineage(hostile_graph()).to_frame(edges=True, events=True)


def test_without_pandas_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtra, match="pip install pandas"):
        Lineage(small_graph()).to_frame()
