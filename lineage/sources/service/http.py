"""GET requests to a metadata service: concurrent, retried, with a deadline, and cancellable."""

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
    InvalidArgument,
    SourceDenied,
    SourceError,
    SourceInvalid,
    SourceUnreachable,
)
from lineage.format import format_size
from lineage.records.fast_json import decode_json
from lineage.sources.addresses import ESCAPES
from lineage.sources.protocol import Cancel
from lineage.sources.service.bodies import ENCODING, TooLong, unpack
from lineage.sources.service.daemon_threads import DaemonWorkers
from lineage.sources.service.patience import Limits, Stop, bound_to, current_stop

A = TypeVar("A")
B = TypeVar("B")

# The exceptions of a request: those of urllib3, and a few that it passes through.
_FAILURES = (urllib3.exceptions.HTTPError, http.client.HTTPException, ValueError, OSError)
RETRIED = frozenset({429, 500, 502, 503, 504})
_LONGEST_PAUSE = 10.0  # seconds between two attempts, even if the server asks for more
_NEAR = 0.0004  # seconds until an answer begins, for a server on the same machine
_NEAR_IN_A_ROW = 20
_GLANCE = 0.1  # seconds between two checks of `cancel`


@dataclass(frozen=True)
class Answer:
    """A complete answer of the server."""

    status: int
    body: Any  # parsed JSON; None if the status is not 200
    headers: Mapping[str, str]  # with case-insensitive names


