#!/usr/bin/env bash
# Cytoscape JSON: a node whose `name` is empty gets its key as a name.
#
# networkx 3.6.1 writes `name or key`, so a value that is merely false is replaced, and it adds the
# attributes `id`, `value` and `name` to every node that is read back. Other false values (an empty
# `owner`) stay.
#
# Seen:
#   {'name': 'flow/1', 'owner': '', 'id': 'flow/1', 'value': 'flow/1'}
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile networkx==3.6.1
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
import json
import networkx as nx

print("networkx", nx.__version__)
graph = nx.DiGraph()
graph.add_node("flow/1", name="", owner="")
seen = nx.cytoscape_graph(json.loads(json.dumps(nx.cytoscape_data(graph)))).nodes["flow/1"]
print(seen)
assert seen == {"name": "flow/1", "owner": "", "id": "flow/1", "value": "flow/1"}, seen
PY
