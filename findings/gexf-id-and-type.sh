#!/usr/bin/env bash
# GEXF: a node attribute `id` renames the node, and an edge attribute `type` vanishes or makes the
# file unreadable.
#
# networkx 3.6.1 lets these attributes overwrite the ones that GEXF itself gives to <node> and <edge>.
# The writer accepts them; the reader then finds the node under its attribute's value, edges included,
# drops the edge's type, and refuses its own writer's file when the type happens to be the word
# "undirected".
#
# Seen:
#   node attribute id: nodes ['x1', 'b'], edges [('x1', 'b')]
#   edge attribute type='trigger' is kept: False
#   edge attribute type='undirected': Undirected edge found in directed graph.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile networkx==3.6.1
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
import io
import networkx as nx

def round_trip(graph):
    file = io.BytesIO()
    nx.write_gexf(graph, file)
    file.seek(0)
    return nx.read_gexf(file)

print("networkx", nx.__version__)
graph = nx.DiGraph()
graph.add_node("a", id="x1")
graph.add_edge("a", "b")
back = round_trip(graph)
nodes, edges = list(back), list(back.edges)
print(f"node attribute id: nodes {nodes}, edges {edges}")
assert (nodes, edges) == (["x1", "b"], [("x1", "b")])

graph = nx.DiGraph([("a", "b", {"type": "trigger"})])
kept = "type" in round_trip(graph).edges["a", "b"]
print("edge attribute type='trigger' is kept:", kept)
assert not kept

graph = nx.DiGraph([("a", "b", {"type": "undirected"})])
try:
    seen = str(round_trip(graph).edges)
except nx.NetworkXError as error:
    seen = str(error)
print("edge attribute type='undirected':", seen)
assert seen == "Undirected edge found in directed graph.", seen
PY
