"""GET requests to a metadata service: many at once, retried, within a deadline, and possible to stop."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from lineage.errors import (
    Cancelled,
    InvalidArgument,
    SourceDenied,
    SourceError,
    SourceInvalid,
    SourceUnreachable,
)
from lineage.records.fast_json import decode_json
from lineage.sources.addresses import ESCAPES
from lineage.sources.protocol import Cancel, check
from lineage.sources.service.daemon_threads import DaemonWorkers

A = TypeVar("A")
B = TypeVar("B")

# What a request can end with: urllib3's errors, and a few that it lets through as they are.
_FAILURES = (urllib3.exceptions.HTTPError, http.client.HTTPException, ValueError, OSError)
_RETRIED = frozenset({429, 500, 502, 503, 504})
_LONGEST_PAUSE = 10.0  # seconds between two attempts, whatever the server asks for
_NEAR = 0.0004  # seconds until an answer begins; a server on the same machine
_NEAR_IN_A_ROW = 20
_GLANCE = 0.1  # seconds between two looks at whether to stop


@dataclass(frozen=True)
class Limits:
    """How patient to be with a server."""

    connections: int = 20  # as many as Metaflow's own client keeps
    attempts: int = 5
    pause: float = 0.2  # seconds before the second attempt; it doubles with each further one
    timeout: float = 30.0  # seconds for one answer to begin, and between two pieces of it
    deadline: float = 300.0  # seconds for one call of a source's method


@dataclass(frozen=True)
class Answer:
    """What a server said, already read."""

    status: int
    body: Any  # parsed JSON; None where the status is not 200
    headers: Mapping[str, str]  # whatever case their names are asked in


class ServerFailed(SourceUnreachable):
    """The server answered, time and again, that it could not (HTTP 5xx and the like)."""


class TooLong(Exception):
    """An answer was given up because it was longer than wanted."""


class HttpClient:
    """Reads JSON from one service.

    The environment's proxies, certificates and `.netrc` hold as for Metaflow's own client, which uses
    requests; the requests themselves go through its connection pool directly, at a third of the cost.

    Parameters
    ----------
    url
        The service's address; it may carry a user and a password.
    headers
        Sent with every request; Metaflow's `SERVICE_HEADERS`.
    limits
        How many at once, and how patient.
    label
        The service's name in messages.
    """

    def __init__(self, url: str, headers: dict[str, str], limits: Limits, label: str) -> None:
        self._base = urlsplit(url).path.rstrip("/")
        self._limits, self._label = limits, label
        self.requests = 0  # sent so far, for benchmarks
        self._counting = threading.Lock()
        self._fastest = float("inf")  # seconds until the fastest answer so far
        try:
            self._pool, self._headers, self._prefix = self._connections(url, headers)
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError):
            raise InvalidArgument(
                f"The address of the {label} is no URL that can be opened. {ESCAPES}"
            ) from None  # the library's message repeats the password
        self._workers = DaemonWorkers(limits.connections, "lineage")

    def _connections(
        self, url: str, headers: dict[str, str]
    ) -> tuple[urllib3.HTTPConnectionPool, dict[str, str], str]:
        session = requests.Session()
        adapter = HTTPAdapter(pool_maxsize=self._limits.connections, pool_block=True)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        prepared = session.prepare_request(requests.Request("GET", url, headers=headers))
        settings = session.merge_environment_settings(url, {}, None, None, None)
        pool = adapter.get_connection_with_tls_context(
            prepared, settings["verify"], settings["proxies"], settings["cert"]
        )
        target = adapter.request_url(prepared, settings["proxies"])  # whole if it goes through a proxy
        prefix = target[: len(target) - len(urlsplit(target).path)] if "://" in target else ""
        return pool, {name: str(value) for name, value in prepared.headers.items()}, prefix.rstrip("/")

    def map(self, ask: Callable[[A], B], items: Iterable[A], cancel: Cancel | None) -> list[B]:
        """What `ask` says to each of the items, in their order, several at a time.

        The first error ends it: what has not begun is not begun any more.
        """
        waiting: set[Future[list[B]]] = set()
        asked: list[Future[list[B]]] = []
        stop = _Stop(cancel, time.monotonic() + self._limits.deadline, self._label)
        left = iter(items)
        try:
            while True:
                at_once, in_a_row = self._pace()
                while len(waiting) < at_once and (some := list(islice(left, in_a_row))):
                    asked.append(self._workers.submit(_with(stop, ask, some)))
                    waiting.add(asked[-1])
                if not waiting:
                    break
                stop.check()
                done, waiting = wait(waiting, timeout=_GLANCE, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
        finally:
            stop.now.set()  # the others end at their next look
            for future in waiting:
                future.cancel()
        return [answer for future in asked for answer in future.result()]

    def _pace(self) -> tuple[int, int]:
        """How many threads to have at work, and how many requests each of them sends in a row.

        Where answers come at once, threads only wait for each other: for the interpreter's lock.
        """
        return (1, _NEAR_IN_A_ROW) if self._fastest < _NEAR else (self._limits.connections, 1)

    def one(self, path: str, cancel: Cancel | None) -> Answer:
        """The answer to one request, as `get`, but possible to stop while it is waited for."""
        return self.map(self.get, [path], cancel)[0]

    def get(self, path: str, longest: int | None = None) -> Answer:
        """The answer to one request; a 404 is one, every other failure an error.

        Parameters
        ----------
        path
            Below the service's address.
        longest
            Bytes after which the answer is given up.

        Raises
        ------
        SourceError
            If there is no usable answer.
        TooLong
            If it is longer than `longest`.
        """
        for attempt in range(self._limits.attempts):
            last = attempt == self._limits.attempts - 1
            try:
                status, body, headers = self._send(path, longest)
            except _FAILURES as exc:
                if last or not _is_passing(exc):
                    raise self._unreachable(exc, attempt + 1) from exc
                headers = {}
            else:
                if status not in _RETRIED or last:
                    return self._understood(path, status, body, headers)
            self._rest(attempt, headers.get("Retry-After"))
        raise AssertionError("the last attempt returns or raises")

    def _send(self, path: str, longest: int | None) -> tuple[int, bytes, Mapping[str, str]]:
        with self._counting:
            self.requests += 1
        began = time.monotonic()
        response = self._pool.urlopen(
            "GET",
            f"{self._prefix}{self._base}{path}",
            headers=self._headers,
            retries=False,
            redirect=False,
            assert_same_host=False,  # through a proxy the whole URL is asked for
            timeout=urllib3.Timeout(self._limits.timeout),
            preload_content=False,
        )
        self._fastest = min(self._fastest, time.monotonic() - began)
        try:
            body: bytes = response.read(None if longest is None else longest + 1)
            if longest is not None and len(body) > longest:
                raise TooLong(path)
        except BaseException:
            response.close()  # what is left of the answer must not be taken for the next one
            raise
        finally:
            response.release_conn()
        return response.status, body, response.headers

    def _understood(self, path: str, status: int, body: bytes, headers: Mapping[str, str]) -> Answer:
        if status in (401, 403):
            raise SourceDenied(
                f"The {self._label} refused to answer (HTTP {status}); has the token expired? Metaflow reads "
                "it from METAFLOW_SERVICE_AUTH_KEY or METAFLOW_SERVICE_HEADERS"
            )
        if 300 <= status < 400:
            raise SourceInvalid(f"The {self._label} leads elsewhere (HTTP {status}): a log-in page? {_HINT}")
        if status == 404:
            return Answer(status, None, headers)
        if status != 200:
            raise ServerFailed(f"The {self._label} failed (HTTP {status}): {_excerpt(body)}")
        try:
            return Answer(status, decode_json(body), headers)
        except (ValueError, RecursionError) as exc:
            what = "an HTML page" if body.lstrip()[:1] == b"<" else f"no JSON: {_excerpt(body)}"
            raise SourceInvalid(f"The {self._label} answered {path} with {what}. {_HINT}") from exc

    def _unreachable(self, exc: Exception, attempts: int) -> SourceError:
        refused = isinstance(exc, urllib3.exceptions.NewConnectionError)
        if isinstance(exc, urllib3.exceptions.TimeoutError) and not refused:
            what = f"gave no answer within {self._limits.timeout:g} s"
        elif "IncompleteRead" in str(exc):
            what = "broke off in the middle of an answer"
        else:
            what = f"cannot be reached ({exc})"
        times = f", {attempts} times over" if attempts > 1 else ""
        return SourceUnreachable(f"The {self._label} {what}{times}")

    def _rest(self, attempt: int, asked: str | None) -> None:
        """Wait before the next attempt, longer each time, and not in step with other clients."""
        pause = self._limits.pause * 2**attempt * random.uniform(0.75, 1.25)
        if asked is not None and asked.isdecimal():
            pause = max(pause, float(asked))
        _current_stop().rest(min(pause, _LONGEST_PAUSE))


_HINT = "Is it the address of a Metaflow metadata service (METAFLOW_SERVICE_URL)?"


class _Stop:
    """Whether the work of one call is to end: somebody stopped it, it failed, or its time is over."""

    def __init__(self, cancel: Cancel | None, deadline: float, label: str) -> None:
        self.cancel, self.deadline, self.label = cancel, deadline, label
        self.now = threading.Event()

    def check(self) -> None:
        check(self.cancel)
        if self.now.is_set():
            raise Cancelled("Another request of the same call failed")
        if time.monotonic() > self.deadline:
            raise SourceUnreachable(f"The {self.label} took too long")

    def rest(self, seconds: float) -> None:
        self.now.wait(seconds)
        self.check()


_thread = threading.local()


def _current_stop() -> _Stop:
    found = getattr(_thread, "stop", None)
    return found if isinstance(found, _Stop) else _Stop(None, float("inf"), "")


def _with(stop: _Stop, ask: Callable[[A], B], items: Iterable[A]) -> Callable[[], list[B]]:
    def one(item: A) -> B:
        stop.check()
        return ask(item)

    def run() -> list[B]:
        _thread.stop = stop
        return [one(item) for item in items]

    return run


def _is_passing(exc: Exception) -> bool:
    """Whether the same request may well succeed a moment later."""
    lasting = (ValueError, urllib3.exceptions.LocationValueError, urllib3.exceptions.SSLError)
    return not isinstance(exc, lasting) and "NameResolution" not in type(exc).__name__


def _excerpt(body: bytes) -> str:
    text = body[:80].decode("utf-8", "replace").strip()
    return text or "nothing"
