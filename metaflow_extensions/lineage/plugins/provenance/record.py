"""The format of a task's record about other runs. Importing this is fast and does not need Metaflow.

All of it is task metadata, written once an attempt together with Metaflow's own ``attempt_ok``, on the
task that it is about; a field is there only if the task has something to record in it.

``lineage-reads``
    The artifacts of other runs that the task loaded through Metaflow's client::

        {"v": 1,
         "reads": [["TrainingFlow/34/end/7", [["model", "<sha>"], "score"]],
                   ["ETLFlow/8/end/3", [["rows", "<sha>"]], "service@https://elsewhere"]],
         "more": [["TrainingFlow/33", 12]],
         "rest": [3, 40]}

    ``reads`` has a list for each task: its pathspec, its artifacts (name and content hash, or the name
    alone), and its metadata provider if that is not the reader's own. ``more`` counts further different
    artifacts by run, again with the provider if it is another one. ``rest`` is how many further runs,
    and how many artifacts of theirs, had no room at all.
``lineage-spawned``
    The runs that the task started on a production orchestrator, which cannot say so themselves:
    ``{"v": 1, "runs": ["ScoreFlow/argo-scoreflow-x7k2p"], "rest": 0}``.
``lineage-published``
    The events that it published, by name and id: ``{"v": 1, "events": [["first", "<id>"]], "rest": 0}``.
    A run that the event triggers has the same id in its ``execution-triggers``.
``lineage-spawned-by``
    On the start task of a run that a task of another run started: the pathspec of that task. Written by
    the process that launched the run. It is about this run only: a run that resumes it does not have it,
    although it copied the start task.

A value takes at most 16 kB. A longer list of reads goes without hashes, then without names (as
``more``), then with as many runs as fit; a longer list of runs or events is cut, and ``rest`` counts
what is missing.

Each attempt of a task has a row of its own, with Metaflow's tag ``attempt_id:<n>``. A task that a resume
copied has none: its ``origin-run-id`` and ``origin-task-id`` lead to the one that ran.

On a local store an empty file beside the metadata of the start task says which other task has such a
row, since looking through all tasks would cost a listing each: ``lineage-record.<step>.<task id>``. It
is made before the row, so there may be no row where one is announced.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

VERSION = 1
READS_FIELD = "lineage-reads"
SPAWNED_FIELD = "lineage-spawned"
SPAWNED_BY_FIELD = "lineage-spawned-by"
PUBLISHED_FIELD = "lineage-published"
TASK_FIELDS = (READS_FIELD, SPAWNED_FIELD, PUBLISHED_FIELD)
MARKER_PREFIX = "lineage-record."

VALUE_LIMIT = 16 * 1024  # bytes
_FOR_THE_REST = 100  # bytes of a cut value that are left for what is not in the list

T = TypeVar("T")


class Read(NamedTuple):
    """An artifact of another run that a task loaded."""

    task: str  # pathspec of the task that the artifact belongs to
    artifact: str
    sha: str | None = None  # content hash, if it had room
    store: str | None = None  # metadata provider, as in "local@/path"; None: the reader's own


class CountedReads(NamedTuple):
    """Artifacts of another run that a task loaded, without their names."""

    run: str  # pathspec
    artifacts: int
    store: str | None = None  # as in `Read`


class ReadsRecord(NamedTuple):
    """The artifacts of other runs that one attempt of a task loaded."""

    reads: tuple[Read, ...] = ()
    more: tuple[CountedReads, ...] = ()
    rest_runs: int = 0  # further runs that had no room
    rest_artifacts: int = 0  # artifacts of theirs


class PublishedEvent(NamedTuple):
    """An event that a task published."""

    name: str
    id: str


def encode_reads(record: ReadsRecord, limit: int = VALUE_LIMIT) -> str:
    """The value of `lineage-reads`, of at most `limit` bytes.

    Examples
    --------
    >>> encode_reads(ReadsRecord((Read("A/1/end/2", "model", "ab12"), Read("A/1/end/2", "score"))))
    '{"v":1,"reads":[["A/1/end/2",[["model","ab12"],"score"]]]}'
    """
    text = _reads_json(record)
    for smaller in (_without_hashes, _without_names):
        if len(text) <= limit:
            return text
        record = smaller(record)
        text = _reads_json(record)
    return text if len(text) <= limit else _reads_json(_within(record, limit))


def decode_reads(text: str) -> tuple[ReadsRecord, list[str]]:
    """The inverse of `encode_reads`, and a sentence for each thing in it that cannot be read.

    Examples
    --------
    >>> decode_reads('{"v":1,"reads":[["A/1/end/2",["score",7]]]}')[1]
    ['lineage-reads: 1 entry cannot be read']
    """
    value, problems = _opened(READS_FIELD, text)
    read = _Reading()
    reads = tuple(read.several(_listed(value, "reads"), _reads_of))
    more = tuple(read.several(_listed(value, "more"), _counted))
    rest = next(iter(read.several([value["rest"]] if "rest" in value else [], _rest)), (0, 0))
    return ReadsRecord(reads, more, *rest), problems + read.problems(READS_FIELD)


def encode_published(events: Iterable[PublishedEvent], limit: int = VALUE_LIMIT) -> str:
    """The value of `lineage-published`, of at most `limit` bytes."""
    return _cut("events", [list(event) for event in events], limit)


def decode_published(text: str) -> tuple[list[PublishedEvent], int, list[str]]:
    """The events, how many more there were, and a sentence for each thing that cannot be read."""
    return _decoded(PUBLISHED_FIELD, "events", _event, text)


def encode_spawned(runs: Iterable[str], limit: int = VALUE_LIMIT) -> str:
    """The value of `lineage-spawned`, of at most `limit` bytes."""
    return _cut("runs", list(runs), limit)


def decode_spawned(text: str) -> tuple[list[str], int, list[str]]:
    """Pathspecs of the runs, how many more there were, and a sentence for each thing that cannot be read."""
    return _decoded(SPAWNED_FIELD, "runs", _run, text)


def decode_spawned_by(text: str) -> tuple[str | None, list[str]]:
    """The pathspec of the task that started the run, or a sentence on why there is none.

    Examples
    --------
    >>> decode_spawned_by("NightlyFlow/7/start/1")
    ('NightlyFlow/7/start/1', [])
    """
    if is_pathspec(text, 4):
        return text, []
    return None, [f"{SPAWNED_BY_FIELD} does not name a task"]


def marker_name(step: str, task_id: str) -> str:
    """Name of the file beside the start task's metadata for a task that has recorded something."""
    return f"{MARKER_PREFIX}{step}.{task_id}"


