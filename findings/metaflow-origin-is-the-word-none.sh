#!/usr/bin/env bash
# Metaflow: every run has an origin-run-id, and for a run that was not resumed it is the word "None".
#
# metaflow 2.19.39 records a task's `origin-run-id` through str(), so `if
# task.metadata_dict["origin-run-id"]` is true for all runs, and "None" passes for the id of a run.
# current.origin_run_id of the same run is a real None.
#
# Seen:
#   metadata: 'None'
#   current.origin_run_id: None
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile metaflow==2.19.39
cd "$work"
unset ${!METAFLOW_@} # settings of whoever runs this
export METAFLOW_HOME="$work/home" METAFLOW_USER=ada
python="$work/venv/bin/python"

cat > flow.py <<'PY'
from metaflow import FlowSpec, current, step


class OneFlow(FlowSpec):
    @step
    def start(self):
        self.origin = current.origin_run_id
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    OneFlow()
PY
"$python" flow.py --quiet --no-pylint run --run-id-file plain >/dev/null
"$python" -I - <<'PY'
from importlib.metadata import version
from pathlib import Path
from metaflow import Run

print("metaflow", version("metaflow"))
run = Run("OneFlow/" + Path("plain").read_text().strip())
recorded = run["start"].task.metadata_dict["origin-run-id"]
print("metadata:", repr(recorded))
print("current.origin_run_id:", run.data.origin)
assert recorded == "None", recorded
assert run.data.origin is None, run.data.origin
PY
