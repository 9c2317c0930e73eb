#!/usr/bin/env bash
# An edge attribute called `source` is lost in two formats of networkx and kept in a third.
#
# networkx 3.6.1: GML and node-link JSON store the ends of an edge under the same names as its
# attributes and let the ends win, without a word; GraphML, which declares its attributes, keeps it.
#
# Seen:
#   GML {}
#   node-link {}
#   GraphML {'source': 'webhook'}
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile networkx==3.6.1
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
import networkx as nx

print("networkx", nx.__version__)
graph = nx.DiGraph([("a", "b", {"source": "webhook"})])
gml = nx.parse_gml("\n".join(nx.generate_gml(graph))).edges["a", "b"]
link = nx.node_link_graph(nx.node_link_data(graph)).edges["a", "b"]
graphml = nx.parse_graphml("\n".join(nx.generate_graphml(graph))).edges["a", "b"]
print("GML", gml)
print("node-link", link)
print("GraphML", graphml)
assert (gml, link, graphml) == ({}, {}, {"source": "webhook"})
PY
