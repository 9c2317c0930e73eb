"""The service source: how few requests it needs, and what it makes of a server that misbehaves."""

from __future__ import annotations

import gzip
import inspect
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
import tracemalloc
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from urllib.parse import quote

import pytest
import urllib3

from lineage import trace
from lineage.catalog import open_catalog, refresh
from lineage.errors import (
    Cancelled,
    InvalidArgument,
    LineageError,
    SourceDenied,
    SourceError,
    SourceInvalid,
    SourceUnreachable,
)
from lineage.records.model import TriggerEvent
from lineage.sources import MemorySource, RunRecord, open_source
from lineage.sources.service.patience import Limits
from lineage.sources.service.settings import configured_limits
from lineage.sources.service.source import ServiceSource
from lineage.tracing.followed import count_followed
from tests.support.metadata_server import Fault, MetadataServer
from tests.support.planted import plant, recently
from tests.support.planted_lineages import big_lineage, by_run, finished_run, small_lineage

QUICK = Limits(attempts=3, pause=0.01, timeout=0.5, deadline=10)
RUN = "ScoreFlow/3"


@pytest.fixture
def server() -> Iterator[MetadataServer]:
    with MetadataServer(small_lineage()) as running:
        yield running


def source_of(server: MetadataServer, limits: Limits = QUICK, **headers: str) -> ServiceSource:
    return ServiceSource(server.url, headers, limits)


def test_a_walk_takes_one_request_a_run_and_one_a_flow() -> None:
    records = list(big_lineage(400, seed=3))
    in_memory = MemorySource(records)
    deepest = max(records[-40:], key=lambda record: len(trace(record.pathspec, source=in_memory)))
    with MetadataServer(map(plant, records)) as server:
        lineage = trace(deepest.pathspec, source=source_of(server))
        flows = len(lineage.flows)
        assert len(lineage) > 20
        assert len(server.log) <= len(lineage) + flows


def ancestry() -> list[RunRecord]:
    """Ten completed runs of three flows in a row."""
    runs = [finished_run("A", "1", 0)]
    for number in range(1, 10):
        runs.append(finished_run("ABC"[number % 3], str(number + 1), number, by_run(runs[-1].pathspec, 3)))
    return runs


def test_a_second_walk_takes_one_request_a_flow_and_one_for_each_run_that_has_not_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = ancestry()
    now = recently(minutes=1)
    running = finished_run(
        "D", "11", 11, by_run("A/10", 3), created_at=now, status="running", finished_at=None
    )
    with MetadataServer(map(plant, [*records, running])) as server:
        first = trace("D/11", source=source_of(server))
        server.log.clear()
        source, waves = source_of(server), []
        ask = source.http.map
        monkeypatch.setattr(source.http, "map", lambda *asked: (waves.append(asked), ask(*asked))[1])
        second = trace("D/11", source=source)
        assert len(server.log) == 3 + 2  # the listings, and the running run with its flow
        assert 1 <= len(waves) <= 3  # the runs are eleven deep
        assert dict(second.graph.nodes.items()) == dict(first.graph.nodes.items())
        assert set(second.graph.edges) == set(first.graph.edges)
        assert not any(path.endswith("/metadata") for path in server.log if "/D/" not in path)


def test_a_second_walk_shows_tags_deletions_and_the_causes_of_a_run_that_was_written_again() -> None:
    records = ancestry()
    with MetadataServer(map(plant, records)) as server:
        assert len(trace("A/10", source=source_of(server))) == 10
        server.put(plant(replace(records[5], tags=("late",))))
        server.drop(records[3].pathspec)
        second = trace("A/10", source=source_of(server))
        assert second.graph.nodes[records[5].pathspec]["tags"] == ["late"]
        assert second.graph.nodes[records[3].pathspec]["status"] == "missing"
        assert records[2].pathspec not in second


def test_a_run_that_ended_a_moment_ago_is_read_again() -> None:
    now = recently(minutes=5)
    young = finished_run("A", "1", 0, created_at=now, finished_at=now)
    late = finished_run("B", "2", 0)
    with MetadataServer(map(plant, [young, late])) as server:
        assert trace("A/1", source=source_of(server)).runs == ["A/1"]
        server.put(plant(replace(young, triggers=(by_run("B/2", 3),))))
        assert set(trace("A/1", source=source_of(server)).runs) == {"A/1", "B/2"}


