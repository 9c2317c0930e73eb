#!/usr/bin/env bash
# croniter: when the clocks change, a job at 02:30 runs at 03:00 sharp, and one at 01:30 runs twice.
#
# croniter 7.0.0 in America/New_York: a time that spring skips is neither left out nor moved by an
# hour but set to the first minute after the gap, minute 00 although the expression says 30. A time
# that autumn repeats fires in both offsets, although the job is daily.
#
# Seen:
#   30 2 * * *: 2026-03-08T03:00:00-04:00, 2026-03-09T02:30:00-04:00
#   30 1 * * *: 2026-11-01T01:30:00-04:00, 2026-11-01T01:30:00-05:00
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile croniter==7.0.0
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
from datetime import datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo
from croniter import croniter

def next_two(expression, day):
    times = croniter(expression, datetime(2026, *day, 12, tzinfo=ZoneInfo("America/New_York")))
    return [times.get_next(datetime).isoformat() for _ in range(2)]

print("croniter", version("croniter"))
spring = next_two("30 2 * * *", (3, 7))
autumn = next_two("30 1 * * *", (10, 31))
print("30 2 * * *:", ", ".join(spring))
print("30 1 * * *:", ", ".join(autumn))
assert spring == ["2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"], spring
assert autumn == ["2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00"], autumn
PY
