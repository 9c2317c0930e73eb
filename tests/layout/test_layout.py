from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.layout import Placement, place
from tests.support.lineages import trigger_lineage

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
CLOSE = 1e-9

untimed = settings(deadline=None, max_examples=60)


def drawn(picture: str) -> nx.DiGraph:
    """The graph of a drawing such as ``a > b > c, a > c``; its nodes are a minute apart, as they appear."""
    graph = nx.DiGraph()
    for chain in picture.split(","):
        names = [name.strip() for name in chain.split(">")]
        for name in names:
            if name not in graph:
                graph.add_node(name, created_at=START + timedelta(minutes=len(graph)))
        graph.add_edges_from(pairwise(names))
    return graph


def of_kinds(picture: str, **kinds: str) -> nx.DiGraph:
    """The graph of a drawing, in which all causes of a node have the kind that is given for it."""
    graph = drawn(picture)
    for name, kind in kinds.items():
        for cause in graph.predecessors(name):
            graph.edges[cause, name]["kind"] = kind
    return graph


def rows(placement: Placement, names: str) -> list[float]:
    return [placement.positions[name][1] for name in names.split()]


def columns(placement: Placement, names: str) -> list[float]:
    return [placement.positions[name][0] for name in names.split()]


def assert_apart(placement: Placement) -> None:
    """Nodes of a column are a row apart, and waypoints keep off nodes."""
    nodes: dict[float, list[float]] = {}
    for x, y in placement.positions.values():
        nodes.setdefault(x, []).append(y)
    for taken in nodes.values():
        taken.sort()
        assert all(below - above >= 1 - CLOSE for above, below in pairwise(taken))
    for x, y in {point for route in placement.routes.values() for point in route}:
        assert all(abs(y - other) >= 0.75 - CLOSE for other in nodes.get(x, ()))


def assert_routed(graph: nx.DiGraph, placement: Placement) -> None:
    """An edge has a point in each column that it passes, from its cause to its effect, and no others.

    A read also has one above its cause and one above its effect.
    """
    for u, v, kind in graph.edges(data="kind"):
        if u != v:
            start, end = placement.positions[u][0], placement.positions[v][0]
            step = 1 if end > start else -1
            passed = [float(x) for x in range(int(start) + step, int(end), step)]
            if kind == "read":
                passed = [start, *passed, end]
            assert [x for x, _ in placement.routes.get((u, v), ())] == passed


KINDS = (None, "trigger", "resume", "spawn", "publish", "read")


@st.composite
def kinds_of_edges(draw: st.DrawFn) -> nx.DiGraph:
    """Small acyclic graphs whose edges have kinds."""
    graph = draw(graphs())
    for edge in graph.edges:
        graph.edges[edge]["kind"] = draw(st.sampled_from(KINDS))
    return graph


@st.composite
def graphs(draw: st.DrawFn, acyclic: bool = True) -> nx.DiGraph:
    """Small graphs, some with nodes that have no time."""
    count = draw(st.integers(0, 12))
    node = st.integers(0, max(0, count - 1))
    edges = draw(st.lists(st.tuples(node, node), max_size=24)) if count else []
    graph = nx.DiGraph()
    for i in range(count):
        graph.add_node(i, **draw(st.sampled_from([{}, {"created_at": START + timedelta(minutes=i % 5)}])))
    graph.add_edges_from((min(e), max(e)) if acyclic else e for e in edges if not acyclic or e[0] != e[1])
    return graph


@untimed
@given(graphs())
def test_edges_run_from_left_to_right(graph: nx.DiGraph) -> None:
    """An effect is right of its causes, and there are as many columns as the longest path has nodes."""
    placement = place(graph)
    assert placement.positions.keys() == set(graph)
    for u, v in graph.edges:
        assert placement.positions[u][0] < placement.positions[v][0]
    found = {x for x, _ in placement.positions.values()}
    assert found == {float(i) for i in range(nx.dag_longest_path_length(graph) + 1 if graph else 0)}


@untimed
@given(graphs())
def test_nothing_overlaps(graph: nx.DiGraph) -> None:
    """Nodes are a row apart, long edges keep off nodes and have one point in each column."""
    placement = place(graph)
    assert_apart(placement)
    assert_routed(graph, placement)


@untimed
@given(kinds_of_edges())
def test_directions_mean_something(graph: nx.DiGraph) -> None:
    """A trigger goes right, a resume or a spawn down or right, and a read from above to above."""
    placement = place(graph)
    at = placement.positions
    assert_apart(placement)
    assert_routed(graph, placement)
    for u, v, kind in graph.edges(data="kind"):
        (start, above), (end, below) = at[u], at[v]
        if kind in ("resume", "spawn"):
            assert start < end or (start == end and above < below)
        elif kind == "read":
            (_, first), *_, (_, last) = placement.routes[u, v]
            assert first <= above - 0.75
            assert last <= below - 0.75
        else:
            assert start < end