def marked_task(name: str) -> str | None:
    """The inverse of `marker_name` as ``step/task``; None for a file that is not a marker.

    Examples
    --------
    >>> marked_task("lineage-record.train.7")
    'train/7'
    """
    step, dot, task_id = name.removeprefix(MARKER_PREFIX).partition(".")
    return f"{step}/{task_id}" if name.startswith(MARKER_PREFIX) and dot and step and task_id else None


def is_pathspec(value: object, parts: int) -> bool:
    """Whether this is a pathspec of so many parts: 2 of a run, 4 of a task."""
    return isinstance(value, str) and value.count("/") == parts - 1 and all(map(str.strip, value.split("/")))


def run_of(pathspec: str) -> str:
    """Pathspec of the run that a task or an artifact belongs to."""
    return "/".join(pathspec.split("/", 2)[:2])


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _reads_json(record: ReadsRecord) -> str:
    tasks: dict[tuple[str, str | None], list[object]] = {}
    for task, artifact, sha, store in record.reads:
        tasks.setdefault((task, store), []).append(artifact if sha is None else [artifact, sha])
    value: dict[str, object] = {"v": VERSION}
    if tasks:
        value["reads"] = [
            [task, artifacts] if store is None else [task, artifacts, store]
            for (task, store), artifacts in tasks.items()
        ]
    if record.more:
        value["more"] = [list(counted[: 2 if counted.store is None else 3]) for counted in record.more]
    if record.rest_runs:
        value["rest"] = [record.rest_runs, record.rest_artifacts]
    return _json(value)


def _without_hashes(record: ReadsRecord) -> ReadsRecord:
    """Each name once; the same name with several hashes is one artifact then."""
    return record._replace(reads=tuple(dict.fromkeys(read._replace(sha=None) for read in record.reads)))


def _without_names(record: ReadsRecord) -> ReadsRecord:
    counts: dict[tuple[str, str | None], int] = {}
    for read in record.reads:
        counts[run_of(read.task), read.store] = counts.get((run_of(read.task), read.store), 0) + 1
    for run, artifacts, store in record.more:
        counts[run, store] = counts.get((run, store), 0) + artifacts
    more = tuple(CountedReads(run, number, store) for (run, store), number in counts.items())
    return record._replace(reads=(), more=more)


