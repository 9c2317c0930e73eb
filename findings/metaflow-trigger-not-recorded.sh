#!/usr/bin/env bash
# Metaflow: a run started with --trigger knows its trigger while it runs and has none afterwards.
#
# metaflow 2.19.39: under @trigger_on_finish, `--trigger OneFlow/<id>` fills current.trigger in every
# step, but nothing is stored: Run.trigger of the finished run is None. Without the option,
# current.trigger is not None but missing, and reading it raises AttributeError.
#
# Seen:
#   in the step: the upstream run
#   Run.trigger afterwards: None
#   in a step of an untriggered run: AttributeError
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

cat > next.py <<'PY'
from metaflow import FlowSpec, current, step, trigger_on_finish


@trigger_on_finish(flow="OneFlow")
class NextFlow(FlowSpec):
    @step
    def start(self):
        try:
            self.seen = current.trigger.run.pathspec
        except AttributeError:
            self.seen = "AttributeError"
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    NextFlow()
PY
"$python" flow.py --quiet --no-pylint run --run-id-file upstream >/dev/null
cause="OneFlow/$(cat upstream)"
"$python" next.py --quiet --no-pylint --trigger "$cause" run --run-id-file triggered >/dev/null
"$python" next.py --quiet --no-pylint run --run-id-file alone >/dev/null
"$python" -I - "$cause" <<'PY'
import sys
from importlib.metadata import version
from pathlib import Path
from metaflow import Run

print("metaflow", version("metaflow"))
triggered, alone = (Run("NextFlow/" + Path(name).read_text().strip()) for name in ("triggered", "alone"))
print("in the step:", "the upstream run" if triggered.data.seen == sys.argv[1] else triggered.data.seen)
print("Run.trigger afterwards:", triggered.trigger)
print("in a step of an untriggered run:", alone.data.seen)
assert triggered.data.seen == sys.argv[1], triggered.data.seen
assert triggered.trigger is None, triggered.trigger
assert alone.data.seen == "AttributeError", alone.data.seen
PY
