"""The selection language on the Python side; the viewer passes the same table in the browser."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.errors import InvalidArgument, InvalidSelection
from lineage.graph.run_graph import event_attributes
from lineage.graph.selection import select, within
from lineage.records.model import TriggerEvent

TABLE = json.loads((Path(__file__).parent.parent / "selection_cases.json").read_text("utf-8"))


def graph(name: str) -> nx.DiGraph:
    """A graph of the table: edges are drawn, nodes have what is said and nothing else."""
    described = TABLE["graphs"][name]
    made: nx.DiGraph = nx.DiGraph()
    for line in described["edges"]:
        nx.add_path(made, line.split(" > "))
    made.add_nodes_from(described["nodes"])
    for key in made:
        made.nodes[key].update(_node(key, described["nodes"].get(key, {})))
    return made


def _node(key: str, said: dict[str, Any]) -> dict[str, Any]:
    times = {
        name: datetime.fromisoformat(said[name].replace("Z", "+00:00"))
        for name in ("created_at", "timestamp")
        if name in said
    }
    name, _, ident = key.removeprefix("event:").rpartition("/")
    if key.startswith("event:"):
        return {"kind": "event", "name": name, "event_id": ident, **said, **times}
    return {"kind": "run", "flow": name, "run_id": ident, "status": "completed", **said, **times}


def title(case: dict[str, Any]) -> str:
    return f"{case['graph']}: {case['query'][:40]}"


@pytest.mark.parametrize("case", [c for c in TABLE["cases"] if "expect" in c], ids=title)
def test_a_selection_means_what_the_table_says(case: dict[str, Any]) -> None:
    assert sorted(select(graph(case["graph"]), case["query"])) == sorted(case["expect"])


@pytest.mark.parametrize("case", [c for c in TABLE["cases"] if "error" in c], ids=title)
def test_what_does_not_parse_is_refused_at_the_character_that_is_wrong(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidSelection) as caught:
        select(graph(case["graph"]), case["query"])
    assert (caught.value.reason, caught.value.position) == (case["error"], case["position"])
    assert str(caught.value).endswith("\n  " + " " * case["position"] + "^")


@given(st.text(alphabet='AB/+=>() "\\:*?12not and or status', max_size=40))
def test_any_text_selects_nodes_or_is_refused_within_it(text: str) -> None:
    nodes = graph("pipeline")
    found: set[str] = set()
    position = 0
    try:
        found = select(nodes, text)
    except InvalidSelection as error:
        position = error.position
    assert found <= set(nodes)
    assert 0 <= position <= len(text)


def test_an_event_without_an_id_is_found_by_the_time_in_its_key() -> None:
    event = TriggerEvent("first", None, datetime(2026, 1, 1, tzinfo=timezone.utc), "event")
    nodes: nx.DiGraph = nx.DiGraph()
    nodes.add_node(event.node, **event_attributes(event))
    assert select(nodes, "event:first/1767225600") == {event.node} == {"event:first/1767225600"}
    assert nodes.nodes[event.node]["event_id"] is None


def test_a_kind_selects_both_ends_of_its_edges_also_where_an_edge_has_one_kind_only() -> None:
    nodes = graph("pipeline")
    nodes.edges["ETLFlow/7", "TrainingFlow/34"]["kinds"] = ["trigger", "read"]
    nodes.edges["ETLFlow/7", "TrainingFlow/35"]["kind"] = "spawn"  # as drawn before edges had several
    assert select(nodes, "kind:read") == {"ETLFlow/7", "TrainingFlow/34"}
    assert select(nodes, "kind:spawn") == {"ETLFlow/7", "TrainingFlow/35"}
    assert select(nodes, "kind:publish") == set()


def test_a_line_break_in_a_name_is_a_character_like_others() -> None:
    nodes = graph("cycle")
    nodes.nodes["AFlow/1"]["tags"] = ["two\nlines"]
    assert select(nodes, "tag:two*lines") == select(nodes, 'tag:"two\\\nlines"') == {"AFlow/1"}


@pytest.mark.parametrize(("before", "free"), [("A) or ", 20), ("not A or ", 19)])
def test_what_is_closed_again_is_not_deep(before: str, free: int) -> None:
    nodes = graph("cycle")

    def nested(more: int) -> str:
        text = "(" * 30 + before + "(" * more + "A"
        return text + ")" * (text.count("(") - text.count(")"))

    select(nodes, nested(free))
    with pytest.raises(InvalidSelection, match="too many parentheses"):
        select(nodes, nested(free + 1))


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"^a selection must be a string .*, not 3$"):
        select(nx.DiGraph(), 3)  # type: ignore[arg-type] # on purpose


def test_a_long_chain_is_no_special_case() -> None:
    chain: nx.DiGraph = nx.path_graph(20_000, create_using=nx.DiGraph)
    assert len(within(chain, {0})) == 20_000
