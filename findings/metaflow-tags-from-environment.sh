#!/usr/bin/env bash
# Metaflow: a tag with a space is one tag on the command line and two from the environment.
#
# metaflow 2.19.39 reads every option of `run` from METAFLOW_RUN_<OPTION>, too; options that may be
# given several times are split at white space there, and quotes do not help: they end up in the tags.
#
# Seen:
#   --tag 'bad data': ['bad data']
#   METAFLOW_RUN_TAGS='bad data': ['bad', 'data']
#   METAFLOW_RUN_TAGS="'bad data'": ["'bad", "data'"]
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

"$python" flow.py --quiet --no-pylint run --tag 'bad data' --run-id-file option >/dev/null
METAFLOW_RUN_TAGS='bad data' "$python" flow.py --quiet --no-pylint run --run-id-file variable >/dev/null
METAFLOW_RUN_TAGS="'bad data'" "$python" flow.py --quiet --no-pylint run --run-id-file quoted >/dev/null
"$python" -I - <<'PY'
from importlib.metadata import version
from pathlib import Path
from metaflow import Run

print("metaflow", version("metaflow"))
names = ("option", "variable", "quoted")
runs = (Run("OneFlow/" + Path(name).read_text().strip()) for name in names)
option, variable, quoted = (sorted(run.user_tags) for run in runs)
print("--tag 'bad data':", option)
print("METAFLOW_RUN_TAGS='bad data':", variable)
print('METAFLOW_RUN_TAGS="\'bad data\'":', quoted)
assert option == ["bad data"], option
assert variable == ["bad", "data"], variable
assert quoted == ["'bad", "data'"], quoted
PY
