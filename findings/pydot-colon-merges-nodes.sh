#!/usr/bin/env bash
# DOT: two nodes whose names begin alike before a colon are one node after pydot wrote them.
#
# pydot 4.0.1 takes what follows a colon for a port of the node, also in names that its caller gave
# whole and that need quotes. "event:first" and "event:second" are both written as the node `event`;
# the edge goes to a port.
#
# Seen:
#   digraph G {
#   event;
#   event;
#   event:first -> Flow;
#   event:second -> Flow;
#   }
#   nodes read back: ['event', 'event']
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pydot==4.0.1
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
from importlib.metadata import version
import pydot

print("pydot", version("pydot"))
graph = pydot.Dot(graph_type="digraph")
names = ["event:first", "event:second"]
for name in names:
    graph.add_node(pydot.Node(name))
for name in names:
    graph.add_edge(pydot.Edge(name, "Flow"))
text = graph.to_string()
print(text)
assert "event;\nevent;\nevent:first -> Flow;\nevent:second -> Flow;" in text
(back,) = pydot.graph_from_dot_data(text)
seen = [node.get_name() for node in back.get_nodes()]
print("nodes read back:", seen)
assert seen == ["event", "event"], seen
PY
