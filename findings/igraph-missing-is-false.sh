#!/usr/bin/env bash
# GraphML: a yes/no attribute that a node does not have is False in igraph, and a number becomes NaN,
# a text ''.
#
# networkx 3.6.1 writes an attribute only for the nodes that have it, and GraphML has no default then.
# igraph 1.0.0 keeps one column per attribute and fills it: numbers with NaN, which can be told, but
# booleans with False and texts with '', which cannot. Whole numbers become floats, 2**53 + 1 with
# another value.
#
# Seen:
#   a {'big': 9007199254740992.0, 'done': True, 'owner': 'ada'}
#   b {'big': nan, 'done': False, 'owner': ''}
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
graph.add_node("a", done=True, owner="ada", big=2**53 + 1)
graph.add_node("b")
nx.write_graphml_xml(graph, "graph.graphml")
read = igraph.Graph.Read_GraphML("graph.graphml")
for node in read.vs:
    print(node["id"], {name: node[name] for name in ("big", "done", "owner")})
a, b = read.vs
assert (a["done"], a["owner"], a["big"]) == (True, "ada", 2.0**53)
assert (b["done"], b["owner"]) == (False, "")
assert b["big"] != b["big"], "a missing number is NaN"
PY