def test_reads_over_all_nodes_of_their_columns_are_level() -> None:
    """Those of one cause share a lane; the longer ones are above the shorter ones."""
    graph = drawn("a > b > c > d > e")
    graph.add_edges_from([("a", "c"), ("b", "e"), ("a", "d")], kind="read")
    routes = place(graph).routes
    lanes = {edge: {row for _, row in route} for edge, route in routes.items()}
    assert [len(taken) for taken in lanes.values()] == [1, 1, 1]
    assert lanes["a", "c"] == lanes["a", "d"] == {0.5}
    assert lanes["b", "e"] == {0.0}


@untimed
@given(kinds_of_edges(), st.data())
def test_growing_keeps_directions(graph: nx.DiGraph, data: st.DataObject) -> None:
    """What is fixed stays, whatever the kinds of edges; reads that are new go over the top."""
    kept = data.draw(st.sets(st.sampled_from(sorted(graph)))) if graph else set()
    first = place(graph.subgraph(kept))
    second = place(graph, fixed=first.positions, routes=first.routes)
    assert {node: second.positions[node] for node in kept} == first.positions
    assert {edge: second.routes[edge] for edge in first.routes} == first.routes
    nodes = sorted(second.positions.values())
    assert all(b[1] - a[1] >= 1 - CLOSE for a, b in pairwise(nodes) if a[0] == b[0])
    assert_routed(graph, second)


@untimed
@given(graphs(acyclic=False))
def test_cycles_do_not_hang(graph: nx.DiGraph) -> None:
    """Broken records with cycles and self-loops are placed like others, with some edges running backwards."""
    placement = place(graph)
    assert placement.positions.keys() == set(graph)
    assert_apart(placement)
    assert_routed(graph, placement)
    forwards = [(u, v) for u, v in graph.edges if placement.positions[u][0] < placement.positions[v][0]]
    assert nx.is_directed_acyclic_graph(nx.DiGraph(forwards))


@untimed
@given(graphs(acyclic=False), st.randoms(use_true_random=False))
def test_same_lineage_same_drawing(graph: nx.DiGraph, dice: random.Random) -> None:
    """The order in which nodes and edges were added makes no difference."""
    nodes, edges = list(graph.nodes(data=True)), list(graph.edges)
    dice.shuffle(nodes)
    dice.shuffle(edges)
    other = nx.DiGraph()
    other.add_nodes_from(nodes)
    other.add_edges_from(edges)
    assert place(other) == place(graph)


@untimed
@given(graphs(acyclic=False), st.data())
def test_what_is_fixed_stays(graph: nx.DiGraph, data: st.DataObject) -> None:
    """Nodes with given positions stay exactly there, and new ones overlap nothing."""
    kept = data.draw(st.sets(st.sampled_from(sorted(graph)))) if graph else set()
    first = place(graph.subgraph(kept))
    second = place(graph, fixed=first.positions, routes=first.routes)
    assert second.positions.keys() == set(graph)
    assert {node: second.positions[node] for node in kept} == first.positions
    assert {edge: second.routes[edge] for edge in first.routes} == first.routes
    assert_apart(second)


@untimed
@given(graphs())
def test_all_fixed(graph: nx.DiGraph) -> None:
    """Given positions for every node are the result, and the routes of an earlier drawing are too."""
    before = place(graph)
    assert place(graph, fixed=before.positions, routes=before.routes) == before
    odd = {node: (i * 0.7, i * -3.3) for i, node in enumerate(graph)}
    assert place(graph, fixed=odd).positions == odd


def test_graph_is_left_alone() -> None:
    """Nothing is stored on the graph."""
    graph = drawn("etl > train > predict, etl > predict")
    before = nx.node_link_data(graph, edges="edges")
    place(graph)
    assert nx.node_link_data(graph, edges="edges") == before


@pytest.mark.parametrize("count", [1, 2, 60])
def test_straight_chain(count: int) -> None:
    """A chain is a straight line."""
    placement = place(drawn(" > ".join(f"n{i}" for i in range(count))))
    assert list(placement.positions.values()) == [(float(i), 0.0) for i in range(count)]


