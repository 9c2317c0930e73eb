#!/usr/bin/env bash
# Metaflow's local store: tagging an old run makes it the flow's latest run, created just now.
#
# metaflow 2.19.39: the local provider rewrites the run's record with the tags, and with it the time
# of creation and the user. A note on last month's run moves it to the front of Flow(...), changes
# `latest_run` and `created_at`, and the record names who tagged it, while the system tag still names
# who ran it.
#
# Seen:
#   latest before: the second run; after tagging the first: the first run
#   created_at of the first run moved: True
#   user of the record: bob; system tag: user:ada
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
from metaflow import FlowSpec, step


class OneFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    OneFlow()
PY

"$python" flow.py --quiet --no-pylint run --run-id-file first >/dev/null
"$python" flow.py --quiet --no-pylint run --run-id-file second >/dev/null
METAFLOW_USER=bob "$python" -I - <<'PY'
import json
from importlib.metadata import version
from pathlib import Path
from metaflow import Flow, Run, namespace

print("metaflow", version("metaflow"))
namespace(None)
ids = {Path(name).read_text().strip(): name for name in ("first", "second")}
first = next(iter(ids))

def state():
    run = Run(f"OneFlow/{first}")
    return ids[Flow("OneFlow").latest_run.id], run.created_at

latest, created = state()
Run(f"OneFlow/{first}").add_tag("reviewed")
latest_after, created_after = state()
record = json.loads(Path(f".metaflow/OneFlow/{first}/_meta/_self.json").read_text())
print(f"latest before: the {latest} run; after tagging the first: the {latest_after} run")
print("created_at of the first run moved:", created_after > created)
owner = next(tag for tag in record["system_tags"] if tag.startswith("user:"))
print(f"user of the record: {record['user_name']}; system tag: {owner}")
assert (latest, latest_after) == ("second", "first")
assert created_after > created
assert (record["user_name"], owner) == ("bob", "user:ada")
PY
