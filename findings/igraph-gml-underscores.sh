#!/usr/bin/env bash
# GML: igraph removes underscores from attribute names, and two attributes become one.
#
# igraph 1.0.0 writes `run_id` as `runid`, since GML's keys are letters and digits only. If there is a
# `runid` already, each node is written with the key twice and the reader keeps the last. Nothing
# warns.
#
# Seen:
#   written: ['runid "1"', 'runid "one"', 'runid "2"', 'runid "two"']
#   read: {'id': 0.0, 'runid': 'one'}
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile igraph==1.0.0
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
import warnings
import igraph

warnings.simplefilter("error")
print("igraph", igraph.__version__)
graph = igraph.Graph([(0, 1)], directed=True)
graph.vs["run_id"] = ["1", "2"]
graph.vs["runid"] = ["one", "two"]
graph.write_gml("graph.gml")
with open("graph.gml") as file:
    written = [line.strip() for line in file if "run" in line]
read = igraph.Graph.Read_GML("graph.gml").vs[0].attributes()
print("written:", written)
print("read:", read)
assert written == ['runid "1"', 'runid "one"', 'runid "2"', 'runid "two"'], written
assert read == {"id": 0.0, "runid": "one"}, read
PY
