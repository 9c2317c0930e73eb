#!/usr/bin/env bash
# Metaflow: `null` for a JSON parameter gives its default, not None.
#
# In metaflow 2.19.39 a parameter of JSONType takes any JSON on the command line. `--threshold null` is
# accepted and gives the default; there is no way to pass None to a parameter that has one.
#
# Seen:
#   --threshold 0.9: 0.9
#   --threshold null: {'low': 1}
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile metaflow==2.19.39
cd "$work"
unset ${!METAFLOW_@} # settings of whoever runs this
export METAFLOW_HOME="$work/home" METAFLOW_USER=ada
python="$work/venv/bin/python"

cat > thresholds.py <<'PY'
from metaflow import FlowSpec, JSONType, Parameter, step


class ThresholdFlow(FlowSpec):
    threshold = Parameter("threshold", type=JSONType, default='{"low": 1}')

    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    ThresholdFlow()
PY
for value in 0.9 null; do
  "$python" thresholds.py --quiet --no-pylint run --threshold "$value" --run-id-file "$value" >/dev/null
done
"$python" -I - <<'PY'
from importlib.metadata import version
from pathlib import Path
from metaflow import Run

print("metaflow", version("metaflow"))
seen = {v: Run(f"ThresholdFlow/{Path(v).read_text().strip()}").data.threshold for v in ("0.9", "null")}
for value, threshold in seen.items():
    print(f"--threshold {value}: {threshold}")
assert seen == {"0.9": 0.9, "null": {"low": 1}}, seen
PY
