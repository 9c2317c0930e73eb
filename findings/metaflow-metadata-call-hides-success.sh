#!/usr/bin/env bash
# Metaflow: a step that looks into another store succeeds, and is unsuccessful for ever in its own.
#
# metaflow 2.19.39: metadata("local@…") is how a client reads another store. Called in a step it also
# redirects what the task records about itself from then on, its success included, to that store. The
# run ends with exit code 0 and says that it is not successful; the other store gains folders of a
# flow that never ran there.
#
# Seen:
#   exit code 0
#   successful False
#   attempt_ok recorded in its own store: False
#   folders in the other store: ['LookFlow']
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile metaflow==2.19.39
cd "$work"
unset ${!METAFLOW_@} # settings of whoever runs this
export METAFLOW_HOME="$work/home" METAFLOW_USER=ada
python="$work/venv/bin/python"

mkdir -p other/.metaflow
cat > flow.py <<'PY'
import os

from metaflow import FlowSpec, metadata, step


class LookFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        metadata("local@" + os.path.abspath("other"))


if __name__ == "__main__":
    LookFlow()
PY
"$python" flow.py --quiet --no-pylint run --run-id-file looked >/dev/null
echo "exit code $?"
"$python" -I - <<'PY'
from importlib.metadata import version
from pathlib import Path
from metaflow import Run

print("metaflow", version("metaflow"))
run = Run("LookFlow/" + Path("looked").read_text().strip())
folders = sorted(path.name for path in Path("other/.metaflow").iterdir())
print("successful", run.successful)
print("folders in the other store:", folders)
recorded = {entry.name for entry in run["end"].task.metadata}
print("attempt_ok recorded in its own store:", "attempt_ok" in recorded)
assert run.successful is False
assert "attempt" in recorded and "attempt_ok" not in recorded, recorded
assert folders == ["LookFlow"], folders
PY
