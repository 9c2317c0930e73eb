"""Big stores for the benchmarks, with every file that a real one has, made quickly."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import pickle
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from lineage.records.model import RunRecord, TriggerEvent
from tests.support.planted import PlantedRun, PlantedTask, millis, system_tags
from tests.support.planted_lineages import by_run

# Artifacts that Metaflow itself writes for every task (observed in a local store of 2.19.39).
_ARTIFACTS = (
    *("_configs_processed", "_current_step", "_exception", "_foreach_num_splits", "_foreach_stack"),
    *("_foreach_var", "_graph_info", "_iteration_stack", "_success", "_task_ok", "_transition", "name"),
)
_TRUE = gzip.compress(pickle.dumps(True, 4), mtime=0)
_TRUE_SHA = hashlib.sha1(pickle.dumps(True, 4)).hexdigest()
_MOST_LINKS = 30_000  # ext4 allows 65,000 names for one file


@contextmanager
def temporary_cache() -> Iterator[Path]:
    """A folder of its own for catalogs and stores."""
    before = os.environ.get("LINEAGE_CACHE")
    with tempfile.TemporaryDirectory(prefix="lineage-bench-") as folder:
        os.environ["LINEAGE_CACHE"] = f"{folder}/cache"
        yield Path(folder)
    os.environ.pop("LINEAGE_CACHE")
    if before is not None:
        os.environ["LINEAGE_CACHE"] = before


def deep_ancestry(runs: int = 300, width: int = 20, others: int = 200) -> tuple[str, list[RunRecord]]:
    """A run with so many ancestors, among others that have nothing to do with it.

    Returns
    -------
    str, list of RunRecord
        The pathspec of the run, and all runs. Ancestors have 1.3 triggers each, in layers of `width`
        flows; each flow has `others` runs besides.
    """
    born = datetime(2026, 3, 1, tzinfo=timezone.utc)
    made: list[RunRecord] = []
    before: list[RunRecord] = []
    for layer in range(runs // width):
        now = [_run(f"Flow{n:02}", layer + 1, born + timedelta(hours=layer), n, before) for n in range(width)]
        made += now
        before = now
    last = _run("LastFlow", 1, born + timedelta(hours=runs), None, before)
    for number in range(others):
        late = born + timedelta(days=-1, minutes=number)
        made += [_run(f"Flow{n:02}", 1000 + number, late, n, []) for n in range(width)]
    return last.pathspec, [*made, last]


def _run(flow: str, number: int, born: datetime, at: int | None, before: list[RunRecord]) -> RunRecord:
    if at is None:
        causes = before
    elif before:
        causes = [before[at], before[(at + 1) % len(before)]][: 2 if at % 10 < 3 else 1]
    else:
        causes = []
    return RunRecord(
        flow,
        str(number),
        status="completed",
        created_at=born,
        finished_at=born + timedelta(minutes=5),
        user="ann",
        system_tags=system_tags("ann"),
        triggers=tuple(by_run(cause.pathspec, number) for cause in causes),
    )


def with_local_ids(runs: Iterable[RunRecord]) -> list[RunRecord]:
    """The same runs, oldest first, with ids as the local provider makes them: microseconds since 1970."""
    ids: dict[str, str] = {}
    renamed = []
    for number, run in enumerate(runs):
        ids[run.pathspec] = str(millis(run.created_at) * 1000 - number % 1000)
        triggers = tuple(replace(event, event_id=_renamed(event, ids)) for event in run.triggers)
        renamed.append(replace(run, run_id=ids[run.pathspec], triggers=triggers))
    assert len({run.pathspec for run in renamed}) == len(ids)
    return renamed


def _renamed(event: TriggerEvent, ids: dict[str, str]) -> str:
    if event.run is None:
        return event.event_id
    flow, _, *task = event.event_id.split("/")
    return "/".join([flow, ids[event.run], *task])


def link_store(runs: Iterable[PlantedRun], root: Path) -> Path:
    """Write a local store, small artifacts and all.

    Files that differ between runs in nothing that anybody looks at (which Python ran a task, say) are
    names of one file. That makes a store of a million files in a minute and, being kinder to the disk
    cache than a real one, favours those who read them all. A flow's folder is as old as its newest run, as
    in any store that was not written a moment ago.

    Returns
    -------
    Path
        The folder that has `.metaflow` in it.
    """
    base = str(root / ".metaflow")
    spares = _Spares(f"{base}/.spare", base)
    newest: dict[str, float] = {}  # seconds since 1970
    for run in runs:
        _link_run(run, base, spares)
        newest[run.record.flow] = max(run.created / 1000, newest.get(run.record.flow, 0))
    for flow, created in newest.items():
        os.utime(f"{base}/{flow}", (created, created))
    return root


def _link_run(run: PlantedRun, base: str, spares: _Spares) -> None:
    flow, folder = f"{base}/{run.record.flow}", f"{base}/{run.record.flow}/{run.record.run_id}"
    if not Path(flow, "_meta").exists():
        _write(f"{flow}/_meta", "_self.json", {"flow_id": run.record.flow, "ts_epoch": run.created})
        _write(f"{flow}/data/{_TRUE_SHA[:2]}", _TRUE_SHA, _TRUE)
    _write(f"{folder}/_meta", "_self.json", run.run_object)
    where = {"flow_id": run.record.flow, "run_number": run.record.run_id, "ts_epoch": run.created}
    for task in run.tasks:
        step = {**where, "step_name": task.step}
        own = f"{folder}/{task.step}/{task.task_id}"
        _write(f"{folder}/{task.step}/_meta", "_self.json", step)
        _write(f"{own}/_meta", "_self.json", {**step, "task_id": task.task_id})
        if task.step != "_parameters":
            _link_artifacts(task, own, spares)
    for row in run.metadata():
        own = f"{folder}/{row['step_name']}/{row['task_id']}/_meta"
        name = f"sysmeta_{row['field_name']}_{row['ts_epoch']}.json"
        if row["value"] == "x":
            os.link(spares.one(row["field_name"], row), f"{own}/{name}")
        else:
            _write(own, name, row)


def _link_artifacts(task: PlantedTask, own: str, spares: _Spares) -> None:
    for name in _ARTIFACTS:
        os.link(spares.artifact(name), f"{own}/_meta/0_artifact_{name}.json")
    if any(field == "attempt_ok" for field, _, _ in task.fields):
        for name, value in _DATASTORE.items():
            os.link(spares.one(name, value), f"{own}/{name}")


# What the datastore keeps beside the metadata; `objects` says where an artifact's value is.
_DATASTORE = {
    "0.attempt.json": {"time": 1.0},
    "0.DONE.lock": {},
    "0.data.json": {
        "datastore": "local",
        "version": "1.0",
        "attempt": 0,
        "python_version": "3",
        "objects": dict.fromkeys(_ARTIFACTS, _TRUE_SHA),
        "info": {name: {"size": 4, "type": "<class 'bool'>", "encoding": "pickle-v4"} for name in _ARTIFACTS},
    },
}


class _Spares:
    """One file for each content that does not matter, renewed when it has too many names."""

    def __init__(self, folder: str, base: str) -> None:
        self.folder, self.base, self.made = folder, base, 0
        self.files: dict[str, tuple[str, int]] = {}

    def one(self, key: str, value: object) -> str:
        path, used = self.files.get(key, ("", _MOST_LINKS))
        if used >= _MOST_LINKS:
            self.made += 1
            _write(self.folder, f"{self.made}.json", value)
            path, used = f"{self.folder}/{self.made}.json", 0
        self.files[key] = (path, used + 1)
        return path

    def artifact(self, name: str) -> str:
        value = {"name": name, "sha": _TRUE_SHA, "attempt_id": 0, "ds_type": "local", "ts_epoch": 1}
        value |= {"content_type": "pickle-v4", "type": "metaflow.artifact", "location": f":root:{self.base}"}
        return self.one(f"artifact {name}", value)


def _write(folder: str, name: str, value: object) -> None:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    try:
        file = os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT, 0o644)
    except FileNotFoundError:
        Path(folder).mkdir(parents=True)
        file = os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT, 0o644)
    os.write(file, content)
    os.close(file)
