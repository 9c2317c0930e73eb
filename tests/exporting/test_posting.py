"""OpenLineage events sent to a real HTTP server."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from openlineage.client import OpenLineageClient
from openlineage.client.transport.http import HttpConfig, HttpTransport

from lineage.api.lineages import Lineage
from lineage.errors import EndpointDenied, EndpointUnreachable, ExportError, InvalidArgument, LineageError
from lineage.exporting.openlineage import posting
from lineage.exporting.openlineage.posting import post_events
from tests.exporting.examples import small_graph
from tests.exporting.test_openlineage import _without_empty, in_the_clients_classes
from tests.support.receiver import Receiver, Reply

EVENTS = Lineage(small_graph()).to_openlineage()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between attempts are short, and nothing of this machine's proxies or passwords matters."""
    monkeypatch.setattr(posting, "_PAUSE", 0.001)
    monkeypatch.setattr(posting, "_LONGEST_PAUSE", 0.01)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "NETRC"):
        monkeypatch.delenv(name, raising=False)


def test_every_event_arrives_once_in_order_over_one_connection() -> None:
    done: list[tuple[int, int]] = []
    with Receiver() as receiver:
        sent = post_events(EVENTS, receiver.url, progress=lambda *counts: done.append(counts))
    assert sent == len(EVENTS)
    assert [request.body for request in receiver.received] == EVENTS
    assert {request.path for request in receiver.received} == {"/api/v1/lineage"}
    assert receiver.received[0].headers["Content-Type"] == "application/json"
    assert receiver.connections == 1
    assert done == [(i + 1, len(EVENTS)) for i in range(len(EVENTS))]


def test_the_client_sends_the_same_to_the_same_place() -> None:
    with Receiver() as receiver:
        post_events(EVENTS[:2], receiver.url, key="secret")
        config = {"url": receiver.url, "auth": {"type": "api_key", "apiKey": "secret"}}
        client = OpenLineageClient(transport=HttpTransport(HttpConfig.from_dict(config)))
        for event in EVENTS[:2]:
            client.emit(in_the_clients_classes(event))
    ours, theirs = receiver.received[:2], receiver.received[2:]
    for one, other in zip(ours, theirs, strict=True):
        assert one.path == other.path
        assert one.headers["Authorization"] == other.headers["Authorization"] == "Bearer secret"
        assert one.headers["Content-Type"] == other.headers["Content-Type"]
        del one.body["run"]["facets"]["tags"], other.body["run"]["facets"]["tags"]  # it adds its version
        assert _without_empty(one.body) == _without_empty(other.body)


def test_a_path_is_kept_as_it_was_given() -> None:
    with Receiver() as receiver:
        post_events(EVENTS[:1], f"{receiver.url}/gateway/openlineage?team=ml#top")
        post_events(EVENTS[:1], f"{receiver.url}/")
    assert [r.path for r in receiver.received] == ["/gateway/openlineage?team=ml", "/api/v1/lineage"]


def test_nothing_to_send_is_sent_to_nobody() -> None:
    assert post_events([], "http://127.0.0.1:9") == 0


@pytest.mark.parametrize("reply", [Reply(429, headers={"Retry-After": "0"}), Reply(503), Reply(drop=True)])
def test_a_busy_or_restarting_server_gets_it_again(reply: Reply) -> None:
    with Receiver(Reply(), reply, reply) as receiver:
        assert post_events(EVENTS, receiver.url) == len(EVENTS)
    bodies = [request.body for request in receiver.received]
    assert bodies == [EVENTS[0], EVENTS[1], EVENTS[1], *EVENTS[1:]]


@pytest.mark.parametrize(
    ("reply", "error", "said"),
    [
        (Reply(401), EndpointDenied, r"refused \(HTTP 401\): it takes a key, .* OPENLINEAGE_API_KEY"),
        (Reply(403), EndpointDenied, r"HTTP 403"),
        (Reply(302, headers={"Location": "/login"}), ExportError, r"leads elsewhere \(HTTP 302\)"),
        (Reply(304), ExportError, r"leads elsewhere \(HTTP 304\)"),
        (Reply(404), ExportError, r"does not take OpenLineage events \(HTTP 404\); is the path right\?"),
        (
            Reply(422, b"no such\nfacet"),
            ExportError,
            r"did not accept the COMPLETE event of ETLFlow.* no such\\u000afacet",
        ),
        (Reply(500), ExportError, r"HTTP 500\): no reason given"),
    ],
)
def test_a_refusal_is_an_error_that_says_why_and_how_far_it_came(
    reply: Reply, error: type[LineageError], said: str
) -> None:
    with Receiver(Reply(), reply) as receiver, pytest.raises(error, match=said) as caught:
        post_events(EVENTS, receiver.url)
    assert str(caught.value).endswith(f". 1 event of {len(EVENTS)} had been accepted")
    assert len(receiver.received) == 2, "nothing is sent after it, and nowhere else"


def test_a_server_that_stays_busy_is_given_up() -> None:
    with Receiver(*[Reply(503, b"later")] * 9) as receiver, pytest.raises(ExportError, match=r"503.*later"):
        post_events(EVENTS, receiver.url)
    assert len(receiver.received) == 4


def test_no_answer_in_time_is_unreachable() -> None:
    slow = r"gave no answer within 0.2 s\. 0 events of"
    with Receiver(Reply(delay=30)) as receiver, pytest.raises(EndpointUnreachable, match=slow):
        post_events(EVENTS, receiver.url, timeout=0.2)
    assert len(receiver.received) == 1


def test_nobody_there_is_unreachable_and_tells_no_secrets() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://ann:hidden@127.0.0.1:{free.getsockname()[1]}/path?token=hidden"
    with pytest.raises(EndpointUnreachable, match="cannot be reached") as caught:
        post_events(EVENTS, url, key="hidden")
    assert "hidden" not in str(caught.value)
    assert isinstance(caught.value, OSError)


def test_a_key_wins_over_a_password_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ann password hidden\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with Receiver() as receiver:
        post_events(EVENTS[:1], receiver.url, key="secret")
    assert receiver.received[0].headers["Authorization"] == "Bearer secret"


@pytest.mark.parametrize(
    "url", ["", "marquez", "ftp://x", "http://", "http://x:port", "http://[", "file:///x"]
)
def test_what_is_no_address_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(InvalidArgument, match="an address such as https://"):
        post_events(EVENTS, url)


def test_a_lineage_sends_itself() -> None:
    with Receiver() as receiver:
        events = Lineage(small_graph()).to_openlineage(namespace="team", to=receiver.url, key="k")
    assert json.loads(json.dumps(events)) == [request.body for request in receiver.received]
    assert {event["job"]["namespace"] for event in events} == {"team"}
