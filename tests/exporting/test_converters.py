"""Programs that write into the graph they read leave nothing in what lineage saves or draws."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
import pyvis.network
import rustworkx

from lineage import load, trace
from lineage.api.lineages import Lineage
from lineage.graph.run_graph import EDGE_ATTRIBUTES, NODE_ATTRIBUTES
from lineage.sources import MemorySource
from tests.exporting.examples import small_graph
from tests.support.planted_lineages import small_lineage


def convert_with_rustworkx(graph: nx.DiGraph[str]) -> None:
    assert rustworkx.networkx_converter(graph, keep_attributes=True).num_nodes() == len(graph)


def convert_with_pyvis(graph: nx.DiGraph[str]) -> None:
    network = pyvis.network.Network(directed=True)
    network.from_nx(graph)
    assert network.num_nodes() == len(graph)


@pytest.mark.parametrize("convert", [convert_with_rustworkx, convert_with_pyvis])
def test_they_leave_nothing_in_a_saved_lineage_or_a_report(
    convert: Callable[[Any], None], tmp_path: Path
) -> None:
    lin = Lineage(small_graph(), ("ScoreFlow/3",), read_at=None)
    before = _all_of(lin, tmp_path)
    convert(lin.graph)
    assert lin.graph.nodes["ETLFlow/1"].keys() - small_graph().nodes["ETLFlow/1"].keys(), "it wrote nothing"
    assert _all_of(lin, tmp_path) == before
    assert (
        load(lin.save(tmp_path / "again.json")).graph.nodes["ETLFlow/1"] == small_graph().nodes["ETLFlow/1"]
    )


def _all_of(lin: Lineage, folder: Path) -> list[str]:
    """Everything that people keep or look at."""
    report = lin.to_html(folder / "report.html", details=False).read_text("utf-8")
    return [lin.to_json(), report, lin.to_dot(), lin.to_mermaid(), str(lin), lin.figure().to_json()]


@pytest.mark.parametrize("convert", [convert_with_rustworkx, convert_with_pyvis])
def test_they_take_the_portable_graph_and_leave_the_lineage_alone(convert: Callable[[Any], None]) -> None:
    lin = Lineage(small_graph())
    convert(lin.portable())
    assert dict(lin.graph.nodes(data=True)) == dict(small_graph().nodes(data=True))
    assert dict(lin.graph.edges.items()) == dict(small_graph().edges.items())


def test_what_is_saved_are_all_attributes_that_lineage_writes(tmp_path: Path) -> None:
    records = [planted.record for planted in small_lineage()]
    lin = trace("ETLFlow/1", downstream=None, source=MemorySource(records))
    assert {name for node in lin.graph.nodes.values() for name in node} <= set(NODE_ATTRIBUTES)
    assert {name for edge in lin.graph.edges.values() for name in edge} <= set(EDGE_ATTRIBUTES)
    loaded = load(lin.save(tmp_path / "saved.json")).graph
    assert dict(loaded.nodes(data=True)) == dict(lin.graph.nodes(data=True))
    assert dict(loaded.edges.items()) == dict(lin.graph.edges.items())
