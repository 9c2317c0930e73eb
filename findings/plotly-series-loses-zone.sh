#!/usr/bin/env bash
# plotly: the same moment is written with its time zone from a list and without it from a pandas
# column.
#
# plotly 7.1.0 turns a datetime column into local wall-clock text and drops the offset, while it
# leaves a list or a DatetimeIndex alone. Two columns in different zones that hold one moment land at
# two places.
#
# Seen:
#   list ['2026-01-01T12:00:00+09:00']
#   DatetimeIndex ['2026-01-01T12:00:00+09:00']
#   Series, Tokyo ['2026-01-01T12:00:00.000000']
#   Series, UTC ['2026-01-01T03:00:00.000000']
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile plotly==7.1.0 pandas==3.1.1
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
import json
from datetime import datetime, timedelta, timezone
import pandas as pd
import plotly
import plotly.graph_objects as go

def written(x):
    return json.loads(go.Figure(go.Scatter(x=x)).to_json())["data"][0]["x"]

print("plotly", plotly.__version__, "pandas", pd.__version__)
moment = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=9)))
seen = {
    "list": written([moment]),
    "DatetimeIndex": written(pd.DatetimeIndex([moment])),
    "Series, Tokyo": written(pd.Series([moment])),
    "Series, UTC": written(pd.Series([moment]).dt.tz_convert("UTC")),
}
for kind, x in seen.items():
    print(kind, x)
assert seen == {
    "list": ["2026-01-01T12:00:00+09:00"],
    "DatetimeIndex": ["2026-01-01T12:00:00+09:00"],
    "Series, Tokyo": ["2026-01-01T12:00:00.000000"],
    "Series, UTC": ["2026-01-01T03:00:00.000000"],
}
PY
