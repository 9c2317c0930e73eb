#!/usr/bin/env bash
# OpenLineage: the Python client takes None and {} out of lists, so that what follows moves up.
#
# openlineage-python 1.54.0 removes None everywhere before it sends, which is harmless for fields and
# not for positions: a facet with two lists side by side, values and their names, no longer fits. An
# empty dictionary goes the same way inside a list, and stays as a field; '', [], 0 and False stay in
# both.
#
# Seen:
#   {'items': [1, 3, '', [], 0, False], 'fields': {'empty': {}}}
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile openlineage-python==1.54.0
cd "$work"

"$work/venv/bin/python" -I - <<'PY'
import json
from importlib.metadata import version
import attr
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.generated.base import RunFacet
from openlineage.client.serde import Serde

@attr.define
class Measured(RunFacet):
    items: list
    fields: dict

print("openlineage-python", version("openlineage-python"))
facet = Measured(items=[1, None, 3, "", [], {}, 0, False], fields={"none": None, "empty": {}})
event = RunEvent(
    eventType=RunState.COMPLETE,
    eventTime="2026-01-01T00:00:00Z",
    run=Run(runId="aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", facets={"measured": facet}),
    job=Job("namespace", "name"),
    producer="https://example.com",
)
sent = json.loads(Serde.to_json(event))["run"]["facets"]["measured"]
seen = {name: sent[name] for name in ("items", "fields")}
print(seen)
assert seen == {"items": [1, 3, "", [], 0, False], "fields": {"empty": {}}}, seen
PY
