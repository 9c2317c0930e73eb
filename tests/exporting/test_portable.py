"""The portable graph, and what strict readers make of it."""

from __future__ import annotations

import copy
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.api.lineages import Lineage
from lineage.exporting.attributes import safe_text
from lineage.exporting.strict_graph import format_gexf, format_graphml
from lineage.graph.run_graph import event_attributes
from lineage.records.model import TriggerEvent
from tests.exporting.examples import DAY, decorated_graph, hostile_graph, run, small_graph


def same(read: nx.Graph, written: nx.DiGraph[str]) -> None:
    """Both have the same nodes and edges, with the same attributes of the same types."""
    equal(dict(read.nodes(data=True)), dict(written.nodes(data=True)))
    equal(dict(read.edges.items()), dict(written.edges.items()))
    equal(_types(read), _types(written))


def equal(read: dict[Any, Any], written: dict[Any, Any]) -> None:
    """Both are the same; says the first difference, because pytest's own takes minutes over long ones."""
    assert list(read) == list(written) or set(read) == set(written), set(read) ^ set(written)
    for key, value in written.items():
        assert read[key] == value, f"{key!r}: {_difference(read[key], value)}"


def _difference(read: Any, written: Any) -> str:
    if not isinstance(read, dict):
        return f"{read!r} is not {written!r}"
    names = {**read, **written}
    return "; ".join(
        f"{n}: {read.get(n)!r} is not {written.get(n)!r}" for n in names if read.get(n) != written.get(n)
    )


def _types(graph: nx.Graph) -> dict[tuple[str, str], set[type]]:
    found: dict[tuple[str, str], set[type]] = {}
    for element, data in (("node", graph.nodes.values()), ("edge", graph.edges.values())):
        for attributes in data:
            for name, value in attributes.items():
                found.setdefault((element, name), set()).add(type(value))
    return found


def test_nothing_is_written_into_the_graph(graph: nx.DiGraph[str], tmp_path: Path) -> None:
    for node in graph.nodes.values():
        node.pop("__books__", None)  # an object that is not equal to its copy
        node["set"] = {"a"}  # with two elements, its copy may list them in another order
    before = copy.deepcopy(dict(graph.nodes(data=True))), copy.deepcopy(list(graph.edges(data=True)))
    lin = Lineage(graph)
    lin.portable()
    lin.to_graphml(tmp_path / "a")
    lin.to_gexf(tmp_path / "b")
    lin.to_dot()
    for edges in (False, True):
        lin.to_frame(edges=edges)
    after = dict(graph.nodes(data=True)), list(graph.edges(data=True))
    assert repr(after) == repr(before)


def test_each_attribute_has_one_type_and_a_value(graph: nx.DiGraph[str]) -> None:
    for (_, name), types in _types(Lineage(graph).portable()).items():
        assert len(types) == 1, name
        assert types <= {str, int, float}, name
    for attributes in Lineage(graph).portable().nodes.values():
        assert all(value != "" and value == value for value in attributes.values())


def test_values_can_be_read_back() -> None:
    graph = hostile_graph()
    portable = Lineage(graph).portable()
    for (key, node), plain in zip(graph.nodes(data=True), portable.nodes.values(), strict=True):
        when = "timestamp" if node["kind"] == "event" else "created_at"
        assert datetime.fromisoformat(plain[when]) == node[when]
        if node["kind"] == "run":
            assert json.loads(plain["tags"]) == node["tags"], key
        else:
            assert plain["event_name"] == safe_text(node["name"])
            assert json.loads(plain["payload"]) == node["payload"]


def test_names_that_formats_take_for_themselves_are_changed() -> None:
    portable = Lineage(decorated_graph()).portable()
    node = portable.nodes["ScoreFlow/3"]
    reserved = {"id", "label", "type", "parents", "start", "end", "viz", "key", "name", "END"}
    assert not reserved & set(node)
    assert {f"{name}_" for name in reserved - {"name"}} < set(node)
    assert portable.nodes["event:arrived/1"]["event_name"] == "arrived"
    edge = portable.edges["ScoreFlow/3", "ScoreFlow/5"]
    assert not {"type", "start", "end", "id", "source", "target"} & set(edge)
    assert edge["weight"] == 0.5
    assert {"page_rank", "page_rank_"} < set(node), "two attributes must not become one"
    assert not [name for name in node if "books" in name]


def test_values_that_formats_change_are_text_or_left_out() -> None:
    nodes = Lineage(decorated_graph()).portable().nodes
    node = nodes["event:done/2"]  # the second: i is 1
    assert node["large"] == str(2**31 + 1)
    assert node["truth"] == "true"
    assert (node["mixed"], node["number"], node["set"]) == ("1", 1.0, '["a", "b"]')
    assert not {"nothing", "empty"} & set(node)
    assert "created_at" not in nodes["GoneFlow/9"]


def test_keys_stay_different_where_their_characters_cannot_be_kept() -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    keys = [f"event:a{c}/1" for c in ("\x00", "\\u0000", "\x01")]
    graph.add_nodes_from(keys, kind="event", name="a")
    graph.add_edge(keys[0], keys[1], kind="trigger")
    portable = Lineage(graph).portable()
    assert list(portable) == ["event:a\\u0000/1", "event:a\\u0000/1_", "event:a\\u0001/1"]
    assert list(portable.edges) == [("event:a\\u0000/1", "event:a\\u0000/1_")]


