"""Run objects from a metadata service, listed where that is cheaper than requesting them one by one."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode

from lineage.errors import SourceDenied, SourceInvalid
from lineage.records.metadata import Row, run_id_of
from lineage.records.model import split_pathspec
from lineage.sources.protocol import Cancel
from lineage.sources.service.bodies import TooLong
from lineage.sources.service.http import RETRIED, Answer, HttpClient, ServerFailed

PAGE = 500  # runs; the service's maximum (metaflow-service, metadata_service/api/run.py)
_FRESH = 30.0  # seconds; longer than a walk, and short enough that a long-lived source does not show old tags
_MOST_PAGES = 20_000  # of one flow, ten million runs; a server that never stops must not fill the memory
_LONGEST = 4 << 20  # bytes, about ten thousand runs; beyond that, a flow's runs are requested one by one


class Page(NamedTuple):
    """Some runs of a flow, newest first."""

    runs: list[Row]
    cursor: str | None  # start of the next page; None on the last


class RunFailed(Exception):
    """The server repeatedly failed on the object of one run."""

    def __init__(self, reason: ServerFailed) -> None:
        super().__init__(str(reason))
        self.reason = reason


class RunListing:
    """The newest runs of each flow, listed once, and any other run on demand.

    A run's metadata lacks its tags and its creation time, so each run needs its object too. A walk meets
    the same flows repeatedly, so one listing of a flow serves all of its newest runs.
    """

    def __init__(self, http: HttpClient, label: str) -> None:
        self._http, self._label = http, label
        self._put: dict[tuple[str, str], Row] = {}
        self._listed: dict[str, tuple[float, dict[str, Row]]] = {}  # when, and the runs by id
        self._denied: tuple[float, SourceDenied] | None = None  # when, and the server's refusal
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def put(self, flow: str, run_id: str, run: Row) -> None:
        """Keep an object from a listing until it is requested, once."""
        self._put[flow, run_id] = run

    def unlisted(self, pathspecs: Iterable[str]) -> list[str]:
        """The flows that have to be listed before the objects of these runs are known."""
        missing = (p.split("/") for p in pathspecs)
        flows = dict.fromkeys(flow for flow, run_id in missing if (flow, run_id) not in self._put)
        return [flow for flow in flows if not self.is_listed(flow)]

    def is_listed(self, flow: str) -> bool:
        """Whether the newest runs of a flow are known."""
        return flow in self._listed and time.monotonic() - self._listed[flow][0] <= _FRESH

    def object(self, flow: str, run_id: str) -> Row | None:
        """The object of one run; None if it does not exist."""
        known = self._put.pop((flow, run_id), None) or self.newest(flow).get(run_id)
        if known is not None:
            return known
        try:
            answer = self._http.get(f"/flows/{quote(flow, '')}/runs/{quote(run_id, '')}")
        except ServerFailed as exc:
            if exc.status < 500 and exc.status not in RETRIED:  # no run can have such an id
                return None
            raise RunFailed(exc) from exc
        if answer.status != 404 and not _is_run(flow, answer.body):
            raise SourceInvalid(f"The {self._label} did not return a valid run {flow}/{run_id}")
        run: Row | None = answer.body  # None for a 404
        return run

    def newest(self, flow: str) -> Mapping[str, Row]:
        """The newest runs of a flow by id, listed within the last moments."""
        with self._lock:
            lock = self._locks.setdefault(flow, threading.Lock())
        with lock:  # several threads may want runs of the same flow; only one lists it
            if not self.is_listed(flow):
                self._refuse_again()
                try:
                    self._listed[flow] = (time.monotonic(), self._first_page(flow))
                except SourceDenied as exc:
                    self._denied = (time.monotonic(), exc)
                    raise
            return self._listed[flow][1]

    def _refuse_again(self) -> None:
        """Raise what the server has just refused: it would refuse the next thread too."""
        if self._denied and time.monotonic() - self._denied[0] <= _FRESH:
            raise self._denied[1]

    def _first_page(self, flow: str) -> dict[str, Row]:
        try:
            answer = self._http.get(_path(flow, {"_limit": str(PAGE)}), _LONGEST)
        except TooLong:
            return {}
        return {run_id_of(run): run for run in self._runs(flow, answer)}

    def first(self, flow: str) -> Page:
        """The newest runs of a flow."""
        return self._page(flow, self._http.get(_path(flow, {"_limit": str(PAGE)})))

    def pages(
        self, flow: str, cancel: Cancel | None = None, first: Page | None = None
    ) -> Iterator[list[Row]]:
        """All runs of a flow, newest first; in pages if the server announces paging.

        Parameters
        ----------
        flow, cancel
            The flow, and an object that cancels the listing.
        first
            The first page, if it has already been read.
        """
        query = {"_limit": str(PAGE)}
        page = first or self._page(flow, self._http.one(_path(flow, query), cancel))
        met: set[str] = set()
        while True:
            yield page.runs
            if page.cursor is None:
                return
            if page.cursor in met or len(met) > _MOST_PAGES:
                raise SourceInvalid(f"The {self._label} does not stop returning pages of {flow}'s runs")
            met.add(page.cursor)
            query["_cursor"] = page.cursor
            page = self._page(flow, self._http.one(_path(flow, query), cancel))

    def _page(self, flow: str, answer: Answer) -> Page:
        runs = self._runs(flow, answer)
        return Page(runs, answer.headers.get("X-Next-Cursor") if "X-Limit" in answer.headers else None)

    def forget(self) -> None:
        """Discard all cached objects and listings."""
        self._put.clear()
        self._listed.clear()
        self._denied = None

    def _runs(self, flow: str, answer: Answer) -> list[Row]:
        runs = [] if answer.status == 404 else answer.body  # 404: no such flow
        if not isinstance(runs, list) or not all(_is_run(flow, run) for run in runs):
            raise SourceInvalid(f"The {self._label} did not return a valid list of {flow}'s runs")
        return runs


def _is_run(flow: str, run: object) -> bool:
    """Whether this is an object with a valid run id."""
    if not isinstance(run, dict):
        return False
    run_id = run.get("run_id") or run.get("run_number")
    return isinstance(run_id, (str, int)) and split_pathspec(f"{flow}/{run_id}") is not None


def _path(flow: str, query: dict[str, str]) -> str:
    return f"/flows/{quote(flow, '')}/runs?{urlencode(query)}"
