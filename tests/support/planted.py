"""Runs as Metaflow stores them, made from records: the truth is known before anything is read.

`plant` is written from Metaflow's own sources and from stores of real runs, not from `lineage.records`,
so that reading back what it planted is a test of both. `write_local` makes a local store; the metadata
server and the database are filled from the same runs (`metadata_server.py`, `postgres.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from lineage.records.model import RunRecord, event_of_key
from metaflow_extensions.lineage.plugins.provenance.record import (
    CountedReads,
    PublishedEvent,
    Read,
    ReadsRecord,
    encode_published,
    encode_reads,
    encode_spawned,
    marker_name,
)

# What every task writes besides what a record is made of (observed in a local store of 2.19.39).
NOISE = ("user", "runtime", "python_version", "metaflow_version", "script-name")
MORE_NOISE = ("ds-type", "ds-root", *NOISE)


@dataclass(frozen=True)
class PlantedTask:
    """One task and its metadata."""

    step: str
    task_id: str
    fields: tuple[tuple[str, str, int], ...]  # name, value, milliseconds since 1970

    def rows(self) -> Iterator[tuple[str, str, int]]:
        """All its metadata, oldest first."""
        return iter(sorted(self.fields, key=lambda entry: entry[2]))


@dataclass(frozen=True)
class PlantedRun:
    """One run as stored."""

    record: RunRecord  # what a source is to answer
    created: int  # milliseconds since 1970
    heartbeat: int | None = None  # seconds since 1970
    tasks: tuple[PlantedTask, ...] = ()
    artifacts: dict[str, dict[str, str]] = field(default_factory=dict)  # step -> name -> content hash
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def run_object(self) -> dict[str, Any]:
        """The run as the metadata service describes it."""
        return {
            "flow_id": self.record.flow,
            "run_number": self.record.run_id,
            "user_name": self.record.user,
            "ts_epoch": self.created,
            "tags": list(self.record.tags),
            "system_tags": list(self.record.system_tags),
            "last_heartbeat_ts": self.heartbeat,
        }

    def artifact_rows(self, task: PlantedTask) -> list[dict[str, Any]]:
        """The artifacts of a task's latest attempt as the metadata service describes them."""
        where = {"flow_id": self.record.flow, "run_number": self.record.run_id}
        of_task = {"step_name": task.step, "task_id": task.task_id, "attempt_id": 0, "ds_type": "local"}
        at = max(millis for _, _, millis in task.fields)
        stored = self.artifacts.get(task.step, {})
        return [{**where, **of_task, "name": n, "sha": sha, "ts_epoch": at} for n, sha in stored.items()]

    def metadata(self) -> Iterator[dict[str, Any]]:
        """Every metadata row of the run as the metadata service describes it."""
        for task in self.tasks:
            for name, value, millis in task.rows():
                yield {
                    "flow_id": self.record.flow,
                    "run_number": self.record.run_id,
                    "step_name": task.step,
                    "task_id": task.task_id,
                    "field_name": name,
                    "value": value,
                    "type": name,
                    "user_name": self.record.user,
                    "ts_epoch": millis,
                    "tags": ["attempt_id:0"],
                    "system_tags": [],
                }


