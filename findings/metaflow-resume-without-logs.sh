#!/usr/bin/env bash
# Metaflow: a resumed run has the artifacts of the steps that it copied, but neither their output nor
# the run's tags.
#
# metaflow 2.19.39: `resume` clones the finished tasks. Their artifacts read as in the origin, their
# stdout is empty, and the tags that were given to the origin (--tag) are gone, so a search by tag
# finds the failed run and not the good one.
#
# Seen:
#   artifact of the copied step: 42 (origin: 42)
#   its output: '' (origin: 'it is 42')
#   tags: [] (origin: ['nightly'])
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
import os

from metaflow import FlowSpec, step


class AgainFlow(FlowSpec):
    @step
    def start(self):
        self.answer = 42
        print("it is", self.answer)
        self.next(self.end)

    @step
    def end(self):
        if "FAIL" in os.environ:
            raise ValueError("as asked")


if __name__ == "__main__":
    AgainFlow()
PY
if FAIL=1 "$python" flow.py --quiet --no-pylint run --tag nightly --run-id-file origin >failed.log 2>&1; then
  echo "the first run was to fail"
  exit 1
fi
"$python" flow.py --quiet --no-pylint resume --run-id-file resumed >/dev/null
"$python" -I - <<'PY'
from importlib.metadata import version
from pathlib import Path
from metaflow import Run

print("metaflow", version("metaflow"))

def facts(name):
    run = Run("AgainFlow/" + Path(name).read_text().strip())
    task = run["start"].task
    return task.data.answer, task.stdout.strip(), sorted(run.user_tags)

origin, resumed = facts("origin"), facts("resumed")
print(f"artifact of the copied step: {resumed[0]} (origin: {origin[0]})")
print(f"its output: {resumed[1]!r} (origin: {origin[1]!r})")
print(f"tags: {resumed[2]} (origin: {origin[2]})")
assert origin == (42, "it is 42", ["nightly"]), origin
assert resumed == (42, "", []), resumed
PY
