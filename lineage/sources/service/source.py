"""Metaflow's metadata service, over HTTP."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from urllib.parse import quote

from lineage.errors import SourceError, SourceInvalid
from lineage.records.contents import RunContents
from lineage.records.metadata import Row, needed_rows, run_id_of
from lineage.records.model import RunRecord, split_pathspec
from lineage.records.resumed import Raw, RawRun, resolved_records
from lineage.sources.addresses import without_password
from lineage.sources.changes import batches, in_turn, is_due, listed_changes
from lineage.sources.protocol import Cancel, Changes, Known, KnownRun, Stamped
from lineage.sources.service.bodies import TooLong
from lineage.sources.service.failures import Failures
from lineage.sources.service.http import Answer, HttpClient, ServerFailed
from lineage.sources.service.news import ServiceNews
from lineage.sources.service.patience import Limits
from lineage.sources.service.run_contents import service_contents
from lineage.sources.service.run_pages import Page, RunFailed, RunListing
from lineage.sources.service.settings import configured_headers, configured_limits
from metaflow_extensions.lineage.plugins.metadata.causes import from_epoch

_BATCH = 200  # runs; a few waves of requests
_WAVE = 20  # flows listed at once
_TOO_MANY = 10  # failed runs; if they also outnumber the successful ones, the server itself is failing
_LONGEST = 8 << 20  # bytes of one run's metadata, about 1,500 tasks; for larger runs only some tasks are read
_MOST_TASKS = 1000  # of a step, read one by one where the server does not give a run's metadata at once
_TOO_MUCH = "it has too many tasks to look at each, so reads of some may be missing"


class ServiceSource:
    """The runs of a metadata service.

    A run costs one request for the metadata of all its tasks, plus one for each flow in the walk. On a
    server without that route, a run costs about six.

    Parameters
    ----------
    url
        Address of the service. A user and password in it are sent but never shown.
    headers
        Sent with every request. None for the headers in Metaflow's configuration, but only if that is for
        the same host: tokens must not leak to other hosts.
    limits
        Concurrency, retries and time-outs; None for the defaults and LINEAGE_SERVICE_TIMEOUT.
    """

    def __init__(
        self, url: str, headers: Mapping[str, str] | None = None, limits: Limits | None = None
    ) -> None:
        self._url = without_password(url).rstrip("/")
        chosen = configured_headers(url) if headers is None else headers
        self.http = HttpClient(url, dict(chosen), limits or configured_limits(), self.label)
        self._runs = RunListing(self.http, self.label)
        self._news = ServiceNews(self.http)
        self._failures = Failures()
        self._by_run = True  # until the server turns out to lack run-level metadata

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
        return {p: stamped.record for p, stamped in self.read_stamped(pathspecs, cancel).items()}

    def read_stamped(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, Stamped]:
        """The records of these runs with their stamps; those that do not exist are left out."""
        stamps: dict[str, str] = {}

        def fetch(wanted: Collection[str]) -> Mapping[str, Raw]:
            raws = self._raws([pathspec for pathspec in wanted if split_pathspec(pathspec)], cancel)
            stamps.update({p: _stamp(raw.run) for p, raw in raws.items() if isinstance(raw, RawRun)})
            return raws

        records = resolved_records(pathspecs, fetch, datetime.now(timezone.utc))
        return {p: Stamped(record, stamps.get(p, ""), p not in stamps) for p, record in records.items()}

    def stamps(self, pathspecs: Collection[str], cancel: Cancel | None = None) -> Mapping[str, str]:
        """The stamps that these runs have now, from one page of each flow's runs; older ones one by one."""
        self._runs.forget()
        named = [pathspec for pathspec in pathspecs if split_pathspec(pathspec)]
        self.http.map(self._runs.newest, dict.fromkeys(p.split("/")[0] for p in named), cancel)
        objects: dict[str, Row | None] = {}
        for pathspec in named:
            flow, run_id = pathspec.split("/")
            objects[pathspec] = self._runs.newest(flow).get(run_id)
        older = [pathspec for pathspec, run in objects.items() if run is None]
        objects.update(zip(older, self.http.map(self._object, older, cancel), strict=True))
        return {pathspec: _stamp(run) for pathspec, run in objects.items() if run is not None}

    def _object(self, pathspec: str) -> Row | None:
        try:
            return self._runs.object(*pathspec.split("/", 1))
        except RunFailed:  # it has no stamp then, so it is read, which reports the failure
            return None

    def _raws(self, pathspecs: Collection[str], cancel: Cancel | None) -> Mapping[str, Raw]:
        """The stored data of runs; their metadata is asked for while their flows are listed."""
        given = failed = 0

        def ask(pathspec: str) -> Raw | None:
            nonlocal given, failed
            if "/" not in pathspec:
                self._runs.newest(pathspec)
                return None
            try:
                raw = self._raw(pathspec)
            except _MetadataFailed as exc:
                failed += 1
                self._failures.add(pathspec, exc.record.problems[0])
                if failed >= _TOO_MANY and failed > given:
                    raise exc.reason from exc
                return exc.record
            given += 1
            self._failures.remove(pathspec)
            return raw

        asked = [*self._runs.unlisted(pathspecs), *pathspecs]
        raws = self.http.map(ask, asked, cancel)
        return {pathspec: raw for pathspec, raw in zip(asked, raws, strict=True) if raw is not None}

    def contents(
        self, end_steps: Mapping[str, str], cancel: Cancel | None = None
    ) -> Mapping[str, RunContents]:
        """The contents of these runs by hash: two requests for each, in parallel."""
        read = self.http.map(lambda run: service_contents(self.http, run, end_steps[run]), end_steps, cancel)
        return dict(zip(end_steps, read, strict=True))

    def latest(self, flow: str, before: datetime | None = None, cancel: Cancel | None = None) -> str | None:
        """Pathspec of the flow's run that was created last."""
        if split_pathspec(f"{flow}/1") is None:
            return None
        limit = float("inf") if before is None else before.timestamp()
        for page in self._runs.pages(flow, cancel):
            made = ((_created(run), run_id_of(run)) for run in page)
            newest = max((run for run in made if run[0] <= limit), default=None)
            if newest is not None:
                return f"{flow}/{newest[1]}"
        return None

    def flows(self) -> list[str]:
        """Names of all flows, sorted."""
        return self._flows(None)

    def _flows(self, cancel: Cancel | None) -> list[str]:
        answer = self.http.one("/flows", cancel)
        if answer.status == 404:
            raise SourceInvalid(
                f"The {self.label} has no list of flows (HTTP 404), so it cannot be searched across flows. "
                "Some small servers lack that list; otherwise, check the address (METAFLOW_SERVICE_URL)"
            )
        if not isinstance(answer.body, list) or not all(map(_is_flow, answer.body)):
            raise SourceInvalid(f"The {self.label} did not return a valid list of flows")
        return sorted(flow["flow_id"] for flow in answer.body)

    def scan(self, cancel: Cancel | None = None) -> Iterator[RunRecord]:
        """Every run of every flow."""
        for flow in self._flows(cancel):
            runs = [f"{flow}/{run_id_of(run)}" for page in self._runs.pages(flow, cancel) for run in page]
            for some in batches(runs, _BATCH):
                yield from self.read(some, cancel).values()

    def changes(self, known: Known, cancel: Cancel | None = None) -> Iterator[Changes]:
        """New runs, runs with other tags or heartbeats, and runs that had not ended."""
        self._runs.forget()

        flows = dict.fromkeys(self._flows(cancel), "")
        waves = batches(flows, _WAVE)
        begun: dict[str, Page | SourceError] = {}

        def listing(flow: str, had: Mapping[str, KnownRun], only: bool) -> Mapping[str, str]:
            while flow not in begun:
                some = next(waves)
                begun.update(zip(some, self.http.map(self._first_page, some, cancel), strict=True))
            first = begun.pop(flow)
            if isinstance(first, SourceError):
                raise first
            return self._listing(flow, had, first, cancel)

        changes = listed_changes(known, flows, listing, in_turn(self.read, cancel), _BATCH, cancel)
        return map(self._failures.marked, changes)

    def _first_page(self, flow: str) -> Page | SourceError:
        try:
            return self._runs.first(flow)
        except SourceError as exc:
            return exc

    def updates(self, stamps: Mapping[str, str], cancel: Cancel | None = None) -> Iterator[Changes]:
        """Nothing, because the listing shows every change."""
        return iter(())

    def news(
        self, unfinished: Collection[str], since: datetime, cancel: Cancel | None = None
    ) -> set[str] | None:
        """Pathspecs of runs that began since a time, or ended; see `lineage.sources.protocol.HasNews`."""
        return self._news.since(self._flows(cancel), unfinished, since, cancel)

    def _listing(
        self, flow: str, known: Mapping[str, KnownRun], first: Page, cancel: Cancel | None
    ) -> Mapping[str, str]:
        stamps = {}
        for page in self._runs.pages(flow, cancel, first):
            for run in page:
                run_id = run_id_of(run)
                stamps[run_id] = _stamp(run)
                if is_due(known.get(run_id), stamps[run_id]):
                    self._runs.put(flow, run_id, run)
        return stamps

    def _raw(self, pathspec: str) -> Raw | None:
        flow, run_id = pathspec.split("/")
        if not _can_exist(run_id):
            return None
        path = f"/flows/{quote(flow, '')}/runs/{quote(run_id, '')}"
        # the object of a run that is not among the newest comes first: the run may not exist
        ahead = None if self._runs.is_listed(flow) or not self._by_run else self._answer(path)
        try:
            run = self._runs.object(flow, run_id)
        except RunFailed as exc:
            raise _MetadataFailed({"flow_id": flow, "run_id": run_id}, exc.reason, "it") from exc
        if run is None:
            return None
        run = {**run, "flow_id": flow, "run_id": run_id}
        try:
            rows = self._rows(path, ahead)
        except ServerFailed as exc:
            raise _MetadataFailed(run, exc) from exc
        return None if rows is None else RawRun(run, needed_rows(rows[0]), rows[1])

    def _answer(self, path: str) -> Answer | TooLong | SourceError:
        """The answer to a request for all metadata of a run, or the reason why there is none."""
        try:
            return self.http.get(f"{path}/metadata", _LONGEST)
        except (TooLong, SourceError) as exc:
            return exc

    def _rows(
        self, path: str, ahead: Answer | TooLong | SourceError | None
    ) -> tuple[Sequence[Row], tuple[str, ...]] | None:
        """The metadata of a run, and what is left out of it; None if it was deleted since it was listed.

        Parameters
        ----------
        path
            Of the run.
        ahead
            The answer, if the metadata was already asked for.
        """
        if self._by_run:
            answer = ahead or self._answer(path)
            if isinstance(answer, TooLong):
                return self._task_rows(path, 0), (_TOO_MUCH,)
            if isinstance(answer, SourceError):
                raise answer
            if answer.status == 200:
                return self._list(answer, "field_name"), ()
            if self.http.get(path).status == 404:
                return None
            self._by_run = False  # the run exists, so it is the route that does not
        rows = self._task_rows(path, _MOST_TASKS)
        if not rows and self.http.get(path).status == 404:
            return None
        tasks = {(row.get("step_name"), row.get("task_id")) for row in rows}
        return rows, (_TOO_MUCH,) if len(tasks) >= _MOST_TASKS else ()

    def _task_rows(self, path: str, most: int) -> list[Row]:
        """The metadata of a run task by task: those of its first and last step, then so many more.

        What the tasks in between recorded is how a run failed, and what it read.
        """
        rows = self._step_rows(path, "_parameters")
        named = {row.get("field_name"): str(row.get("value")) for row in rows}
        start, end = named.get("start_step", "start"), named.get("end_step", "end")
        end_rows = self._step_rows(path, end)
        rows += end_rows + (self._step_rows(path, start) if start != end else [])
        ended = any(row.get("field_name") == "attempt_ok" and row.get("value") == "True" for row in end_rows)
        most = most if ended else max(most, _MOST_TASKS)
        steps = {str(step["step_name"]) for step in self._list(self.http.get(f"{path}/steps"), "step_name")}
        for step in sorted(steps - {"_parameters", start, end}) if most else []:
            rows += self._step_rows(path, step, most)
        return rows

    def _step_rows(self, path: str, step: str, most: int | None = None) -> list[Row]:
        tasks = f"{path}/steps/{quote(step, '')}/tasks"
        ids = [str(task["task_id"]) for task in self._list(self.http.get(tasks), "task_id")][:most]
        answers = [self.http.get(f"{tasks}/{quote(task, '')}/metadata") for task in ids]
        return [row for answer in answers for row in self._list(answer, "field_name")]

    def _list(self, answer: Answer, name: str) -> list[Row]:
        """Objects that have this field; none for a 404, which means that a step was not reached."""
        rows = [] if answer.status == 404 else answer.body
        if not isinstance(rows, list) or not all(isinstance(row, dict) and name in row for row in rows):
            raise SourceInvalid(f"The {self.label} did not return a valid list of objects with {name}")
        return rows


