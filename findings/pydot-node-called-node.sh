#!/usr/bin/env bash
# DOT: nodes called `node`, `edge` and `graph` disappear on the way through networkx and pydot.
#
# DOT has six reserved words. pydot 4.0.1 puts `strict`, `digraph` and `subgraph` in quotes when they
# name a node, and leaves `node`, `edge` and `graph` bare, where they set defaults: all nodes of the
# drawing take on the colour that was meant for one. networkx 3.6.1 has neither node nor edge of that
# name when it reads the text back.
#
# Seen:
#   node [color=red];
#   edge [color=red];
#   graph [color=red];
#   "strict" [color=red];
#   "digraph" [color=red];
#   "subgraph" [color=red];
#   read: ['strict', 'digraph', 'subgraph']
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile networkx==3.6.1 pydot==4.0.1
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
from importlib.metadata import version
import warnings
import networkx as nx
import pydot

warnings.simplefilter("ignore", DeprecationWarning)
print("networkx", nx.__version__, "pydot", version("pydot"))
graph = nx.DiGraph()
graph.add_nodes_from(["node", "edge", "graph", "strict", "digraph", "subgraph"], color="red")
text = nx.nx_pydot.to_pydot(graph).to_string()
written = [line for line in text.splitlines() if "red" in line]
print(*written, sep="\n")
assert written == [
    "node [color=red];",
    "edge [color=red];",
    "graph [color=red];",
    '"strict" [color=red];',
    '"digraph" [color=red];',
    '"subgraph" [color=red];',
], written
(dot,) = pydot.graph_from_dot_data(text)
read = list(nx.nx_pydot.from_pydot(dot))
print("read:", read)
assert read == ["strict", "digraph", "subgraph"], read
PY
