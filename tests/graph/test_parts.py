from __future__ import annotations

from itertools import pairwise

import networkx as nx
import pytest

from lineage.graph.parts import part_of


@pytest.mark.parametrize("count", [9, 30])
def test_a_part_is_in_the_order_of_its_graph_however_small_it_is(count: int) -> None:
    graph: nx.DiGraph[str] = nx.DiGraph(read_at="now")
    for number in range(40):
        graph.add_node(f"AFlow/{number}", number=number)
    for number in range(39):
        graph.add_edge(f"AFlow/{number}", f"AFlow/{number + 1}", kind="trigger")
    keys = [f"AFlow/{number}" for number in range(count)]
    part = part_of(graph, keys[::-1])
    assert list(part) == keys
    assert list(part.edges) == list(pairwise(keys))
    assert part.graph == {"read_at": "now"}
    assert part.nodes["AFlow/3"] == {"number": 3}
    assert part.edges["AFlow/3", "AFlow/4"] == {"kind": "trigger"}


def test_what_is_set_in_a_part_is_not_set_in_its_graph() -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edge("AFlow/1", "BFlow/2", kind="trigger")
    part = part_of(graph, {"AFlow/1", "BFlow/2"})
    part.nodes["AFlow/1"]["more"] = 1
    part.edges["AFlow/1", "BFlow/2"]["kind"] = "read"
    assert graph.nodes["AFlow/1"] == {}
    assert graph.edges["AFlow/1", "BFlow/2"] == {"kind": "trigger"}
