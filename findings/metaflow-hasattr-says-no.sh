#!/usr/bin/env bash
# Metaflow: hasattr(run.data, "model") is False for an artifact that is there, after its class was
# renamed.
#
# metaflow 2.19.39: `name in run.data` looks at the list of artifacts; hasattr loads the value. When
# unpickling fails with AttributeError, as it does for a class that its module no longer has, Python
# takes that for "no such attribute". getattr with a default then returns the default, as if the run
# had made no model.
#
# Seen:
#   'model' in run.data: True
#   hasattr(run.data, 'model'): False
#   getattr(run.data, 'model', 'the default'): the default
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile metaflow==2.19.39
cd "$work"
unset ${!METAFLOW_@} # settings of whoever runs this
export METAFLOW_HOME="$work/home" METAFLOW_USER=ada
python="$work/venv/bin/python"

echo 'class Model: pass' > models.py
cat > flow.py <<'PY'
from metaflow import FlowSpec, step

import models


class FitFlow(FlowSpec):
    @step
    def start(self):
        self.model = models.Model()
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    FitFlow()
PY
"$python" flow.py --quiet --no-pylint run --run-id-file fitted >/dev/null
echo 'class BetterModel: pass' > models.py
# without -I, as unpickling imports models.py from this folder
"$python" - <<'PY'
from importlib.metadata import version
from pathlib import Path
from metaflow import Run

print("metaflow", version("metaflow"))
data = Run("FitFlow/" + Path("fitted").read_text().strip()).data
seen = ("model" in data, hasattr(data, "model"), getattr(data, "model", "the default"))
print("'model' in run.data:", seen[0])
print("hasattr(run.data, 'model'):", seen[1])
print("getattr(run.data, 'model', 'the default'):", seen[2])
if seen != (True, False, "the default"):
    raise SystemExit("this has changed")
PY
