#!/usr/bin/env bash
# Drawing a graph with pyvis deletes the weights of the graph that is drawn.
#
# pyvis 0.3.2 hands on the very dictionaries of the networkx graph: it renames `weight` to `width` in
# them, and adds `size` to the nodes. Shortest paths of the same graph differ after it was drawn.
#
# Seen:
#   before ['a', 'b', 'c'] {'weight': 1}
#   after ['a', 'c'] {'width': 1}
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile networkx==3.6.1 pyvis==0.3.2
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
from importlib.metadata import version
import networkx as nx
from pyvis.network import Network

print("networkx", nx.__version__, "pyvis", version("pyvis"))
graph = nx.DiGraph()
graph.add_weighted_edges_from([("a", "b", 1), ("b", "c", 1), ("a", "c", 5)])

def state():
    return nx.dijkstra_path(graph, "a", "c"), dict(graph.edges["a", "b"])

before = state()
Network(directed=True).from_nx(graph)
after = state()
print("before", *before)
print("after", *after)
assert before == (["a", "b", "c"], {"weight": 1}), before
assert after == (["a", "c"], {"width": 1}), after
PY