def test_a_fresh_walk_reads_everything() -> None:
    with MetadataServer(map(plant, ancestry())) as server:
        trace("A/10", source=source_of(server))
        server.log.clear()
        trace("A/10", source=source_of(server), fresh=True)
        assert len([path for path in server.log if path.endswith("/metadata")]) == 10


def test_what_followed_is_not_counted_from_a_catalog_of_walks_upstream_only() -> None:
    with MetadataServer(map(plant, ancestry())) as server:
        source = source_of(server)
        trace("A/10", source=source)
        assert count_followed(["A/1"], source) is None
        refresh(source)
        assert count_followed(["A/1"], source) == 9


def test_a_server_without_run_level_metadata_is_asked_for_it_once() -> None:
    with MetadataServer(small_lineage(), run_level=False) as server:
        source = source_of(server, Limits(connections=1))
        source.read([run.record.pathspec for run in small_lineage()])
        assert len([path for path in server.log if path.count("/") == 5 and "metadata" in path]) == 1


def test_a_refresh_lists_and_reads_each_run_once_and_then_only_lists(server: MetadataServer) -> None:
    source = source_of(server)
    refresh(source)
    runs, flows = len(small_lineage()), len({run.record.flow for run in small_lineage()})
    missing = 1  # the origin of a resumed run that no longer exists is looked for
    assert len(server.log) <= 1 + flows + runs + flows + missing
    server.log.clear()
    unfinished = sum(run.record.status != "completed" for run in small_lineage())
    refresh(source)
    assert len(server.log) <= 1 + flows + 2 * unfinished


def test_headers_that_metaflow_is_configured_for_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("metaflow").metaflow_config.SERVICE_HEADERS, "x-api-key", "right")
    with MetadataServer(small_lineage(), token="right") as server:
        assert ServiceSource(server.url).flows()


def test_a_token_is_not_sent_to_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("metaflow").metaflow_config.SERVICE_HEADERS, "x-api-key", "right")
    monkeypatch.setattr("lineage.sources.service.settings.SERVICE_URL", "https://metadata.example.com/")
    with MetadataServer(small_lineage(), token="right") as server:
        with pytest.raises(SourceDenied):
            open_source(server.url).flows()
        assert ServiceSource(server.url, {"x-api-key": "right"}).flows()


def test_an_expired_token_is_said_plainly_and_not_tried_again() -> None:
    with MetadataServer(small_lineage(), token="right") as server:
        with pytest.raises(SourceDenied, match="token expired") as caught:
            source_of(server, **{"x-api-key": "secret-wrong"}).read([RUN])
        assert "secret" not in str(caught.value)
        assert len(server.log) <= len(set(server.log)) <= 2  # the flow's runs and the run, at the same time


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/runs", times=2, status=503),
        Fault("/runs", times=2, status=500),
        Fault("/runs", times=1, status=429, headers="Retry-After: 0\r\n"),
        Fault("/runs", times=1, cut=True),
        Fault("/runs", times=1, hang=True),
    ],
    ids=["503", "500", "429", "cut off", "no answer"],
)
def test_what_passes_is_tried_again(server: MetadataServer, fault: Fault) -> None:
    server.faults.append(fault)
    assert RUN in source_of(server).read([RUN])


NO_RUNS = "did not return a valid list of .*'s runs"


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (Fault("/runs", status=503, body=b"down for lunch"), SourceUnreachable, "HTTP 503.*lunch"),
        (Fault("/runs", hang=True), SourceUnreachable, "did not answer within 0.5 s"),
        (
            Fault("/runs", cut=True),
            SourceUnreachable,
            r"closed the connection in the middle of an answer \(3 attempts\)",
        ),
        (Fault("/runs", body=b"<html>Log in</html>"), SourceInvalid, "HTML page.*METAFLOW_SERVICE_URL"),
        (Fault("/runs", body=b"pardon?"), SourceInvalid, "invalid JSON: pardon"),
        (Fault("/runs", body=b'{"a": 1}'), SourceInvalid, NO_RUNS),
        (Fault("/runs", body=b"[1, 2]"), SourceInvalid, NO_RUNS),
        (Fault("/runs", body=b"[{}]"), SourceInvalid, NO_RUNS),
        (Fault("/runs", body=b'[{"run_number": [1]}]'), SourceInvalid, NO_RUNS),
        (Fault("/runs", body=b'[{"run_id": "../x"}]'), SourceInvalid, NO_RUNS),
        (Fault("/metadata", body=b'["x"]'), SourceInvalid, "did not return a valid list of objects"),
        (Fault("/runs", body=b"[" * 100_000), SourceInvalid, "invalid JSON"),
        (
            Fault("/runs", status=302, headers="Location: /login\r\n"),
            SourceInvalid,
            "redirects elsewhere.*log-in page",
        ),
        (Fault("/runs", status=401), SourceDenied, "HTTP 401"),
        (Fault("/runs", status=400, body=b"no"), SourceUnreachable, "HTTP 400"),
    ],
)
def test_what_does_not_pass_is_an_error_that_says_what_it_was(
    server: MetadataServer, fault: Fault, error: type[SourceError], words: str
) -> None:
    server.faults.append(fault)
    with pytest.raises(error, match=words):
        source_of(server).read([RUN])


