"""A metadata service over a real local store, that writes down what it is asked for.

Its routes are those of github.com/Netflix/metaflow-service (services/metadata_service/api); what it
answers comes from Metaflow's own local provider, and what it is sent goes where that one keeps it. Runs and
tasks may have names, as those on Argo have.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from metaflow.plugins.datastores.local_storage import LocalStorage
from metaflow.plugins.metadata_providers.local import LocalMetadataProvider

KINDS = ("flow", "run", "step", "task", "artifact")


@contextmanager
def service(metaflow_dir: Path) -> Iterator[Service]:
    """The service on a free port of this machine, for as long as the block runs."""
    running = Service(metaflow_dir)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        running.shutdown()
        running.server_close()


class Service(ThreadingHTTPServer):
    """Serves the runs in a `.metaflow` folder."""

    def __init__(self, metaflow_dir: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.metaflow_dir = metaflow_dir
        self.numbers = itertools.count(1)  # of runs, of tasks, and of rows of metadata

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def environ(self) -> dict[str, str]:
        """Settings of a client that uses it."""
        return {"METAFLOW_DEFAULT_METADATA": "service", "METAFLOW_SERVICE_URL": self.url}


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        path = self.path.split("?")[0].strip("/").split("/")
        if path[0] == "mark":
            self.server.asked.append(self.path)
            self._answer("pong")
        elif path == ["ping"]:
            self._answer("pong")
        else:
            self.server.asked.append(self.path)
            self._answer(self._found(path))

    def do_POST(self) -> None:
        path = self.path.split("?")[0].strip("/").split("/")
        sent = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if path[-1] != "heartbeat":
            self._keep(path, sent)
        self._answer(sent or {"ok": True})

    def _keep(self, path: list[str], sent: Any) -> None:
        """Keep what was sent where Metaflow's local provider looks for it; give what has no name a number."""
        LocalStorage.datastore_root = str(self.server.metaflow_dir)
        names, kind = path[1::2], path[-1]
        if kind == "metadata":
            rows = {f"sysmeta_{row['field_name']}_{next(self.server.numbers)}": row for row in sent}
        elif kind == "artifact":
            rows = {f"{row['attempt_id']}_artifact_{row['name']}": row for row in sent}
        else:
            identity = {"run": "run_number", "task": "task_id"}.get(kind)
            if identity:
                names.append(str(sent.setdefault(identity, next(self.server.numbers))))
            rows = {"_self": sent}
        folder = LocalMetadataProvider._create_and_get_metadir(*names)
        LocalMetadataProvider._save_meta(folder, rows)

    def _found(self, path: list[str]) -> object:
        LocalStorage.datastore_root = str(self.server.metaflow_dir)
        names, kinds = path[1::2], [word.removesuffix("s") for word in path[0::2]]
        if len(names) == len(kinds):
            return LocalMetadataProvider.get_object(kinds[-1], "self", {}, None, *names)
        if kinds == ["flow", "run", "metadata"]:
            return self._of_all_tasks(*names)
        kind = kinds[-2] if len(kinds) > 1 else "root"
        return LocalMetadataProvider.get_object(kind, kinds[-1], {}, None, *names)

    def _of_all_tasks(self, flow: str, run: str) -> list[Any]:
        """The metadata of a run in one answer."""
        get = LocalMetadataProvider.get_object
        tasks = [
            (flow, run, step["step_name"], str(task["task_id"]))
            for step in get("run", "step", {}, None, flow, run) or []
            for task in get("step", "task", {}, None, flow, run, step["step_name"]) or []
        ]
        return [row for task in tasks for row in get("task", "metadata", {}, None, *task) or []]

    def _answer(self, found: object) -> None:
        missing = found is None or found == []
        body = json.dumps(found).encode()
        self.send_response(404 if missing else 200)
        self.send_header("METADATA_SERVICE_VERSION", "2.4.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing on the terminal."""
