"""The part of the Kubernetes API that Metaflow's Argo client calls, over HTTP, on a free port.

It keeps the objects that it is given, as a cluster without any controller does. `admit`, `finish` and
`fire` do by hand what the controllers of Argo Workflows and Argo Events would do next.
"""

from __future__ import annotations

import copy
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

PATH = re.compile(
    r"/apis/argoproj\.io/v1alpha1/namespaces/(?P<namespace>[^/]+)/(?P<plural>\w+)(/(?P<name>[^/]+))?"
)
KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: tests
contexts: [{{name: tests, context: {{cluster: tests, user: tests}}}}]
clusters: [{{name: tests, cluster: {{server: "{url}"}}}}]
users: [{{name: tests, user: {{token: secret}}}}]
"""


class KubernetesApi:
    """Answers until the `with` block ends."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}  # by "plural/name"
        self.requests: list[str] = []  # "POST workflows"
        self.refusals: list[tuple[int, str]] = []  # status and message of the next answers
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> KubernetesApi:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def kubeconfig(self, folder: Path) -> dict[str, str]:
        """Environment variables with which the kubernetes client calls this server."""
        file = folder / "kubeconfig"
        file.write_text(KUBECONFIG.format(url=f"http://127.0.0.1:{self._server.server_port}"))
        return {"KUBECONFIG": str(file)}

    def all(self, plural: str) -> list[dict[str, Any]]:
        """The objects of one kind, in the order of their creation."""
        with self._lock:
            return [copy.deepcopy(o) for key, o in self.objects.items() if key.startswith(f"{plural}/")]

    def admit(self, name: str, phase: str = "Running") -> dict[str, Any]:
        """A workflow as the controller leaves it: with a status and the annotations of its template."""
        with self._lock:
            workflow = self.objects[f"workflows/{name}"]
            template = self.objects[f"workflowtemplates/{workflow['spec']['workflowTemplateRef']['name']}"]
            added = template["spec"].get("workflowMetadata", {}).get("annotations", {})
            workflow["metadata"]["annotations"] = {**added, **workflow["metadata"].get("annotations", {})}
            workflow["status"] = {"phase": phase, "startedAt": "2026-01-01T12:00:00Z", "finishedAt": None}
            return copy.deepcopy(workflow)

    def finish(self, name: str, phase: str = "Succeeded") -> None:
        """End a workflow."""
        with self._lock:
            self.admit(name, phase)["status"]
            self.objects[f"workflows/{name}"]["status"]["finishedAt"] = "2026-01-01T12:01:00Z"

    def parameters(self, name: str) -> dict[str, str]:
        """The parameters of a workflow, with the template's values where none was submitted."""
        with self._lock:
            workflow = self.objects[f"workflows/{name}"]
            template = self.objects[f"workflowtemplates/{workflow['spec']['workflowTemplateRef']['name']}"]
            return {p["name"]: p["value"] for spec in (template, workflow) for p in _arguments(spec)}

    def answer(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and JSON of the answer to a request."""
        with self._lock:
            split = urlsplit(path)
            match = PATH.fullmatch(split.path)
            if match is None:
                return _status(404, f"the server could not find {split.path}")
            plural, name = match["plural"], match["name"]
            self.requests.append(f"{method} {plural}" + (f"/{name}" if name else ""))
            if self.refusals:
                return _status(*self.refusals.pop(0))
            if name is None:
                return self._create(plural, body) if method == "POST" else self._list(plural, split.query)
            if f"{plural}/{name}" not in self.objects:
                return _status(404, f'{plural}.argoproj.io "{name}" not found')
            return self._change(method, f"{plural}/{name}", body)

    def _create(self, plural: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        metadata = body.setdefault("metadata", {})
        if "name" not in metadata:
            metadata["name"] = f"{metadata['generateName']}{len(self.objects):05d}"
        key = f"{plural}/{metadata['name']}"
        if key in self.objects:
            return _status(409, f'{plural}.argoproj.io "{metadata["name"]}" already exists')
        metadata["resourceVersion"] = "1"
        self.objects[key] = body
        return 201, body

    def _list(self, plural: str, query: str) -> tuple[int, dict[str, Any]]:
        asked = parse_qs(query)
        begin, limit = int(asked.get("continue", ["0"])[0]), int(asked.get("limit", ["500"])[0])
        found = self.all(plural)
        more = {"continue": str(begin + limit)} if begin + limit < len(found) else {}
        return 200, {"items": found[begin : begin + limit], "metadata": more}

    def _change(self, method: str, key: str, body: Any) -> tuple[int, dict[str, Any]]:
        current = self.objects[key]
        if method == "DELETE":
            del self.objects[key]
            return 200, {"kind": "Status", "status": "Success"}
        version = current["metadata"]["resourceVersion"]
        if method == "PUT" and body["metadata"].get("resourceVersion") != version:
            return _status(409, "the object has been modified")
        if method in ("PUT", "PATCH"):
            self.objects[key] = body if method == "PUT" else _merged(current, body)
            self.objects[key]["metadata"]["resourceVersion"] = str(int(version) + 1)
        return 200, self.objects[key]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                if self.headers.get("Authorization") != "Bearer secret":
                    status, answer = _status(401, "Unauthorized")
                else:
                    status, answer = api.answer(self.command, self.path, body)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

            def log_message(self, *_: object) -> None:
                """Nothing: tests look at the requests."""

        return Handler


def _arguments(spec: dict[str, Any]) -> list[dict[str, str]]:
    return spec["spec"].get("arguments", {}).get("parameters", [])


def _status(code: int, message: str) -> tuple[int, dict[str, Any]]:
    return code, {"kind": "Status", "status": "Failure", "code": code, "message": message}


def _merged(current: Any, patch: Any) -> Any:
    """JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(current) if isinstance(current, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), value)
    return merged
