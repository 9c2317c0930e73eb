"""A webhook for events, as Argo Events has one."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Events(ThreadingHTTPServer):
    """Takes events, except under /refused, and keeps their payloads."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.payloads: list[dict[str, object]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Events

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        refused = self.path.endswith("/refused")
        if not refused:
            self.server.payloads.append(json.loads(body)["payload"])
        self.send_response(400 if refused else 200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Nothing on the terminal."""