def test_pages_that_never_end_are_given_up(server: MetadataServer) -> None:
    runs = json.dumps([run.run_object for run in small_lineage() if run.record.flow == "ScoreFlow"][:1])
    paged = "X-Limit: 1\r\nX-Next-Cursor: same\r\n"
    server.faults.append(Fault("ScoreFlow/runs\\?", body=runs.encode(), headers=paged))
    done = refresh(source_of(server))
    assert any("does not stop returning pages" in str(problem) for problem in done.problems)
    assert done.read >= len(small_lineage()) - 10  # the other flows are there


def test_a_server_that_dies_while_it_is_listed_is_given_up_soon(server: MetadataServer) -> None:
    server.faults.append(Fault("/runs\\?", status=503))
    done = refresh(source_of(server))
    assert not done.complete
    assert "reading stopped" in str(done.problems[-1])
    assert len(server.log) < 30  # no flow is tried more often than once


@pytest.mark.parametrize(
    "body", [b'["x"]', b"{}", b"null", b'[{"flow_id": null}]', b'[{"flow_id": ""}]', b"7"]
)
def test_a_flow_list_that_is_none_is_refused_and_empties_no_catalog(
    server: MetadataServer, body: bytes
) -> None:
    source = source_of(server)
    count = refresh(source).read
    server.faults.append(Fault("^/flows$", body=body))
    with pytest.raises(SourceInvalid, match="did not return a valid list of flows"):
        refresh(source)
    with open_catalog(source) as catalog:
        assert len(catalog) == count > 0


def test_a_run_whose_metadata_cannot_be_had_is_a_problem_and_the_rest_is_there(
    server: MetadataServer,
) -> None:
    truth = {run.record.pathspec: run.record for run in small_lineage()}
    bad = "TrainingFlow/4" if "TrainingFlow/4" in truth else next(p for p in truth if "Training" in p)
    server.faults.append(Fault(f"{bad.replace('/', '/runs/')}/metadata", status=500, body=b"no such luck"))
    found = source_of(server).read(list(truth))
    assert found[bad].status == "unknown"
    assert found[bad].created_at == truth[bad].created_at
    assert found[bad].problems == (
        f"its metadata cannot be read: The {source_of(server).label} failed (HTTP 500): no such luck",
    )
    assert {p: r for p, r in found.items() if r.problems == ()}.keys() >= {
        p for p, r in truth.items() if p != bad and not r.problems and r.origin != bad
    }
    done = refresh(source_of(server))
    assert (done.read, done.complete) == (len(truth), False)  # what triggered it is not known
    assert [problem.pathspec for problem in done.problems] == [bad]
    server.faults.clear()
    done = refresh(source_of(server))
    assert (done.read, done.complete) == (3, True)  # it, one that was running, and one that fell silent


def test_very_many_runs_that_cannot_be_read_are_counted() -> None:
    runs = [finished_run("F", str(number), 1) for number in range(100)]
    with MetadataServer(map(plant, runs)) as server:
        server.faults.append(Fault("/runs/[0-9]0/metadata", status=500))
        done = refresh(source_of(server))
    assert done.read == 100
    assert [problem.pathspec for problem in done.problems] == ["F/10", "F/20", "F/30", "F/40", "F/50"]
    assert done.problems[-1].reason.endswith("(the same of 4 more runs)")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("/runs/3/metadata", body=b"null"), "valid list of objects with field_name"),
        (Fault("/runs/3/metadata", body=b"[{}]"), "valid list of objects with field_name"),
        (Fault("/runs/odd$", body=b"null"), "a valid run ScoreFlow/odd"),
        (Fault("/ScoreFlow/runs[?]", body=b"null"), "valid list of ScoreFlow's runs"),
    ],
)
def test_an_answer_without_data_is_not_taken_for_an_empty_one(
    server: MetadataServer, fault: Fault, words: str
) -> None:
    server.faults.append(fault)
    with pytest.raises(SourceInvalid, match=words):
        source_of(server).read([RUN, "ScoreFlow/odd"])


