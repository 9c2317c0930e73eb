"""A metadata service over planted runs, for tests: small, fast, and able to misbehave.

It has the routes of Metaflow's metadata service that reading needs
(github.com/Netflix/metaflow-service, services/metadata_service/api), with run-level metadata and paging
or without, as older servers are. What goes wrong is told to it as `Fault`s.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.planted import PlantedRun

_USED: set[int] = set()  # ports that this process has served on


@dataclass
class Fault:
    """Something that goes wrong with requests whose path matches."""

    path: str  # regular expression
    times: int = 10**9  # how often, before all is well again
    status: int = 200
    body: bytes | None = None  # instead of the right one
    headers: str = ""  # further header lines, each ending in CR LF
    delay: float = 0.0  # seconds before the answer
    cut: bool = False  # half of the answer, then the connection closes
    hang: bool = False  # no answer at all


class MetadataServer:
    """Serves planted runs on a free port of this machine, from a thread of its own.

    Parameters
    ----------
    runs
        What to serve; `put` and `drop` change it later.
    run_level
        Whether all metadata of a run can be had at once.
    paging
        Whether lists of runs come in pages for those who ask for it.
    latency
        Seconds by which every answer is late.
    token
        What `x-api-key` has to be; None for anybody.
    filters
        Whether lists of runs can be filtered by status and start, as from metaflow-service 2.5.1 on.
    """

    def __init__(
        self,
        runs: Iterable[PlantedRun] = (),
        run_level: bool = True,
        paging: bool = True,
        latency: float = 0.0,
        token: str | None = None,
        largest_page: int = 500,
        filters: bool = False,
    ) -> None:
        self.filters = filters
        self.run_level, self.paging, self.latency, self.token = run_level, paging, latency, token
        self.largest_page = largest_page
        self.faults: list[Fault] = []
        self.log: list[str] = []
        self.connections: set[_Connection] = set()
        self._runs: dict[str, dict[str, PlantedRun]] = {}
        self._cache: dict[str, tuple[int, bytes, str]] = {}
        for run in runs:
            self.put(run)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def put(self, run: PlantedRun) -> None:
        """Add a run, or replace it."""
        self._runs.setdefault(run.record.flow, {})[run.record.run_id] = run
        self._cache.clear()

    def drop(self, pathspec: str) -> None:
        """Delete a run."""
        flow, run_id = pathspec.split("/")
        del self._runs[flow][run_id]
        self._cache.clear()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> MetadataServer:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._listen()
        self.port: int = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.remove_reader(server.sockets[0].fileno())
        # asyncio cannot make the transport of a connection that it accepted if the server is closed first
        self._loop.run_until_complete(asyncio.sleep(0.01))
        server.close()
        for connection in list(self.connections):
            connection.transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0.01))  # until they are closed

    def _listen(self) -> asyncio.Server:
        """A listener on a port that no server before it had, or its catalog would be taken for ours."""
        refused = []
        while True:
            listening = self._loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, backlog=512)
            server = self._loop.run_until_complete(listening)
            port = server.sockets[0].getsockname()[1]
            if port not in _USED:
                break
            refused.append(server)  # stays open, or the next free port might be the same
        for other in refused:
            other.close()
        _USED.add(port)
        return server

    def answer(self, target: str) -> tuple[int, bytes, str]:
        """Status, body and further headers for one request target."""
        if target not in self._cache:
            self._cache[target] = self._answer(target)
        return self._cache[target]

    def _answer(self, target: str) -> tuple[int, bytes, str]:
        parts = urlsplit(target)
        path = [unquote(part) for part in parts.path.strip("/").split("/")]
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if path == ["ping"]:
            return 200, b"pong", ""
        if len(path) == 3 and path[0] == "flows" and path[2] == "runs":
            return self._run_page(path[1], query)
        found = self._find(path)
        if found is None:
            return 404, b'{"message": "not found"}', ""
        return 200, json.dumps(found).encode(), ""

    def _run_page(self, flow: str, query: dict[str, str]) -> tuple[int, bytes, str]:
        runs = sorted(self._runs.get(flow, {}).values(), key=lambda run: -run.created)
        filtered = self.filters and any(":" in name for name in query)
        if filtered:
            runs = [run for run in runs if self._passes(run, query)]
        status = (lambda run: {"status": run.record.status}) if self.filters else (lambda run: {})
        objects = [{**run.run_object, **status(run)} for run in runs]
        if filtered:
            query.setdefault("_limit", "50")
        if not self.paging or not ("_limit" in query or "_cursor" in query):
            return 200, json.dumps(objects).encode(), ""
        first, limit = int(query.get("_cursor", 0)), min(int(query.get("_limit", 50)), self.largest_page)
        headers = f"X-Limit: {limit}\r\n"
        if first + limit < len(objects):
            headers += f"X-Next-Cursor: {first + limit}\r\n"
        return 200, json.dumps(objects[first : first + limit]).encode(), headers

    def _passes(self, run: PlantedRun, query: dict[str, str]) -> bool:
        wanted = query.get("status:eq", run.record.status)
        return run.record.status == wanted and run.created >= int(query.get("ts_epoch:ge", 0))

    def _find(self, path: list[str]) -> object:
        match path:
            case ["flows"]:
                return [{"flow_id": flow} for flow in self._runs]
            case ["flows", flow] if flow in self._runs:
                return {"flow_id": flow, "ts_epoch": 0, "tags": [], "system_tags": []}
            case ["flows", flow, "runs", run_id, *rest] if run_id in self._runs.get(flow, {}):
                return self._find_in_run(self._runs[flow][run_id], rest)
        return None

    def _find_in_run(self, run: PlantedRun, path: list[str]) -> object:
        where = {**run.run_object}
        steps: dict[str, list[str]] = {}
        for task in run.tasks:
            steps.setdefault(task.step, []).append(task.task_id)
        match path:
            case []:
                return where
            case ["metadata"] if self.run_level:
                return list(run.metadata())
            case ["artifacts"] if self.run_level:
                return [row for task in run.tasks for row in run.artifact_rows(task)]
            case ["steps"]:
                return [{**where, "step_name": step} for step in steps]
            case ["steps", step] if step in steps:
                return {**where, "step_name": step}
            case ["steps", step, "tasks"] if step in steps:
                return [{**where, "step_name": step, "task_id": task} for task in steps[step]]
            case ["steps", step, "tasks", task] if task in steps.get(step, []):
                return {**where, "step_name": step, "task_id": task}
            case ["steps", step, "tasks", task, "artifacts"] if task in steps.get(step, []):
                stored = next(one for one in run.tasks if (one.step, one.task_id) == (step, task))
                return run.artifact_rows(stored)
            case ["steps", step, "tasks", task, "metadata"] if task in steps.get(step, []):
                rows = run.metadata()
                return [row for row in rows if row["step_name"] == step and row["task_id"] == task]
        return None


class _Connection(asyncio.Protocol):
    """One client; requests are answered in their order."""

    def __init__(self, server: MetadataServer) -> None:
        self.server, self.buffer = server, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.server.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
            self._request(head.decode("latin-1"))

    def _request(self, head: str) -> None:
        line, _, fields = head.partition("\r\n")
        target = line.split(" ")[1]
        self.server.log.append(target)
        fault = next((f for f in self.server.faults if f.times > 0 and re.search(f.path, target)), None)
        if fault is not None:
            fault.times -= 1
        if self.server.token is not None and f"x-api-key: {self.server.token}" not in fields:
            status, body, headers = 403, b'{"message": "Forbidden"}', ""
        elif fault is not None and (fault.status != 200 or fault.body is not None):
            status, body, headers = fault.status, fault.body or b"it broke", fault.headers
        else:
            status, body, headers = self.server.answer(target)
        reply = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body
        delay = self.server.latency + (fault.delay if fault else 0)
        if fault is not None and fault.hang:
            return
        send = self._cut if fault is not None and fault.cut else self.transport.write
        if delay:
            asyncio.get_running_loop().call_later(delay, send, reply)
        else:
            send(reply)

    def _cut(self, reply: bytes) -> None:
        self.transport.write(reply[: len(reply) - max(1, len(reply.partition(b"\r\n\r\n")[2]) // 2)])
        self.transport.close()
