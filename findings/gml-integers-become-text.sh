#!/usr/bin/env bash
# GML: an integer of 2**31 or more comes back as text, one below it as a number.
#
# networkx 3.6.1 writes integers outside 32 bits as quoted strings, and the reader leaves them so. A
# column of timestamps in milliseconds, or of run ids, changes its type by its size.
#
# Seen:
#   2147483647 -> 2147483647
#   2147483648 -> '2147483648'
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile networkx==3.6.1
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
import networkx as nx

def round_trip(value):
    graph = nx.DiGraph()
    graph.add_node("a", x=value)
    return nx.parse_gml("\n".join(nx.generate_gml(graph))).nodes["a"]["x"]

print("networkx", nx.__version__)
for value, expected in ((2**31 - 1, 2**31 - 1), (2**31, str(2**31))):
    seen = round_trip(value)
    print(value, "->", repr(seen))
    assert seen == expected, seen
PY
