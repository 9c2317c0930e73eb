#!/usr/bin/env bash
# A list of three-letter words, written as a GEXF node attribute, comes back as points in time.
#
# networkx 3.6.1 takes every list in a node's attributes for the history of a value, (value, start,
# end), and unpacks a string as readily as a tuple. So ["etl", "new"] is stored as the value "e" from
# "t" to "l" and the value "n" from "e" to "w", without a warning; a list with a longer word raises
# ValueError.
#
# Seen:
#   ['etl', 'new'] -> [('e', 't', 'l'), ('n', 'e', 'w')]
#   ['etl', 'prod'] -> ValueError
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile networkx==3.6.1
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
import io
import networkx as nx

def round_trip(tags):
    graph = nx.DiGraph()
    graph.add_node("a", tags=tags)
    file = io.BytesIO()
    nx.write_gexf(graph, file)
    file.seek(0)
    return nx.read_gexf(file).nodes["a"]["tags"]

print("networkx", nx.__version__)
seen = round_trip(["etl", "new"])
print(["etl", "new"], "->", seen)
assert seen == [("e", "t", "l"), ("n", "e", "w")], seen
try:
    seen = round_trip(["etl", "prod"])
except ValueError:
    seen = "ValueError"
print(["etl", "prod"], "->", seen)
assert seen == "ValueError", seen
PY
