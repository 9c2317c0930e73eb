"""On a metadata service a record goes with a request that Metaflow makes anyway; if refused, without it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lineage import trace
from lineage.sources import ServiceSource
from tests.extension.recording.recorded import FLOWS, RecordingStore
from tests.extension.recording.webhook import Events


class Proxy(ThreadingHTTPServer):
    """Stands before a metadata service, writes down what is sent, and refuses what it is told to."""

    daemon_threads = True

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = behind
        self.refuses = ""
        self.sent: list[tuple[str, list[str]]] = []  # path, and fields of metadata in it

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def environ(self) -> dict[str, str]:
        return {
            "METAFLOW_DEFAULT_METADATA": "service",
            "METAFLOW_SERVICE_URL": self.url,
            "METAFLOW_SERVICE_RETRY_COUNT": "1",
        }


class _Handler(BaseHTTPRequestHandler):
    server: Proxy

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        fields = self._fields(body)
        if self.command == "POST":
            self.server.sent.append((self.path, fields))
        if self.server.refuses in fields:
            return self._answer(500, b'{"message": "no"}', {})
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(
            self.server.behind + self.path, data=body, headers=headers, method=self.command
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return self._answer(answer.status, answer.read(), dict(answer.headers))
        except urllib.error.HTTPError as error:
            return self._answer(error.code, error.read(), {})

    do_GET = do_POST = do_PATCH = _pass_on

    def _fields(self, body: bytes | None) -> list[str]:
        if not self.path.endswith("/metadata") or not body:
            return []
        return [row["field_name"] for row in json.loads(body)]

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name in set(headers) & {"METADATA_SERVICE_VERSION", "Content-Type"}:
            self.send_header(name, headers[name])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture(scope="module")
def store(recording_store: Callable[[str], RecordingStore]) -> RecordingStore:
    return recording_store("served")


@pytest.fixture(scope="module")
def proxy(store: RecordingStore) -> Iterator[Proxy]:
    """A proxy before metaflow-local-service, a service that others wrote."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["-m", "metaflow_local_service.daemon", "--port", str(port), "--metaflow-root", str(store.root)]
    daemon = subprocess.Popen([sys.executable, *command], env=os.environ | {"HOME": str(store.root)})
    try:
        wait_for(f"http://127.0.0.1:{port}/ping")
        server = Proxy(f"http://127.0.0.1:{port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
        server.server_close()
    finally:
        daemon.terminate()
        daemon.wait(30)


def wait_for(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"no answer from {url}")


@pytest.fixture
def sent(proxy: Proxy) -> Iterator[list[tuple[str, list[str]]]]:
    proxy.refuses = ""
    proxy.sent.clear()
    yield proxy.sent
    proxy.refuses = ""


def writes(sent: list[tuple[str, list[str]]], step: str, flow: str = "") -> list[list[str]]:
    """The fields of each write of metadata about tasks of a step."""
    return [fields for path, fields in sent if f"/steps/{step}/" in path and flow in path and fields]


@pytest.fixture(scope="module")
def maker(store: RecordingStore, proxy: Proxy) -> str:
    return store.run("maker", env=proxy.environ)


def test_one_write_a_task_and_it_is_metaflows(
    store: RecordingStore, proxy: Proxy, maker: str, sent: list[tuple[str, list[str]]]
) -> None:
    run = store.run("reader", env=proxy.environ)
    recorded = writes(sent, "start")
    sent.clear()
    store.run("reader", env={**proxy.environ, "METAFLOW_LINEAGE_RECORD": "0"})
    unrecorded = writes(sent, "start")
    assert len(recorded) == len(unrecorded)
    assert recorded[-2] == ["attempt_ok", "lineage-reads"]
    assert [*unrecorded[:-2], unrecorded[-1]] == [*recorded[:-2], recorded[-1]]
    rows = metadata(proxy, run)
    (value,) = [row["value"] for row in rows if row["field_name"] == "lineage-reads"]
    assert [entry[0].rsplit("/", 1)[0] for entry in json.loads(value)["reads"]] == [f"{maker}/end"]
    assert not list(Path(store.metaflow_dir).glob(f"{run}/*/*/_meta/lineage-record.*"))


def metadata(proxy: Proxy, run: str) -> list[dict[str, str]]:
    """The rows of the run's start task, as the service has them."""
    flow, run_id = run.split("/")
    steps = f"{proxy.behind}/flows/{flow}/runs/{run_id}/steps/start/tasks"
    with urllib.request.urlopen(steps, timeout=30) as answer:
        (task,) = json.load(answer)
    with urllib.request.urlopen(f"{steps}/{task['task_id']}/metadata", timeout=30) as answer:
        return json.load(answer)  # type: ignore[no-any-return]  # JSON


def test_the_parent_of_a_run_goes_with_a_request_of_its_launcher(
    store: RecordingStore, proxy: Proxy, sent: list[tuple[str, list[str]]]
) -> None:
    store.run("maker", env={**proxy.environ, "METAFLOW_LINEAGE_TASK": "NightlyFlow/7/start/1"})
    first, *others = writes(sent, "start")
    assert "script-name" in first
    assert first[-1] == "lineage-spawned-by"
    assert not any("lineage-spawned-by" in fields for fields in others)


def test_a_service_that_refuses_the_record_gets_the_write_without_it(
    store: RecordingStore, proxy: Proxy, maker: str, sent: list[tuple[str, list[str]]]
) -> None:
    proxy.refuses = "lineage-reads"
    finished = store.flow(FLOWS / "reader.py", env=proxy.environ)
    assert finished.returncode == 0, finished.output
    ends = [fields for fields in writes(sent, "start") if "attempt_ok" in fields]
    assert ends == [["attempt_ok", "lineage-reads"], ["attempt_ok"]]
    said = "lineage: what this task read, started or published is not recorded: "
    assert finished.output.count(said) == 1


def test_runs_that_a_task_started_and_events_that_it_published(
    store: RecordingStore, proxy: Proxy, events: Events, sent: list[tuple[str, list[str]]]
) -> None:
    run = store.run("starting", env={**proxy.environ, "WEBHOOK": events.url})
    (start,) = (fields for fields in writes(sent, "start", "StartingFlow") if "attempt_ok" in fields)
    (publish,) = (fields for fields in writes(sent, "publish") if "attempt_ok" in fields)
    assert set(start[1:]) == {"lineage-reads", "lineage-spawned"}
    assert publish[1:] == ["lineage-published"]
    record = ServiceSource(proxy.url).read([run])[run]
    assert record.spawned == ("MakerFlow/argo-makerflow-x7k2p",)
    assert record.published == tuple(f"event:first/{payload['id']}" for payload in events.payloads)
    (read,) = record.reads
    assert (read.artifact, read.step) == ("score", "start")
    edge = trace(read.run, source=proxy.url).graph.edges[run, read.run]  # it read the run that it had started
    assert (edge["kinds"], edge["returned"]) == (["spawn"], ["score"])


def test_attempts_of_every_kind_and_a_resumed_run(
    store: RecordingStore, proxy: Proxy, maker: str, sent: list[tuple[str, list[str]]]
) -> None:
    flow = FLOWS / "attempts.py"
    failed = store.flow(flow, env={**proxy.environ, "READERS": "3", "FAIL": "1"})
    assert failed.pathspec, failed.output
    for step, attempts in {"each": 3, "twice": 2, "caught": 1, "together": 2}.items():
        ends = [fields for fields in writes(sent, step) if "attempt_ok" in fields]
        assert ends == [["attempt_ok", "lineage-reads"]] * attempts
    resumed = store.flow(
        flow, "--origin-run-id", failed.pathspec.split("/")[1], command="resume", env=proxy.environ
    )
    assert resumed.returncode == 0, resumed.output
    assert resumed.pathspec, resumed.output
    records = ServiceSource(proxy.url).read([failed.pathspec, resumed.pathspec])
    read = {(read.step, read.artifact) for read in records[failed.pathspec].reads}
    # this server lists the second task of the gang under a number and keeps its metadata under its name
    assert read == {("each", "rows"), ("twice", "score"), ("caught", "size"), ("together", "model")}
    assert {(read.step, read.artifact) for read in records[resumed.pathspec].copied_reads} == read
    assert records[resumed.pathspec].reads == ()