class _MetadataFailed(Exception):
    """The server repeatedly failed on this run, or on its metadata."""

    def __init__(self, run: Row, reason: ServerFailed, part: str = "its metadata") -> None:
        super().__init__(str(reason))
        self.reason = reason
        told = RawRun(run, ()).record(datetime.now(timezone.utc))
        problem = f"{part} cannot be read: {reason}"
        self.record = replace(told, status="unknown", finished_at=None, problems=(problem,))


def _can_exist(run_id: str) -> bool:
    """Whether a run can have this id; the service answers 500 for a number that its database cannot hold.

    It takes all that is numeric for a `run_number`, a bigint (metaflow-service, data/db_utils.py).
    """
    if not run_id.isnumeric():
        return True
    return run_id.isdecimal() and len(run_id) < 100 and int(run_id) < 2**63


def _is_flow(flow: object) -> bool:
    """Whether this is an object with the name of a flow."""
    return isinstance(flow, dict) and isinstance(flow.get("flow_id"), str) and flow["flow_id"] != ""


def _created(run: Row) -> float:
    created = from_epoch(run.get("ts_epoch"), 1000)
    return created.timestamp() if created else 0.0


def _stamp(run: Row) -> str:
    tags = run.get("tags")
    return f"{sorted(map(str, tags)) if isinstance(tags, list) else tags}|{run.get('last_heartbeat_ts')}"
