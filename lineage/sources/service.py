"""Metaflow's metadata service, over HTTP."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote, urlsplit

from metaflow.metaflow_config import SERVICE_HEADERS, SERVICE_URL

from lineage.errors import SourceInvalid
from lineage.model import RunRecord, split_pathspec
from lineage.origins import Raw, RawRun, resolved_records
from lineage.records import Row, from_epoch, needed_rows, run_id_of
from lineage.sources.base import Cancel, Changes, Known, KnownRun
from lineage.sources.client_errors import without_password
from lineage.sources.http import HttpClient, Limits, TooLong
from lineage.sources.listing import batches, in_turn, is_due, listed_changes
from lineage.sources.run_listing import RunListing

_BATCH = 200  # runs; a few waves of requests
_LONGEST = 8 << 20  # bytes of one run's metadata, about 1,500 tasks; of larger runs only some tasks are read


class ServiceSource:
    """The runs of a metadata service.

    A run costs one request, for the metadata of all its tasks, plus one for each flow that is met. A
    server without that route costs about six.

    Parameters
    ----------
    url
        Address of the service. A user and a password in it are sent and never shown.
    headers
        Sent with every request; None for those that Metaflow is configured to send, if it is not
        configured for another host: a token is not for everybody.
    limits
        How many requests at once, and how patient.
    """

    def __init__(
        self, url: str, headers: Mapping[str, str] | None = None, limits: Limits | None = None
    ) -> None:
        self._url = without_password(url).rstrip("/")
        chosen = _configured_headers(url) if headers is None else headers
        self.http = HttpClient(url, dict(chosen), limits or Limits(), self.label)
        self._runs = RunListing(self.http, self.label)
        self._by_run = True  # until the server shows that it has no run-level metadata

    @property
    def label(self) -> str:
        """The service's address, without a password."""
        return f"Metaflow service at {self._url}"

    @property
    def key(self) -> str:
        """The service's address, without a password."""
        return f"service:{self._url}"

    def read(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, RunRecord]:
        """The records of these runs; those that do not exist are left out."""

        def fetch(wanted: Collection[str]) -> Mapping[str, Raw]:
            named = [pathspec for pathspec in wanted if split_pathspec(pathspec)]
            raws = self.http.map(self._raw, named, cancel)
            return {pathspec: raw for pathspec, raw in zip(named, raws, strict=True) if raw is not None}

        return resolved_records(pathspecs, fetch, datetime.now(timezone.utc))

    def latest(self, flow: str, before: datetime | None = None) -> str | None:
        """Pathspec of the flow's run that was created last."""
        if split_pathspec(f"{flow}/1") is None:
            return None
        limit = float("inf") if before is None else before.timestamp()
        for page in self._runs.pages(flow):
            made = ((_created(run), run_id_of(run)) for run in page)
            found = max((run for run in made if run[0] <= limit), default=None)
            if found is not None:
                return f"{flow}/{found[1]}"
        return None

    def flows(self) -> list[str]:
        """Names of all flows, sorted."""
        return self._flows(None)

    def _flows(self, cancel: Cancel | None) -> list[str]:
        answer = self.http.one("/flows", cancel)
        if answer.status == 404:
            raise SourceInvalid(
                f"The {self.label} has no list of flows (HTTP 404), so nothing can be looked for in all of "
                "them. Some small servers lack it; or the address is wrong (METAFLOW_SERVICE_URL)"
            )
        try:
            return sorted(str(flow["flow_id"]) for flow in answer.body)
        except (TypeError, KeyError) as exc:
            raise SourceInvalid(f"The {self.label} answered the list of flows with something else") from exc

    def scan(self, cancel: Cancel | None = None) -> Iterator[RunRecord]:
        """Every run of every flow."""
        for flow in self._flows(cancel):
            runs = [f"{flow}/{run_id_of(run)}" for page in self._runs.pages(flow, cancel) for run in page]
            for some in batches(runs, _BATCH):
                yield from self.read(some, cancel).values()

    def changes(self, known: Known, cancel: Cancel | None = None) -> Iterator[Changes]:
        """What is new, has other tags or another heartbeat, or had not ended."""
        self._runs.forget()

        def listing(flow: str, had: Mapping[str, KnownRun], only: bool) -> Mapping[str, str]:
            return self._listing(flow, had, cancel)

        flows = dict.fromkeys(self._flows(cancel), "")
        return listed_changes(known, flows, listing, in_turn(self.read, cancel), _BATCH, cancel)

    def updates(self, stamps: Mapping[str, str], cancel: Cancel | None = None) -> Iterator[Changes]:
        """None: the listing shows every change."""
        return iter(())

    def _listing(self, flow: str, known: Mapping[str, KnownRun], cancel: Cancel | None) -> Mapping[str, str]:
        stamps = {}
        for page in self._runs.pages(flow, cancel):
            for run in page:
                run_id = run_id_of(run)
                stamps[run_id] = _stamp(run)
                if is_due(known.get(run_id), stamps[run_id]):
                    self._runs.put(flow, run_id, run)
        return stamps

    def _raw(self, pathspec: str) -> Raw | None:
        flow, run_id = pathspec.split("/")
        run = self._runs.object(flow, run_id)
        if run is None:
            return None
        rows = needed_rows(self._rows(flow, run_id))
        return RawRun({**run, "flow_id": flow, "run_id": run_id}, rows)

    def _rows(self, flow: str, run_id: str) -> Sequence[Row]:
        path = f"/flows/{quote(flow, '')}/runs/{quote(run_id, '')}"
        if self._by_run:
            try:
                answer = self.http.get(f"{path}/metadata", _LONGEST)
            except TooLong:
                return self._task_rows(path)
            if answer.status == 200:
                return self._list(answer.body)
            self._by_run = False  # the run exists, so it is the route that does not
        return self._task_rows(path)

    def _task_rows(self, path: str) -> list[Row]:
        """What a record needs, task by task; every task only if the end step did not end well."""
        rows = self._step_rows(path, "_parameters")
        named = {row.get("field_name"): str(row.get("value")) for row in rows}
        start, end = named.get("start_step", "start"), named.get("end_step", "end")
        end_rows = self._step_rows(path, end)
        if any(row.get("field_name") == "attempt_ok" and row.get("value") == "True" for row in end_rows):
            return rows + end_rows + (self._step_rows(path, start) if start != end else [])
        steps = {str(step.get("step_name")) for step in self._list(self.http.get(f"{path}/steps").body)}
        others = [self._step_rows(path, step) for step in sorted(steps - {"_parameters", end})]
        return rows + end_rows + [row for step in others for row in step]

    def _step_rows(self, path: str, step: str) -> list[Row]:
        tasks = f"{path}/steps/{quote(step, '')}/tasks"
        ids = [str(task.get("task_id")) for task in self._list(self.http.get(tasks).body)]
        answers = [self.http.get(f"{tasks}/{quote(task, '')}/metadata").body for task in ids]
        return [row for answer in answers for row in self._list(answer)]

    def _list(self, body: Any) -> list[Row]:
        """A list of objects; a 404 is an empty one: a step that was not reached."""
        if body is None:
            return []
        if not isinstance(body, list) or not all(isinstance(row, dict) for row in body):
            raise SourceInvalid(f"The {self.label} answered a list of objects with something else")
        return body


def _configured_headers(url: str) -> Mapping[str, str]:
    """The headers that Metaflow is configured to send to its service, if this is on the same host."""
    ours = urlsplit(SERVICE_URL).hostname if SERVICE_URL else None
    return SERVICE_HEADERS if ours in (None, urlsplit(url).hostname) else {}


def _created(run: Row) -> float:
    created = from_epoch(run.get("ts_epoch"), 1000)
    return created.timestamp() if created else 0.0


def _stamp(run: Row) -> str:
    tags = run.get("tags")
    return f"{sorted(map(str, tags)) if isinstance(tags, list) else tags}|{run.get('last_heartbeat_ts')}"
