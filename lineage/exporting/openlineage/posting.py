"""OpenLineage events sent to an endpoint over HTTP, one request an event, in their order."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests

from lineage.errors import EndpointDenied, EndpointUnreachable, ExportError, InvalidArgument
from lineage.format import format_count, legible
from lineage.text import encode_json

_PATH = "/api/v1/lineage"  # where the specification's own server and Marquez listen
_ATTEMPTS = 4
_PAUSE = 0.2  # seconds before the second attempt; it doubles with each further one
_LONGEST_PAUSE = 10.0  # seconds, whatever the endpoint asks for
_PASSING = (429, 502, 503, 504)


def post_events(
    events: Sequence[Mapping[str, Any]],
    url: str,
    *,
    key: str | None = None,
    timeout: float = 10.0,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Send events to an endpoint that takes OpenLineage.

    A request that met a busy or restarting server is sent again, up to four times. Sending the same events
    twice is harmless: their runs have the same ids.

    Parameters
    ----------
    events
        As `openlineage_events` makes them.
    url
        The endpoint; without a path, `/api/v1/lineage` of that server.
    key
        Sent as a bearer token.
    timeout
        Seconds for a connection, and for an answer to begin.
    progress
        Called after each event with how many are sent, and of how many.

    Returns
    -------
    int
        How many events were accepted: all.

    Raises
    ------
    InvalidArgument
        If it is not an address that can be opened.
    EndpointDenied
        If the endpoint asks for a key, or for another.
    EndpointUnreachable
        If there is no answer, or none in time.
    ExportError
        If it refused an event, or failed. The message says how many it had accepted before.
    """
    endpoint = _endpoint(url)
    label = _without_secrets(endpoint)
    with requests.Session() as session:
        session.headers["Content-Type"] = "application/json"
        if key is not None:
            session.auth = _Bearer(key)  # as a header, a password from .netrc would replace it
        for sent, event in enumerate(events):
            try:
                response = _send(session, endpoint, encode_json(event), timeout)
            except requests.RequestException as exc:
                raise EndpointUnreachable(f"{_failure(label, exc, timeout)}{_so_far(sent, events)}") from exc
            if not 200 <= response.status_code < 300:
                raise _refusal(label, response, event, _so_far(sent, events))
            if progress is not None:
                progress(sent + 1, len(events))
    return len(events)


def _send(session: requests.Session, endpoint: str, body: str, timeout: float) -> requests.Response:
    """The answer to one request, sent again where another moment may help."""
    for attempt in range(_ATTEMPTS):
        last = attempt == _ATTEMPTS - 1
        asked = "0"
        try:
            response = session.post(endpoint, data=body, timeout=timeout, allow_redirects=False)
        except requests.ConnectionError as exc:
            if last or isinstance(exc, requests.Timeout):
                raise
        else:
            if last or response.status_code not in _PASSING:
                return response
            asked = response.headers.get("Retry-After", "0")
        pause = max(_PAUSE * 2**attempt, float(asked) if asked.isdecimal() else 0)
        time.sleep(min(pause, _LONGEST_PAUSE))
    raise AssertionError("the last attempt returns or raises")


def _endpoint(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is not a number, a bracket that is not closed
        usable = False
    if not usable:
        raise InvalidArgument("the endpoint is not an address such as https://marquez.example.com")
    path = parts.path if parts.path.strip("/") else _PATH
    return urlunsplit(parts._replace(path=path, fragment=""))


def _without_secrets(endpoint: str) -> str:
    """The address for messages: without user, password and query."""
    parts = urlsplit(endpoint)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


class _Bearer(requests.auth.AuthBase):
    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


def _failure(label: str, exc: requests.RequestException, timeout: float) -> str:
    if isinstance(exc, requests.Timeout):
        return f"{label} gave no answer within {timeout:g} s"
    cause = exc.args[0] if exc.args else exc
    return f"{label} cannot be reached ({type(getattr(cause, 'reason', cause)).__name__})"


def _refusal(label: str, response: requests.Response, event: Mapping[str, Any], so_far: str) -> ExportError:
    status = response.status_code
    if status in (401, 403):
        hint = "it takes a key, which lineage reads from OPENLINEAGE_API_KEY"
        return EndpointDenied(f"{label} refused (HTTP {status}): {hint}{so_far}")
    if 300 <= status < 400:
        return ExportError(f"{label} leads elsewhere (HTTP {status}): a log-in page?{so_far}")
    if status in (404, 405):
        return ExportError(
            f"{label} does not take OpenLineage events (HTTP {status}); is the path right?{so_far}"
        )
    which = f"the {event['eventType']} event of {event['job']['name']}, run {event['run']['runId']}"
    answer = legible(response.text.strip(), 200) or "no reason given"
    return ExportError(f"{label} did not accept {which} (HTTP {status}): {answer}{so_far}")


def _so_far(sent: int, events: Sequence[object]) -> str:
    return f". {format_count(sent, 'event')} of {len(events):,} had been accepted"
