#!/usr/bin/env bash
# metaflow-local-service: no run is ever finished, because an artifact cannot be asked for by its name.
#
# The server of metaflow-local-service 0.2.0 lists the artifacts of a task, and answers 404 for each one of them.
# The client of Metaflow 2.19.39 asks by name whether a task ended well (`_task_ok`), and takes what is missing
# for "not yet": a run that has completed is neither finished nor successful, and its flow has no
# `latest_successful_run`. Nothing fails, and `task.data` reads the same artifacts, from the list.
#
# Seen:
#   listed ['name', 'x'], task.data.x 3
#   task["x"] KeyError
#   attempt_ok True, finished False, latest_successful_run None
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
from metaflow import FlowSpec, step


class OneFlow(FlowSpec):
    @step
    def start(self):
        self.x = 3
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    OneFlow()
PY
"$python" flow.py --quiet --no-pylint run --run-id-file run >/dev/null
"$python" -I - <<'PY'
from importlib.metadata import version
from pathlib import Path
from metaflow import Flow, Run, namespace

namespace(None)
print("metaflow", version("metaflow"), "metaflow-local-service", version("metaflow-local-service"))
run = Run("OneFlow/" + Path("run").read_text().strip())
task = run["start"].task
listed = sorted(artifact.id for artifact in task)
print(f"listed {listed}, task.data.x {task.data.x}")
try:
    named = task["x"].data
except KeyError:
    named = "KeyError"
print(f'task["x"] {named}')
ended = run["end"].task.metadata_dict.get("attempt_ok")
latest = Flow("OneFlow").latest_successful_run
print(f"attempt_ok {ended}, finished {run.finished}, latest_successful_run {latest}")
assert "x" in listed and task.data.x == 3
assert named == "KeyError", named
assert ended == "True" and not run.finished and latest is None
PY