class ServerFailed(SourceUnreachable):
    """The server repeatedly answered with an error (HTTP 5xx and the like).

    Attributes
    ----------
    status : int
        The HTTP status of the last answer.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class HttpClient:
    """An HTTP client that reads JSON from one service.

    The environment's proxies, certificates and `.netrc` apply as in Metaflow's own client, which uses
    requests. Requests go directly through the connection pool of that library, at a third of the cost.

    Parameters
    ----------
    url
        The service's address; it may contain a user and a password.
    headers
        Sent with every request; Metaflow's `SERVICE_HEADERS`.
    limits
        Concurrency, retries and time-outs.
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
                f"The address of the {label} is not a URL that can be opened. {ESCAPES}"
            ) from None  # the library's message would reveal the password
        self._workers = DaemonWorkers(limits.connections, "lineage")

    def _connections(
        self, url: str, headers: dict[str, str]
    ) -> tuple[urllib3.HTTPConnectionPool, dict[str, str], str]:
        session = requests.Session()
        adapter = HTTPAdapter(pool_maxsize=self._limits.connections, pool_block=True)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        prepared = session.prepare_request(requests.Request("GET", url, headers=headers))
        prepared.headers["Accept-Encoding"] = ENCODING
        settings = session.merge_environment_settings(url, {}, None, None, None)
        pool = adapter.get_connection_with_tls_context(
            prepared, settings["verify"], settings["proxies"], settings["cert"]
        )
        target = adapter.request_url(
            prepared, settings["proxies"]
        )  # an absolute URL if it goes through a proxy
        prefix = target[: len(target) - len(urlsplit(target).path)] if "://" in target else ""
        return pool, {name: str(value) for name, value in prepared.headers.items()}, prefix.rstrip("/")

    def map(self, ask: Callable[[A], B], items: Iterable[A], cancel: Cancel | None) -> list[B]:
        """Apply `ask` to the items concurrently and return the results in order.

        After the first error, no further calls are started.
        """
        waiting: set[Future[list[B]]] = set()
        asked: list[Future[list[B]]] = []
        stop = Stop(cancel, time.monotonic() + self._limits.deadline, self._label)
        left = iter(items)
        try:
            while True:
                at_once, in_a_row = self._pace()
                while len(waiting) < at_once and (some := list(islice(left, in_a_row))):
                    asked.append(self._workers.submit(bound_to(stop, ask, some)))
                    waiting.add(asked[-1])
                if not waiting:
                    break
                stop.check()
                done, waiting = wait(waiting, timeout=_GLANCE, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
                stop.say_what_is_waited_for(self._limits)
        finally:
            stop.now.set()  # the other calls end at their next check
            for future in waiting:
                future.cancel()
        return [answer for future in asked for answer in future.result()]

    def _pace(self) -> tuple[int, int]:
        """How many threads to use, and how many requests each of them sends in a row.

        If answers arrive at once, threads would only wait for each other to release the interpreter's lock.
        """
        return (1, _NEAR_IN_A_ROW) if self._fastest < _NEAR else (self._limits.connections, 1)

    def one(self, path: str, cancel: Cancel | None) -> Answer:
        """Like `get`, but can be cancelled while waiting for the answer."""
        return self.map(self.get, [path], cancel)[0]

    def get(self, path: str, longest: int | None = None) -> Answer:
        """The answer to one request; a 404 is an answer, every other failure an error.

        Parameters
        ----------
        path
            The path below the service's address.
        longest
            Maximum length of the answer in bytes, if a longer one is not an error.

        Raises
        ------
        SourceError
            If there is no usable answer, or one of more than `Limits.longest`.
        TooLong
            If the answer is longer than `longest`.
        """
        stop, limits = current_stop(), self._limits
        patience = time.monotonic() + limits.silence
        for attempt in range(limits.attempts):
            last = attempt == limits.attempts - 1
            left = max(patience - time.monotonic(), _GLANCE)
            try:
                with stop.waiting(attempt + 1):
                    status, body, headers = self._send(
                        path, longest or limits.longest, min(limits.timeout, left)
                    )
            except TooLong as exc:
                if longest is not None:
                    raise
                raise SourceInvalid(
                    f"The {self._label} answered {path} with more than {format_size(limits.longest)}. {_HINT}"
                ) from exc
            except _FAILURES as exc:
                if last or not _is_passing(exc) or time.monotonic() >= patience:
                    raise self._unreachable(exc, attempt + 1) from exc
                headers = {}
            else:
                if status not in RETRIED or last:
                    return self._understood(path, status, body, headers)
            self._rest(attempt, headers.get("Retry-After"))
        raise AssertionError("the last attempt returns or raises")

    def _send(self, path: str, longest: int, timeout: float) -> tuple[int, bytes, Mapping[str, str]]:
        with self._counting:
            self.requests += 1
        began = time.monotonic()
        response = self._pool.urlopen(
            "GET",
            f"{self._prefix}{self._base}{path}",
            headers=self._headers,
            retries=False,
            redirect=False,
            assert_same_host=False,  # through a proxy, the absolute URL is requested
            timeout=urllib3.Timeout(timeout),
            preload_content=False,
        )
        self._fastest = min(self._fastest, time.monotonic() - began)
        try:
            # not decoded: urllib3 unpacks all of what it has read, however much that is
            body: bytes = response.read(longest + 1, decode_content=False)
            if len(body) > longest:
                raise TooLong(path)
            if len(body) < int(response.headers.get("Content-Length") or 0):
                raise urllib3.exceptions.ProtocolError("IncompleteRead")
            body = unpack(body, response.headers.get("Content-Encoding", ""), longest)
        except BaseException:
            response.close()  # the rest of this answer must not be taken for the next one
            raise
        finally:
            response.release_conn()
        return response.status, body, response.headers

    def _understood(self, path: str, status: int, body: bytes, headers: Mapping[str, str]) -> Answer:
        if status in (401, 403):
            raise SourceDenied(
                f"The {self._label} denied access (HTTP {status}); has the token expired? Metaflow reads "
                "it from METAFLOW_SERVICE_AUTH_KEY or METAFLOW_SERVICE_HEADERS"
            )
        if 300 <= status < 400:
            raise SourceInvalid(
                f"The {self._label} redirects elsewhere (HTTP {status}), perhaps to a log-in page. {_HINT}"
            )
        if status == 404:
            return Answer(status, None, headers)
        if status != 200:
            raise ServerFailed(f"The {self._label} failed (HTTP {status}): {_excerpt(body)}", status)
        try:
            return Answer(status, decode_json(body), headers)
        except (ValueError, RecursionError) as exc:
            what = "an HTML page" if body.lstrip()[:1] == b"<" else f"invalid JSON: {_excerpt(body)}"
            raise SourceInvalid(f"The {self._label} answered {path} with {what}. {_HINT}") from exc

    def _unreachable(self, exc: Exception, attempts: int) -> SourceError:
        refused = isinstance(exc, urllib3.exceptions.NewConnectionError)
        if isinstance(exc, urllib3.exceptions.TimeoutError) and not refused:
            what = f"did not answer within {min(self._limits.timeout, self._limits.silence):g} s"
        elif "IncompleteRead" in str(exc):
            what = "closed the connection in the middle of an answer"
        else:
            what = f"cannot be reached ({exc})"
        times = f" ({attempts} attempts)" if attempts > 1 else ""
        return SourceUnreachable(f"The {self._label} {what}{times}")

    def _rest(self, attempt: int, asked: str | None) -> None:
        """Wait before the next attempt, longer each time, with random jitter."""
        pause = self._limits.pause * 2**attempt * random.uniform(0.75, 1.25)
        if asked is not None and asked.isdecimal():
            pause = max(pause, float(asked))
        current_stop().rest(min(pause, _LONGEST_PAUSE))


_HINT = "Is it the address of a Metaflow metadata service (METAFLOW_SERVICE_URL)?"


def _is_passing(exc: Exception) -> bool:
    """Whether the same request may succeed if it is retried."""
    lasting = (ValueError, urllib3.exceptions.LocationValueError, urllib3.exceptions.SSLError)
    return not isinstance(exc, lasting) and "NameResolution" not in type(exc).__name__


def _excerpt(body: bytes) -> str:
    text = body[:80].decode("utf-8", "replace").strip()
    return text or "nothing"