def test_a_server_that_is_too_busy_for_a_run_does_not_make_it_missing(server: MetadataServer) -> None:
    server.faults.append(Fault("/runs/odd", status=429))
    assert "it cannot be read" in source_of(server).read(["ScoreFlow/odd"])["ScoreFlow/odd"].problems[0]


def test_a_server_that_fails_on_every_run_is_given_up(server: MetadataServer) -> None:
    server.faults.append(Fault("/metadata", status=500))
    done = refresh(source_of(server))
    assert (done.read, done.complete) == (0, False)
    assert "it failed (HTTP 500)" in str(done.problems[-1])


@pytest.mark.parametrize("run_level", [True, False])
def test_a_run_that_is_deleted_after_it_was_listed_is_left_out(run_level: bool) -> None:
    with MetadataServer(small_lineage(), run_level=run_level) as server:
        source = source_of(server)
        others = [run.record.pathspec for run in small_lineage() if run.record.flow == "ScoreFlow"]
        assert others[0] in source.read(others)
        server.drop(others[0])
        assert sorted(source.read(others)) == sorted(others[1:])
        server.log.clear()
        source.read(others[1:2])
        assert any(path.endswith(f"{others[1].split('/')[1]}/metadata") for path in server.log) is run_level


def test_a_proxy_is_asked_for_the_whole_address(
    server: MetadataServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.delenv("no_proxy", raising=False)
    assert RUN in ServiceSource("http://metadata.example.com", {}, QUICK).read([RUN])
    assert server.log[0].startswith("http://metadata.example.com/flows/")


def test_nobody_there_is_an_error_with_the_address() -> None:
    with pytest.raises(SourceUnreachable, match=r"http://127\.0\.0\.1:9 cannot be reached"):
        ServiceSource("http://127.0.0.1:9", {}, QUICK).read([RUN])


def test_the_deadline_holds_for_the_whole(server: MetadataServer) -> None:
    server.faults.append(Fault("/metadata", delay=0.3))
    source = source_of(server, Limits(connections=1, deadline=0.5))
    began = time.monotonic()
    with pytest.raises(SourceUnreachable, match="took too long"):
        source.read([run.record.pathspec for run in small_lineage()])
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("silent", ["^/flows$", "/runs\\?", "/metadata"])
def test_another_thread_can_stop_a_refresh_while_the_server_is_silent(
    server: MetadataServer, silent: str
) -> None:
    server.faults.append(Fault(silent, hang=True))
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        refresh(source_of(server, Limits(timeout=5)), cancel=stop)
    assert time.monotonic() - began < 2


def test_another_thread_can_stop_it_while_the_server_is_silent(server: MetadataServer) -> None:
    server.faults.append(Fault("/metadata", hang=True))
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        source_of(server, Limits(timeout=5)).read([RUN], stop)
    assert time.monotonic() - began < 2


def test_ctrl_c_ends_it_at_once(server: MetadataServer) -> None:
    server.faults.append(Fault("/metadata", hang=True))
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        source_of(server, Limits(timeout=3)).read([RUN])
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("name", [RUN, RUN.split("/")[0]])
def test_a_walk_can_be_stopped_from_its_first_request_on(server: MetadataServer, name: str) -> None:
    server.faults.append(Fault("", hang=True))
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        trace(name, source=source_of(server, Limits(timeout=5)), cancel=stop)
    assert time.monotonic() - began < 2


INTERRUPTED = """
import signal, sys
from lineage.cli import main
signal.setitimer(signal.ITIMER_REAL, 0.5)
signal.signal(signal.SIGALRM, signal.default_int_handler)
sys.exit(main(["trace", "ETLFlow/1", "--source", sys.argv[1]]))
"""


def test_after_ctrl_c_the_process_does_not_wait_for_the_server(server: MetadataServer) -> None:
    server.faults.append(Fault("", hang=True))
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, server.url], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (130, "lineage: interrupted\n")
    assert time.monotonic() - began < 20  # a request's time-out is 30 s


def without_links(record: RunRecord) -> RunRecord:
    return replace(record, problems=(), reads=(), counted_reads=(), copied_reads=())


