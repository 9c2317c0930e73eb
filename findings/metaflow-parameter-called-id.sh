#!/usr/bin/env bash
# Metaflow: a flow with a parameter called `id` gets another value when a task of another flow starts
# it.
#
# metaflow 2.19.39 hands METAFLOW_RUN_ID to each task, the id of its run, and METAFLOW_RUN_<PARAMETER>
# sets the default of a parameter. Started from a shell the parameter has its default; started by a
# step it holds the parent's run id. In metaflow 2.19.10 it had its default in both cases.
#
# Seen:
#   started by hand: unset
#   started by a step: the parent's run id
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile metaflow==2.19.39
cd "$work"
unset ${!METAFLOW_@} # settings of whoever runs this
export METAFLOW_HOME="$work/home" METAFLOW_USER=ada
python="$work/venv/bin/python"

cat > inner.py <<'PY'
from metaflow import FlowSpec, Parameter, step


class InnerFlow(FlowSpec):
    id = Parameter("id", default="unset")

    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    InnerFlow()
PY
cat > outer.py <<'PY'
import subprocess
import sys

from metaflow import FlowSpec, step


class OuterFlow(FlowSpec):
    @step
    def start(self):
        command = [sys.executable, "inner.py", "--quiet", "--no-pylint", "run", "--run-id-file", "nested"]
        subprocess.run(command, check=True)
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    OuterFlow()
PY
"$python" inner.py --quiet --no-pylint run --run-id-file alone >/dev/null
"$python" outer.py --quiet --no-pylint run --run-id-file parent >/dev/null
"$python" -I - <<'PY'
from importlib.metadata import version
from pathlib import Path
from metaflow import Run

print("metaflow", version("metaflow"))
ids = {name: Path(name).read_text().strip() for name in ("alone", "nested", "parent")}
alone = Run(f"InnerFlow/{ids['alone']}").data.id
nested = Run(f"InnerFlow/{ids['nested']}").data.id
print("started by hand:", alone)
print("started by a step:", "the parent's run id" if nested == ids["parent"] else nested)
assert alone == "unset", alone
assert nested == ids["parent"], nested
PY