def millis(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def plant(record: RunRecord, heartbeat: datetime | None = None) -> PlantedRun:
    """The stored form of a run; `record` must have a `created_at` in whole milliseconds.

    A failed run failed in its second step, a run without an end stopped in it.
    """
    assert record.created_at is not None
    born = millis(record.created_at)
    ended = millis(record.finished_at) if record.finished_at else None
    tasks = [_parameters(record, born), _start(record, born)]
    middle_ok = {"completed": "True", "failed": "False"}.get(record.status)
    if record.start_step != record.end_step:
        middle = _task(record, "work", "2", born + 3, ok=middle_ok, ended=ended if ended else born + 4)
        tasks.append(middle)
        if record.status == "completed":
            tasks.append(_task(record, record.end_step, "3", born + 5, ok="True", ended=ended))
    if record.status == "failed" and heartbeat is not None:  # it was killed: nothing says that it failed
        tasks = [task for task in tasks if task.step != "work"]
    beat = None if heartbeat is None else int(heartbeat.timestamp())
    return PlantedRun(record, born, beat, tuple(_linked(record, task) for task in tasks))


def _linked(record: RunRecord, task: PlantedTask) -> PlantedTask:
    """A task with what it recorded about other runs, as the recorder writes it when an attempt ends."""
    ended = max(millis for _, _, millis in task.fields)
    fields = list(task.fields)
    reads = [Read(read.task, read.artifact, read.sha) for read in record.reads if read.step == task.step]
    more = [CountedReads(c.run, c.artifacts) for c in record.counted_reads if c.step == task.step]
    if reads or more:
        fields.append(("lineage-reads", encode_reads(ReadsRecord(tuple(reads), tuple(more))), ended))
    if task.step == record.start_step:
        if record.spawned_by:
            fields.append(("lineage-spawned-by", record.spawned_by, ended))
        if record.spawned:
            fields.append(("lineage-spawned", encode_spawned(record.spawned), ended))
        if record.published:
            events = map(event_of_key, record.published)
            published = encode_published(PublishedEvent(event.name, event.event_id) for event in events)
            fields.append(("lineage-published", published, ended))
    if record.copied_reads and any(read.step == task.step for read in record.copied_reads):
        fields.append(("origin-task-id", task.task_id, ended))
    return PlantedTask(task.step, task.task_id, tuple(fields))


def _parameters(record: RunRecord, born: int) -> PlantedTask:
    fields = [(name, "x", born) for name in NOISE] + [("attempt-done", "0", born + 1)]
    if record.origin is None:  # a resume does not write them
        fields += [("start_step", record.start_step, born + 1), ("end_step", record.end_step, born + 1)]
    return PlantedTask("_parameters", "0", tuple(fields))


def _start(record: RunRecord, born: int) -> PlantedTask:
    only = record.start_step == record.end_step  # a flow of one step
    ended = millis(record.finished_at) if only and record.finished_at else born + 3
    ok = "True" if not only or record.status == "completed" else None
    task = _task(record, record.start_step, "1", born + 2, ok=ok, ended=ended)
    fields = list(task.fields)
    if record.inherited:
        fields.append(("origin-task-id", "1", born + 2))
    elif record.triggers:
        fields.append(("execution-triggers", json.dumps(_entries(record)), born + 2))
        payloads = [
            {"name": event.name, "id": event.event_id, "payload": dict(event.payload)}
            for event in record.triggers
            if event.payload is not None
        ]
        if payloads:
            fields.append(("lineage-trigger-payloads", json.dumps(payloads), born + 2))
    return PlantedTask(task.step, task.task_id, tuple(fields))


def _entries(record: RunRecord) -> list[dict[str, Any]]:
    return [
        {
            "name": event.name,
            "id": event.event_id,
            "timestamp": None if event.timestamp is None else int(event.timestamp.timestamp()),
            "type": event.type,
        }
        for event in record.triggers
    ]


def _task(record: RunRecord, step: str, task_id: str, began: int, ok: str | None, ended: int | None):
    origin = record.origin.split("/")[1] if record.origin else "None"
    # a task that the local runtime starts registers itself twice: when it is queued, and when it begins
    fields = [(name, "x", began) for name in MORE_NOISE] + [(name, "x", began - 1) for name in NOISE]
    fields += [("attempt", "0", began), ("origin-run-id", origin, began)]
    if ok is not None:
        assert ended is not None
        fields += [("attempt_ok", ok, ended), ("attempt-done", "0", ended)]
    return PlantedTask(step, task_id, tuple(fields))


def write_local(runs: Iterable[PlantedRun], root: Path) -> Path:
    """Write the runs as a local store.

    Returns
    -------
    Path
        The folder that has `.metaflow` in it.
    """
    for run in runs:
        write_local_run(run, root)
    return root


def write_local_run(run: PlantedRun, root: Path) -> Path:
    """Write one run into a local store; returns its folder."""
    flow = root / ".metaflow" / run.record.flow
    _save(flow / "_meta" / "_self.json", {"flow_id": run.record.flow, "ts_epoch": run.created})
    folder = flow / run.record.run_id
    _save(folder / "_meta" / "_self.json", run.run_object)
    for task in run.tasks:
        where = {"flow_id": run.record.flow, "run_number": run.record.run_id, "step_name": task.step}
        _save(folder / task.step / "_meta" / "_self.json", {**where, "ts_epoch": run.created})
        own = folder / task.step / task.task_id / "_meta"
        _save(own / "_self.json", {**where, "task_id": task.task_id, "ts_epoch": run.created})
    start = next((task for task in run.tasks if task.step == run.record.start_step), None)
    for task in run.tasks:
        if start and task != start and any(name == "lineage-reads" for name, _, _ in task.fields):
            marker = marker_name(task.step, task.task_id)
            (folder / start.step / start.task_id / "_meta" / marker).touch()
    for row in run.metadata():
        own = folder / row["step_name"] / row["task_id"] / "_meta"
        _save(own / f"sysmeta_{row['field_name']}_{row['ts_epoch']}.json", row)
    return folder


def _save(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def system_tags(user: str, project: str | None = None, branch: str | None = None) -> tuple[str, ...]:
    """What Metaflow itself tags a run with."""
    tags = [f"user:{user}", "runtime:dev", "python_version:3.11.7", "metaflow_version:2.19.39"]
    if project:
        tags += [f"project:{project}", f"project_branch:{branch}"]
    return tuple(sorted(tags))


def recently(**ago: float) -> datetime:
    """A time before now, in whole milliseconds."""
    moment = datetime.now(timezone.utc) - timedelta(**ago)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
