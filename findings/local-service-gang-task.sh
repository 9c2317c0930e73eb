#!/usr/bin/env bash
# metaflow-local-service: the second task of a gang (`@parallel`) never ends for a client that lists it.
#
# Metaflow 2.19.39 names the tasks of a local gang that are not in control like "3_node_1". The server
# of metaflow-local-service 0.2.0 gives such a task a number, lists that number, and keeps what the task
# writes under its name. No read fails; the listed task has no `attempt_ok`, so it looks as if it still
# ran, while the service has the end of the same task under its name.
#
# Seen:
#   listed 3: attempt_ok True
#   listed 4: attempt_ok None
#   by name 3_node_1: attempt_ok True
set -euo pipefail

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile metaflow==2.19.39 metaflow-local-service==0.2.0
cd "$work"
unset ${!METAFLOW_@} # settings of whoever runs this
export METAFLOW_HOME="$work/home" METAFLOW_USER=ada
python="$work/venv/bin/python"
export PATH="$work/venv/bin:$PATH" # with which a local gang starts its tasks
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$python" -m metaflow_local_service.daemon --port "$port" --metaflow-root "$work/root" >/dev/null 2>&1 &
server=$!
export METAFLOW_SERVICE_URL="http://127.0.0.1:$port" METAFLOW_DEFAULT_METADATA=service
export METAFLOW_DATASTORE_SYSROOT_LOCAL="$work/root"
for _ in $(seq 50); do
  "$python" -c "import urllib.request as u; u.urlopen('$METAFLOW_SERVICE_URL/ping')" 2>/dev/null && break
  sleep 0.2
done

cat > flow.py <<'PY'
from metaflow import FlowSpec, parallel, step


class GangFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.together, num_parallel=2)

    @parallel
    @step
    def together(self):
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    GangFlow()
PY
"$python" flow.py --quiet --no-pylint run --run-id-file run >/dev/null
"$python" -I - <<'PY'
import json
from importlib.metadata import version
from os import environ
from pathlib import Path
from urllib.request import urlopen
from metaflow import Run, namespace

namespace(None)
print("metaflow", version("metaflow"), "metaflow-local-service", version("metaflow-local-service"))
run = Run("GangFlow/" + Path("run").read_text().strip())
ended = {task.id: task.metadata_dict.get("attempt_ok") for task in run["together"]}
for name, ok in sorted(ended.items()):
    print(f"listed {name}: attempt_ok {ok}")
(control,) = (name for name, ok in ended.items() if ok)
flow, run_id = run.pathspec.split("/")
place = f"flows/{flow}/runs/{run_id}/steps/together/tasks/{control}_node_1/metadata"
with urlopen(f"{environ['METAFLOW_SERVICE_URL']}/{place}") as answer:
    rows = json.load(answer)
named = {row["field_name"]: row["value"] for row in rows}.get("attempt_ok")
print(f"by name {control}_node_1: attempt_ok {named}")
assert sorted(map(str, ended.values())) == ["None", "True"], ended
assert named == "True", named
PY