def test_networkx_reads_graphml_as_it_was(graph: nx.DiGraph[str], tmp_path: Path) -> None:
    path = Lineage(graph).to_graphml(tmp_path / "lineage.graphml")
    same(nx.read_graphml(path), Lineage(graph).portable())


def test_igraph_reads_graphml_as_it_was(graph: nx.DiGraph[str], tmp_path: Path) -> None:
    path = Lineage(graph).to_graphml(tmp_path / "lineage.graphml")
    portable = Lineage(graph).portable()
    read = igraph.Graph.Read_GraphML(str(path))
    assert read.is_directed()
    # igraph 1.0 reads an ampersand in an id, which is an XML attribute, as &#38; and in data as it is
    keys = [key.replace("&#38;", "&") for key in read.vs["id"]] if len(read.vs) else []
    equal(_without_fill(read.vs, keys), dict(portable.nodes(data=True)))
    ends = [(keys[edge.source], keys[edge.target]) for edge in read.es]
    equal(_without_fill(read.es, ends), dict(portable.edges.items()))


def _without_fill(elements: Any, keys: list[Any]) -> dict[Any, dict[str, Any]]:
    """igraph has every attribute everywhere: an empty text or NaN where it was not given; and an `id`."""
    return {
        key: {n: v for n, v in e.attributes().items() if n != "id" and v != "" and v == v}
        for key, e in zip(keys, elements, strict=True)
    }


def test_igraph_takes_the_portable_graph(graph: nx.DiGraph[str]) -> None:
    portable = Lineage(graph).portable()
    taken = igraph.Graph.from_networkx(portable)
    assert [v["_nx_name"] for v in taken.vs] == list(portable)
    back = taken.to_networkx(vertex_attr_hashable="_nx_name")
    for element in (*back.nodes.values(), *back.edges.values()):
        del element["_igraph_index"]
    same(back, _filled(portable))


def _filled(portable: nx.DiGraph[str]) -> nx.DiGraph[str]:
    """With None for what was not given, as igraph does."""
    filled: nx.DiGraph[str] = nx.DiGraph()
    names = {name for node in portable.nodes.values() for name in node}
    filled.add_nodes_from((k, dict.fromkeys(names) | node) for k, node in portable.nodes(data=True))
    names = {name for edge in portable.edges.values() for name in edge}
    filled.add_edges_from((u, v, dict.fromkeys(names) | edge) for u, v, edge in portable.edges(data=True))
    return filled


def test_networkx_reads_gexf_as_it_was(graph: nx.DiGraph[str], tmp_path: Path) -> None:
    path = Lineage(graph).to_gexf(tmp_path / "lineage.gexf")
    read = nx.read_gexf(path)
    for key, node in read.nodes(data=True):
        assert node.pop("label") == key
    for i, edge in enumerate(read.edges.values()):
        assert edge.pop("id") == str(i)
    same(read, Lineage(graph).portable())
    assert "lastmodifieddate" not in path.read_text("utf-8")
    assert 'mode="dynamic"' not in path.read_text("utf-8")


def test_networkx_reads_gml_as_it_was(graph: nx.DiGraph[str], tmp_path: Path) -> None:
    portable = Lineage(graph).portable()
    nx.write_gml(portable, tmp_path / "lineage.gml")
    read = nx.read_gml(tmp_path / "lineage.gml")
    same(read if len(read) else portable, portable)


def test_json_of_networkx_holds_it(graph: nx.DiGraph[str]) -> None:
    portable = Lineage(graph).portable()
    links = json.loads(json.dumps(nx.node_link_data(portable, edges="edges")))
    same(nx.node_link_graph(links, edges="edges"), portable)
    elements = json.loads(json.dumps(nx.cytoscape_data(portable)))
    read = nx.cytoscape_graph(elements)
    for key, node in read.nodes(data=True):
        assert (node.pop("id"), node.pop("name"), node.pop("value")) == (key, key, key)
    for (cause, effect), edge in read.edges.items():
        assert (edge.pop("source"), edge.pop("target")) == (cause, effect)
    same(read, portable)


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_any_text_is_read_back_as_it_was_written(names: list[str]) -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    for i, name in enumerate(names):
        event = TriggerEvent(name, str(i), DAY, "event", {name: name})
        graph.add_node(event.node, **event_attributes(event))
        graph.add_node(f"AFlow/{i}", **run("AFlow", str(i), user=name, tags=(name,)))
        graph.add_edge(event.node, f"AFlow/{i}", kind="trigger", kinds=["trigger"], event=name)
    portable = Lineage(graph).portable()
    same(nx.read_graphml(io.BytesIO(format_graphml(graph).encode())), portable)
    read = nx.read_gexf(io.BytesIO(format_gexf(graph).encode()))
    assert [node.pop("label") for node in read.nodes.values()] == list(portable)
    assert [edge.pop("id") for edge in read.edges.values()] == [str(i) for i in range(len(names))]
    same(read, portable)


def test_lineages_of_before_reads_were_recorded_are_the_same_but_for_these() -> None:
    portable = Lineage(small_graph()).portable()
    assert "kinds" not in portable.edges["ETLFlow/1", "TrainingFlow/2"]
    assert "kinds" not in portable.edges["GoneFlow/9", "TrainingFlow/2"]
    read = portable.edges["TrainingFlow/2", "ScoreFlow/3"]
    assert (read["kinds"], read["artifacts"]) == ('["read"]', '["model", "scores"]')


def test_a_failed_write_leaves_the_file_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lineage.graphml"
    path.write_text("before")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(OSError, match="No space"):
        Lineage(small_graph()).to_graphml(path)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
