"""DOT as graphviz itself and pydot read it."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import networkx as nx
import pydot
import pytest

from lineage.api.lineages import Lineage
from lineage.exporting.attributes import safe_text
from tests.exporting.examples import decorated_graph, hostile_graph, small_graph

pytestmark = pytest.mark.slow  # each starts graphviz


def graphviz(source: str, form: str) -> str:
    """What `dot` makes of it, without a word of warning."""
    done = subprocess.run(["dot", f"-T{form}"], input=source, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def as_dot(text: object) -> str:
    """A name as DOT has it once its quotes are off: with two backslashes for one."""
    return safe_text(str(text)).replace("\\", "\\\\")


def written(graph: nx.DiGraph[str]) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
    """The attributes that DOT has of nodes and edges."""
    portable = Lineage(graph).portable()
    nodes = {as_dot(key): {n: as_dot(v) for n, v in node.items()} for key, node in portable.nodes(data=True)}
    edges = {
        (as_dot(cause), as_dot(effect)): {n: as_dot(v) for n, v in edge.items()}
        for cause, effect, edge in portable.edges(data=True)
    }
    return nodes, edges


LOOK = {
    *("_gvid", "name", "tail", "head", "label", "color", "shape"),
    *("style", "fontname", "fontsize", "arrowsize"),
}


@pytest.mark.parametrize("make", [small_graph, hostile_graph])
def test_graphviz_reads_every_node_and_edge(make: Any) -> None:
    graph = make()
    read = json.loads(graphviz(Lineage(graph).to_dot(), "dot_json"))
    names = [node["name"] for node in read["objects"]]
    facts = {node["name"]: {n: v for n, v in node.items() if n not in LOOK} for node in read["objects"]}
    nodes, edges = written(graph)
    assert facts == nodes
    ends = {
        (names[e["tail"]], names[e["head"]]): {n: v for n, v in e.items() if n not in LOOK}
        for e in read["edges"]
    }
    assert ends == edges


@pytest.mark.filterwarnings("ignore:.*deprecated - use:DeprecationWarning")  # pydot, of pyparsing
@pytest.mark.parametrize("make", [small_graph, hostile_graph])
def test_pydot_reads_every_node_and_edge(make: Any) -> None:
    graph = make()
    (read,) = pydot.graph_from_dot_data(Lineage(graph).to_dot())
    facts = {
        _bare(node.get_name()): _facts(node) for node in read.get_node_list() if node.get_name() != "node"
    }
    for defaults in ("graph", "edge"):  # they stand beside the nodes
        facts.pop(defaults, None)
    nodes, edges = written(graph)
    assert facts == nodes
    ends = {(_bare(e.get_source()), _bare(e.get_destination())): _facts(e) for e in read.get_edge_list()}
    assert ends == edges


def _facts(element: Any) -> dict[str, str]:
    return {name: _bare(value) for name, value in element.get_attributes().items() if name not in LOOK}


def _bare(quoted: str) -> str:
    return quoted[1:-1].replace('\\"', '"') if quoted.startswith('"') else quoted


@pytest.mark.parametrize("make", [small_graph, hostile_graph])
def test_graphviz_draws_it(make: Any) -> None:
    drawn = graphviz(Lineage(make()).to_dot(), "svg")
    assert drawn.count('class="node"') == make().number_of_nodes()
    assert drawn.count('class="edge"') == make().number_of_edges()


def test_the_picture_tells_kinds_and_states_by_word_and_line() -> None:
    source = Lineage(small_graph()).to_dot()
    assert '"TrainingFlow/2" -> "ScoreFlow/3" [style=dotted, label="read model, scores"' in source
    assert 'label="spawned, read a, b, c and 1,201 more, read back summary"' in source
    assert '"ScoreFlow/3" -> "ScoreFlow/5" [style=dashed, label="resumed"' in source
    assert '"ETLFlow/1" -> "TrainingFlow/2" [style=solid, kind="trigger"' in source
    assert '"ScoreFlow/3" [label="✖ ScoreFlow/3\nfailed, 5 min"' in source
    assert '"GoneFlow/9" [label="○ GoneFlow/9\nmissing"' in source


def test_attributes_of_other_programs_do_not_change_the_picture() -> None:
    assert (
        Lineage(decorated_graph()).to_dot().replace('steps="[\\"abc\\", \\"def\\"]"', "") == _plain_source()
    )


def _plain_source() -> str:
    graph = small_graph()
    for edge in graph.edges.values():
        edge["steps"] = ["abc", "def"]
    return Lineage(graph).to_dot().replace('steps="[\\"abc\\", \\"def\\"]"', "")
