#!/usr/bin/env bash
# Metaflow: a payload field called `id` becomes the event's own id, so two events look like one.
#
# metaflow 2.19.39: ArgoEvent writes its id (a new UUID for each event) and its time into the payload
# beside the user's fields, and the user's fields win. publish() returns whatever is there then: 17,
# twice, for events about one customer; and `timestamp` is the customer's date instead of the seconds
# at which the event was sent.
#
# Seen:
#   without the fields: <a UUID> <another UUID> int
#   with the fields: 17 17 2019-05-01
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile metaflow==2.19.39
cd "$work"
unset ${!METAFLOW_@} # settings of whoever runs this
export METAFLOW_HOME="$work/home" METAFLOW_USER=ada
python="$work/venv/bin/python"

"$python" -I - <<'PY'
import json
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from threading import Thread
from metaflow.integrations import ArgoEvent

payloads = []

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        payloads.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["payload"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass

print("metaflow", version("metaflow"))
server = HTTPServer(("127.0.0.1", 0), Receiver)
Thread(target=server.serve_forever, daemon=True).start()
event = ArgoEvent("customer_changed", url=f"http://127.0.0.1:{server.server_port}")
plain = [event.publish(payload={"customer": 17}) for _ in range(2)]
named = [event.publish(payload={"id": 17, "timestamp": "2019-05-01"}) for _ in range(2)]
server.shutdown()
print("without the fields:", *plain, type(payloads[0]["timestamp"]).__name__)
print("with the fields:", *named, payloads[-1]["timestamp"])
if len({str(uuid.UUID(text)) for text in plain}) != 2 or not isinstance(payloads[0]["timestamp"], int):
    raise SystemExit("events without these fields have changed")
if named != [17, 17] or payloads[-1]["timestamp"] != "2019-05-01":
    raise SystemExit("events with these fields have changed")
PY