def _within(record: ReadsRecord, limit: int) -> ReadsRecord:
    kept = _first_that_fit(record.more, limit)
    left = record.more[kept:]
    return record._replace(
        more=record.more[:kept],
        rest_runs=record.rest_runs + len(left),
        rest_artifacts=record.rest_artifacts + sum(counted.artifacts for counted in left),
    )


def _first_that_fit(entries: Iterable[object], limit: int) -> int:
    """How many of these, from the first on, a value of so many bytes has room for."""
    room = limit - _FOR_THE_REST
    kept = 0
    for entry in entries:
        room -= len(_json(entry)) + 1  # the comma
        if room < 0:
            break
        kept += 1
    return kept


def _cut(key: str, entries: list[Any], limit: int) -> str:
    kept = _first_that_fit(entries, limit)
    return _json({"v": VERSION, key: entries[:kept], "rest": len(entries) - kept})


def _decoded(
    field: str, key: str, parse: Callable[[Any], Iterator[T]], text: str
) -> tuple[list[T], int, list[str]]:
    value, problems = _opened(field, text)
    read = _Reading()
    entries = list(read.several(_listed(value, key), parse))
    rest = value.get("rest", 0)
    return entries, rest if _is_count(rest) else 0, problems + read.problems(field)


def _opened(field: str, text: str) -> tuple[Mapping[str, Any], list[str]]:
    try:
        value = json.loads(text)
        if "\\u" in text:  # JSON can spell unpaired surrogates, files cannot hold them
            whole = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
            value = json.loads(whole)
    except (TypeError, ValueError, RecursionError):
        return {}, [f"{field} is not valid JSON"]
    if not isinstance(value, dict):
        return {}, [f"{field} is not a JSON object"]
    if value.get("v") != VERSION:
        return {}, [f"{field} is not in version {VERSION} of the format; is a newer lineage installed there?"]
    return value, []


def _listed(value: Mapping[str, Any], key: str) -> list[Any]:
    """The entries under a key; a value that is not a list counts as one unreadable entry."""
    entries = value.get(key, [])
    return entries if isinstance(entries, list) else [entries]


class _Reading:
    """Reads entry by entry and counts those that cannot be read."""

    def __init__(self) -> None:
        self._unreadable = 0

    def several(self, entries: Iterable[Any], parse: Callable[[Any], Iterator[T | None]]) -> Iterator[T]:
        for entry in entries:
            try:
                for result in parse(entry):
                    if result is None:
                        self._unreadable += 1
                    else:
                        yield result
            except (TypeError, ValueError):
                self._unreadable += 1

    def problems(self, field: str) -> list[str]:
        number = self._unreadable
        entries = "1 entry" if number == 1 else f"{number} entries"
        return [f"{field}: {entries} cannot be read"] if number else []


def _reads_of(entry: Any) -> Iterator[Read | None]:
    task, artifacts, store = [*entry, None] if len(entry) == 2 else entry
    if not is_pathspec(task, 4) or not isinstance(artifacts, list) or not _is_store(store):
        raise ValueError
    for artifact in artifacts:
        name, sha = artifact if isinstance(artifact, list) and len(artifact) == 2 else (artifact, None)
        readable = isinstance(name, str) and name and (sha is None or isinstance(sha, str))
        yield Read(task, name, sha, store) if readable else None


def _counted(entry: Any) -> Iterator[CountedReads]:
    run, artifacts, store = [*entry, None] if len(entry) == 2 else entry
    if not is_pathspec(run, 2) or not _is_count(artifacts) or not _is_store(store):
        raise ValueError
    yield CountedReads(run, artifacts, store)


def _rest(entry: Any) -> Iterator[tuple[int, int]]:
    runs, artifacts = entry
    if not _is_count(runs) or not _is_count(artifacts):
        raise ValueError
    yield runs, artifacts


def _event(entry: Any) -> Iterator[PublishedEvent]:
    name, event_id = entry
    if not isinstance(name, str) or not isinstance(event_id, str):
        raise TypeError
    yield PublishedEvent(name, event_id)


def _run(entry: Any) -> Iterator[str]:
    if not is_pathspec(entry, 2):
        raise ValueError
    yield entry


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_store(value: object) -> bool:
    return value is None or isinstance(value, str)
