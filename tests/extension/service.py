"""A metadata service over a real local store, that writes down what it is asked for.

Its routes are those of github.com/Netflix/metaflow-service (services/metadata_service/api); what it
answers comes from Metaflow's own local provider.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

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

    @property
    def environ(self) -> dict[str, str]:
        """Settings of a client that uses it."""
        return {
            "METAFLOW_DEFAULT_METADATA": "service",
            "METAFLOW_SERVICE_URL": f"http://127.0.0.1:{self.server_port}",
        }


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

    def _found(self, path: list[str]) -> object:
        LocalStorage.datastore_root = str(self.server.metaflow_dir)
        names, kinds = path[1::2], [word.removesuffix("s") for word in path[0::2]]
        if len(names) == len(kinds):
            return LocalMetadataProvider.get_object(kinds[-1], "self", {}, None, *names)
        kind = kinds[-2] if len(kinds) > 1 else "root"
        return LocalMetadataProvider.get_object(kind, kinds[-1], {}, None, *names)

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
