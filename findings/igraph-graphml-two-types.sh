#!/usr/bin/env bash
# GraphML: a file that networkx writes and reads back right is refused by igraph.
#
# Where one attribute is a number on one node and text on another, networkx 3.6.1 declares two keys
# with the same attr.name and different attr.type, and gives every node its own type again. igraph
# 1.0.0 takes the second declaration for a duplicate and raises.
#
# Seen:
#   networkx: {'a': {'x': 1}, 'b': {'x': 'one'}}
#   igraph: Duplicate attribute name found: 'x'
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile networkx==3.6.1 igraph==1.0.0
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
import igraph
import networkx as nx

print("networkx", nx.__version__, "igraph", igraph.__version__)
graph = nx.DiGraph()
graph.add_node("a", x=1)
graph.add_node("b", x="one")
nx.write_graphml_xml(graph, "graph.graphml")
back = dict(nx.read_graphml("graph.graphml").nodes(data=True))
print("networkx:", back)
assert back == {"a": {"x": 1}, "b": {"x": "one"}}, back
try:
    seen = str(igraph.Graph.Read_GraphML("graph.graphml").vs["x"])
except igraph.InternalError as error:
    seen = str(error)
print("igraph:", seen)
assert "Duplicate attribute name found: 'x'" in seen, seen
PY