@pytest.mark.parametrize("count", [2, 3, 8])
def test_fan_is_centred(count: int) -> None:
    """A cause is in the middle of its effects, and these are in the order of time, a row apart."""
    placement = place(drawn(", ".join(f"cause > effect{i}" for i in range(count))))
    assert placement.positions["cause"] == (0.0, (count - 1) / 2)
    assert [placement.positions[f"effect{i}"] for i in range(count)] == [
        (1.0, float(i)) for i in range(count)
    ]


def test_join_is_centred() -> None:
    """An effect is in the middle of its causes."""
    assert rows(place(drawn("a > join, b > join, c > join")), "a b c join") == [0, 1, 2, 1]


def test_typical_lineage() -> None:
    """The lineage of the issue: two chains that meet, straight up to the prediction in their middle."""
    placement = place(drawn("etl > training > prediction, event > data > prediction"))
    assert columns(placement, "etl training event data prediction") == [0, 1, 0, 1, 2]
    assert rows(placement, "etl training event data prediction") == [0, 0, 1, 1, 0.5]


def test_diamond_is_symmetric() -> None:
    """What splits and meets again has its ends on one row."""
    assert rows(place(drawn("a > b > d, a > c > d")), "a b c d") == [0.5, 0, 1, 0.5]


def test_late_causes_move_up() -> None:
    """An event, or a chain of runs, that joins in a late stage stands right before it."""
    placement = place(drawn("a > b > c > d > e, event > e, x > y > e"))
    assert columns(placement, "a b c d e event x y") == [0, 1, 2, 3, 4, 3, 2, 3]
    assert not placement.routes


def test_long_edge_goes_round() -> None:
    """An edge past two stages does not run through what is between, and lies straight."""
    placement = place(drawn("a > b > c > d, a > d"))
    (x1, y1), (x2, y2) = placement.routes["a", "d"]
    assert (x1, x2) == (1.0, 2.0)
    assert y1 == pytest.approx(y2)
    assert_apart(placement)


def test_spine_is_straight() -> None:
    """Where an earlier run is a cause too, the chain stays straight and the long edge goes round."""
    placement = place(drawn("etl > training > prediction, etl > prediction"))
    assert rows(placement, "etl training prediction") == [0, 0, 0]
    assert placement.routes["etl", "prediction"] == [(1.0, 0.75)]


def test_long_edges_share_a_lane() -> None:
    """Long edges of one cause that lie side by side run together: here three go two ways."""
    placement = place(drawn("a > b > c > d, a > e, a > f, c > e, c > f, a > d"))
    points = {point for route in placement.routes.values() for point in route}
    assert len(placement.routes) == 3
    assert len(points) == 4


def test_resumes_and_spawns_go_down() -> None:
    """They stand right beneath their run, in its column; what they set off is right of them."""
    graph = of_kinds(
        "etl > train > predict, train > again > report, train > drift", again="resume", drift="spawn"
    )
    placement = place(graph)
    assert columns(placement, "etl train predict again report drift") == [0, 1, 2, 1, 2, 1]
    train, again, drift = rows(placement, "train again drift")
    assert (again, drift) == (train + 1, train + 2)


def test_a_chain_of_resumes_is_a_stack() -> None:
    """A run that was resumed again and again is one column."""
    placement = place(of_kinds("a > b > c > d", b="resume", c="resume", d="resume"))
    assert columns(placement, "a b c d") == [0, 0, 0, 0]
    assert rows(placement, "a b c d") == [0, 1, 2, 3]


def test_beneath_and_right_is_right() -> None:
    """A resumed run that was triggered by an effect of its origin cannot stand beneath it."""
    graph = drawn("origin > check > again")
    graph.add_edge("origin", "again", kind="resume")
    assert columns(place(graph), "origin check again") == [0, 1, 2]


def test_a_read_goes_over_the_top() -> None:
    """Its lane is above its cause, its effect and all between; what stands there stays where it was."""
    graph = drawn("etl > train > predict > report, data > predict")
    before = place(graph)
    graph.add_edge("train", "report", kind="read")
    placement = place(graph)
    route = placement.routes["train", "report"]
    assert [x for x, _ in route] == [1, 2, 3]
    assert len({y for _, y in route}) == 1
    assert route[0][1] < min(rows(placement, "train predict report"))
    assert columns(placement, "etl train predict report data") == columns(
        before, "etl train predict report data"
    )


def test_spawned_runs_read_each_other_in_one_column() -> None:
    """A read between runs beneath the same one does not move them apart."""
    graph = of_kinds("parent > first, parent > second", first="spawn", second="spawn")
    graph.add_edge("first", "second", kind="read")
    placement = place(graph)
    assert columns(placement, "parent first second") == [0, 0, 0]
    assert [x for x, _ in placement.routes["first", "second"]] == [0, 0]