def test_of_a_run_too_large_for_one_answer_only_some_tasks_are_read(
    server: MetadataServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = {run.record.pathspec: run.record for run in small_lineage()}
    monkeypatch.setattr("lineage.sources.service.source._LONGEST", 1000)
    monkeypatch.setattr("lineage.sources.service.run_pages._LONGEST", 300)
    read = source_of(server).read(list(truth))
    assert all("too many tasks" in record.problems[-1] for record in read.values())
    assert list(map(without_links, read.values())) == list(map(without_links, truth.values()))


def test_names_are_escaped_and_lead_nowhere_else() -> None:
    record = finished_run("OddFlow", "a b?c#d%2F..", 1)
    with MetadataServer([plant(record)]) as server:
        assert source_of(server).read([record.pathspec]) == {record.pathspec: record}
        server.log.clear()
        assert source_of(server).read(["../flows", "OddFlow/..", "a/b/c"]) == {}
        assert server.log == []


def exceptions_of(module: object) -> list[type[Exception]]:
    found = [one for _, one in inspect.getmembers(module, inspect.isclass) if issubclass(one, Exception)]
    return [one for one in found if not issubclass(one, Warning) and "email" not in one.__module__]


@pytest.mark.parametrize("kind", exceptions_of(urllib3.exceptions))
def test_every_error_of_the_driver_is_mapped(
    server: MetadataServer, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    source = source_of(server)
    # some want arguments that nobody but the driver can make
    bare = {"__init__": lambda self: None, "__str__": lambda self: "as asked"}
    error = type(kind.__name__, (kind,), bare)()

    def fail(*args: object, **more: object) -> object:
        raise error

    monkeypatch.setattr(source.http._pool, "urlopen", fail)
    with pytest.raises(SourceError):
        source.read([RUN])


@pytest.mark.parametrize("address", ["http://", "http://[::", "https://exa mple", "ftp://x", "local:", ""])
def test_an_address_that_is_none_is_refused_before_anything_is_read(address: str) -> None:
    with pytest.raises(LineageError):
        open_source(address)


def test_an_address_in_a_message_has_no_password() -> None:
    with pytest.raises(InvalidArgument) as caught:
        open_source("mysql://ann:secret@host/db")
    assert "secret" not in str(caught.value)
    source = open_source("https://ann:secret@host.example.com/api?token=secret")
    assert source.label == "Metaflow service at https://host.example.com/api"
    assert "secret" not in str(source.key)


@pytest.mark.parametrize(
    "address",
    [
        "mysql://host/db?password=secret",
        "host=x password=secret",
        "http://ann:se/secret@127.0.0.1:9",
        "http://ann:1/secret@127.0.0.1:9",
        "http://ann:se#secret@127.0.0.1:9",
        "http://ann:se?secret@127.0.0.1:9",
        "http://ann:secret@127.0.0.1:99999",
        "postgresql://owner:se/secret@127.0.0.1:9/db",
        "postgresql://owner:secret@127.0.0.1:port/db",
    ],
)
def test_a_password_that_is_not_escaped_is_not_shown(address: str) -> None:
    try:
        source = open_source(address, QUICK)
        source.read([RUN])
    except LineageError as exc:
        said = "".join(traceback.format_exception(exc))
    code = said.index("Error: ") if "Error: " in said else 0
    messages = [line for line in said[code:].splitlines() if not line.startswith("    ")]
    assert "secret" not in "\n".join(messages)


# ---- what is too large, too slow, or not a run


SMALL = replace(QUICK, longest=20_000)
BODIES = {
    "one list": b"[" + b"1," * 20_000 + b"1]",
    "white space": b" " * 20_001 + b"[]",
    "a long string": b'["' + b"x" * 20_000 + b'"]',
}


@pytest.mark.parametrize("packed", [False, True], ids=["as it is", "compressed"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("path", ["^/flows$", "ScoreFlow/runs\\?"])
def test_an_answer_that_is_too_long_is_refused(
    server: MetadataServer, path: str, body: bytes, packed: bool
) -> None:
    headers = "Content-Encoding: gzip\r\n" if packed else ""
    server.faults.append(Fault(path, body=gzip.compress(body) if packed else body, headers=headers))
    with pytest.raises(SourceInvalid, match=r"with more than 20 kB"):
        list(source_of(server, SMALL).scan())


def test_a_compressed_answer_is_unpacked_only_as_far_as_it_may_be(server: MetadataServer) -> None:
    body = gzip.compress(b"[" + b" " * 50_000_000 + b"]")
    assert len(body) < 100_000
    server.faults.append(Fault("^/flows$", body=body, headers="Content-Encoding: gzip\r\n"))
    source = source_of(server, replace(QUICK, longest=1_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(SourceInvalid, match="more than 1 MB"):
            source.flows()
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_compressed_answer_is_read_like_any_other(server: MetadataServer) -> None:
    _, body, headers = server.answer("/flows")
    packed = "Content-Encoding: gzip\r\n"
    server.faults.append(Fault("^/flows$", body=gzip.compress(body), headers=headers + packed))
    assert "ScoreFlow" in source_of(server).flows()


@pytest.mark.parametrize(
    ("body", "encoding", "words"),
    [
        (gzip.compress(b"[]")[:-4], "gzip", "incomplete"),
        (b"not compressed", "gzip", "cannot be unpacked"),
        (b"[]", "br", "encoded as 'br', which was not asked for"),
    ],
    ids=["cut off", "not compressed", "another encoding"],
)
def test_an_answer_that_cannot_be_unpacked_is_an_error(
    server: MetadataServer, body: bytes, encoding: str, words: str
) -> None:
    server.faults.append(Fault("^/flows$", body=body, headers=f"Content-Encoding: {encoding}\r\n"))
    with pytest.raises(SourceUnreachable, match=words):
        source_of(server).flows()


def test_a_silent_server_is_named_with_the_attempt_and_given_up(server: MetadataServer) -> None:
    server.faults.append(Fault("/flows", hang=True))
    limits = Limits(attempts=5, pause=0.01, timeout=0.4, silence=0.9, notice=0.15)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with pytest.raises(SourceUnreachable, match=r"did not answer within 0.4 s \(3 attempts\)"):
            source_of(server, limits).flows()
    messages = [str(warning.message) for warning in said]
    waiting = [f"waiting for the {source_of(server).label}, attempt {attempt} of 5" for attempt in (1, 2)]
    assert messages[:2] == waiting
    assert len(set(messages)) == len(messages)  # each attempt is said once


def test_a_server_that_answers_is_not_called_silent(server: MetadataServer) -> None:
    server.faults.append(Fault("/metadata", delay=0.1))
    source = source_of(server, Limits(connections=1, notice=0.5))
    assert RUN in source.read([run.record.pathspec for run in small_lineage()])  # warnings are errors here


def test_the_patience_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert configured_limits() == Limits()
    monkeypatch.setenv("LINEAGE_SERVICE_TIMEOUT", "10min")
    assert (configured_limits().silence, configured_limits().deadline) == (600, 600)
    monkeypatch.setenv("LINEAGE_SERVICE_TIMEOUT", "soon")
    with pytest.raises(InvalidArgument, match="LINEAGE_SERVICE_TIMEOUT: invalid duration 'soon'"):
        ServiceSource("http://127.0.0.1:9")


@pytest.mark.parametrize("run_id", ["9" * 19, "9" * 400, "\N{SUPERSCRIPT TWO}"])
def test_a_number_that_no_run_can_have_is_a_missing_run(server: MetadataServer, run_id: str) -> None:
    server.faults.append(Fault(f"/runs/{quote(run_id, '')}", status=500))
    born = datetime(2026, 1, 1, tzinfo=timezone.utc)
    cause = TriggerEvent("x", f"ScoreFlow/{run_id}/end/1", born, "run")
    server.put(plant(finished_run("LastFlow", "1", 1, cause)))
    lineage = trace("LastFlow/1", source=source_of(server))
    assert lineage.graph.nodes[f"ScoreFlow/{run_id}"]["status"] == "missing"
    assert lineage.problems == ()


@pytest.mark.parametrize("status", [400, 414, 422])
def test_an_id_that_the_server_refuses_is_a_missing_run(server: MetadataServer, status: int) -> None:
    server.faults.append(Fault("/runs/odd", status=status))
    assert source_of(server).read(["ScoreFlow/odd", RUN]).keys() == {RUN}


def test_a_run_on_which_the_server_fails_does_not_end_the_walk(server: MetadataServer) -> None:
    server.faults.append(Fault("/runs/odd", status=500, body=b"no such luck"))
    found = source_of(server).read(["ScoreFlow/odd", RUN])
    assert found["ScoreFlow/odd"].status == "unknown"
    assert "it cannot be read" in found["ScoreFlow/odd"].problems[0]
    assert "no such luck" in found["ScoreFlow/odd"].problems[0]
    assert found[RUN].problems == ()
