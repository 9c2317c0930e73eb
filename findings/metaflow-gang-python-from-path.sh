#!/usr/bin/env bash
# Metaflow: a local gang (`@parallel`) runs one task with the Python that runs the flow, the others with
# the `python` that is first on the PATH.
#
# All other tasks of metaflow 2.19.39 that run locally use the interpreter of the run. If an environment
# is not activated and its Python is called by its path, the tasks of one step run in two environments,
# with the packages of both; without Metaflow in the second, the step fails.
#
# Seen:
#   node 0: first
#   node 1: second
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for name in first second; do
  "${PYTHON:-python3}" -m venv "$work/$name"
  "$work/$name/bin/pip" install --quiet --no-compile metaflow==2.19.39
done
cd "$work"
unset ${!METAFLOW_@} # settings of whoever runs this
export METAFLOW_HOME="$work/home" METAFLOW_USER=ada
export PATH="$work/second/bin:$PATH"

cat > flow.py <<'PY'
import sys
from pathlib import Path

from metaflow import FlowSpec, current, parallel, step


class GangFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.together, num_parallel=2)

    @parallel
    @step
    def together(self):
        self.seen = (current.parallel.node_index, Path(sys.prefix).name)
        self.next(self.join)

    @step
    def join(self, inputs):
        self.seen = sorted(task.seen for task in inputs)
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    GangFlow()
PY
first/bin/python flow.py --quiet --no-pylint run --run-id-file run >/dev/null
first/bin/python -I - <<'PY'
from importlib.metadata import version
from pathlib import Path
from metaflow import Run

print("metaflow", version("metaflow"))
seen = Run("GangFlow/" + Path("run").read_text().strip()).data.seen
for node, environment in seen:
    print(f"node {node}: {environment}")
assert seen == [(0, "first"), (1, "second")], seen
PY