def test_components_do_not_mix() -> None:
    """Unconnected lineages stand below each other, the bigger one first, none in another's rows."""
    placement = place(drawn("x > y, a > b > c, a > d"))
    assert max(rows(placement, "a b c d")) < min(rows(placement, "x y"))
    assert columns(placement, "a x") == [0, 0]


def test_many_small_components_are_packed() -> None:
    """Many single runs make a block and not an endless column."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(300))
    placement = place(graph)
    assert_apart(placement)
    assert len({x for x, _ in placement.positions.values()}) == 6


def test_components_beside_each_other_keep_the_columns() -> None:
    """Where components stand beside each other, they use the columns that the longest path needs anyhow."""
    graph = trigger_lineage(300, seed=2)
    found = {x for x, _ in place(graph).positions.values()}
    assert len(found) == nx.dag_longest_path_length(graph) + 1


def test_expanding_adds_beside() -> None:
    """Effects that are opened later stand beside their cause, centred on it where there is room."""
    before = place(drawn("a > b"))
    after = place(drawn("a > b, b > c, b > d, b > e, z > a"), fixed=before.positions)
    assert columns(after, "a b c d e z") == [0, 1, 2, 2, 2, -1]
    assert rows(after, "a b c d e z") == [0, 0, -1, 0, 1, 0]


def test_expanding_finds_free_places() -> None:
    """Where the best place is taken, a new node gets the nearest that is free."""
    before = place(drawn("a > b, a > c, a > d"))
    after = place(drawn("a > b, a > c, a > d, c > e, x > e, a > f"), fixed=before.positions)
    assert after.positions["f"] in {(1.0, -1.0), (1.0, 3.0)}
    assert_apart(after)


def test_unrelated_nodes_come_below() -> None:
    """What hangs together with nothing that is fixed is drawn below it."""
    before = place(drawn("a > b, a > c"))
    after = place(drawn("a > b, a > c, x > y"), fixed=before.positions)
    assert min(rows(after, "x y")) >= max(rows(before, "a b c")) + 1


def test_fixed_nodes_that_are_gone_are_ignored() -> None:
    """A position of a node that is no longer in the graph does no harm."""
    assert place(drawn("a > b"), fixed={"gone": (5.0, 5.0)}).positions == {"a": (0.0, 0.0), "b": (1.0, 0.0)}


@pytest.mark.parametrize("fixed", [False, True])
def test_long_chain(fixed: bool) -> None:
    """A chain of 5,000 runs is no special case, nor one that grows from a single run."""
    graph = drawn(" > ".join(f"n{i}" for i in range(5_000)))
    placement = place(graph, fixed={"n0": (0.0, 0.0)} if fixed else None)
    assert placement.positions == {f"n{i}": (float(i), 0.0) for i in range(5_000)}


@pytest.mark.parametrize("fixed", [False, True])
def test_wide_fan(fixed: bool) -> None:
    """A cause with 3,000 effects is no special case, nor one whose effects are opened at once."""
    graph = drawn(", ".join(f"cause > effect{i}" for i in range(3_000)))
    placement = place(graph, fixed={"cause": (0.0, 0.0)} if fixed else None)
    middle = placement.positions["cause"][1]
    assert sum(y - middle for _, y in placement.positions.values()) == pytest.approx(0)
    assert_apart(placement)


def test_long_cycle() -> None:
    """A cycle through 5,000 runs is cut once."""
    graph = drawn(" > ".join(f"n{i}" for i in range(5_000)))
    graph.add_edge("n4999", "n0")
    placement = place(graph)
    assert placement.positions["n4999"][0] == 4_999
    assert len(placement.routes["n4999", "n0"]) == 4_998


def test_made_up_lineages_are_what_they_say() -> None:
    """The generator makes as many runs as asked for, the same for the same seed, without cycles."""
    graph = trigger_lineage(500, seed=4)
    assert nx.utils.graphs_equal(graph, trigger_lineage(500, seed=4))
    assert sum(kind == "run" for _, kind in graph.nodes(data="kind")) == 500
    assert 1.1 < graph.number_of_edges() / 500 < 1.5
    assert nx.is_directed_acyclic_graph(graph)


@settings(untimed, max_examples=10)
@given(st.integers(0, 1_000))
def test_realistic_lineages(seed: int) -> None:
    """Made-up trigger lineages are placed without overlaps, whole and grown from a half."""
    graph = trigger_lineage(60, seed)
    half = place(graph.subgraph(sorted(graph)[::2]))
    for placement in (place(graph), place(graph, fixed=half.positions, routes=half.routes)):
        assert placement.positions.keys() == set(graph)
        assert_apart(placement)
