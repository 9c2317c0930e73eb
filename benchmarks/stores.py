"""Big planted stores for the benchmarks, made quickly and kept between runs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from tests.support.planted import PlantedRun

_MOST_LINKS = 30_000  # ext4 allows 65,000 names for one file


def link_store(runs: Iterable[PlantedRun], root: Path) -> Path:
    """Write a local store with every file that a real one has.

    Files that differ between runs in nothing that anybody looks at (which Python ran a task, say) are
    names of one file. That makes a store of a million files in seconds and, being kinder to the disk
    cache than a real one, favours those who read them all.

    Returns
    -------
    Path
        The folder that has `.metaflow` in it.
    """
    base = str(root / ".metaflow")
    spares = _Spares(f"{base}/.spare")
    for run in runs:
        _link_run(run, base, spares)
    return root


def _link_run(run: PlantedRun, base: str, spares: _Spares) -> None:
    flow, folder = f"{base}/{run.record.flow}", f"{base}/{run.record.flow}/{run.record.run_id}"
    if not os.path.exists(f"{flow}/_meta"):
        _write(f"{flow}/_meta", "_self.json", {"flow_id": run.record.flow, "ts_epoch": run.created})
    _write(f"{folder}/_meta", "_self.json", run.run_object)
    where = {"flow_id": run.record.flow, "run_number": run.record.run_id, "ts_epoch": run.created}
    for task in run.tasks:
        step = {**where, "step_name": task.step}
        _write(f"{folder}/{task.step}/_meta", "_self.json", step)
        _write(f"{folder}/{task.step}/{task.task_id}/_meta", "_self.json", {**step, "task_id": task.task_id})
    for row in run.metadata():
        name = f"sysmeta_{row['field_name']}_{row['ts_epoch']}.json"
        own = f"{folder}/{row['step_name']}/{row['task_id']}/_meta"
        if row["value"] == "x":
            os.link(spares.one(row), f"{own}/{name}")
        else:
            _write(own, name, row)


class _Spares:
    """One file for each field whose value does not matter, renewed when it has too many names."""

    def __init__(self, folder: str) -> None:
        self.folder, self.made = folder, 0
        self.files: dict[str, tuple[str, int]] = {}

    def one(self, row: dict[str, object]) -> str:
        path, used = self.files.get(str(row["field_name"]), ("", _MOST_LINKS))
        if used >= _MOST_LINKS:
            self.made += 1
            _write(self.folder, f"{self.made}.json", row)
            path, used = f"{self.folder}/{self.made}.json", 0
        self.files[str(row["field_name"])] = (path, used + 1)
        return path


@cache
def _encoder() -> json.JSONEncoder:
    return json.JSONEncoder()


def _write(folder: str, name: str, value: object) -> None:
    try:
        file = os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT, 0o644)
    except FileNotFoundError:
        os.makedirs(folder)
        file = os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT, 0o644)
    os.write(file, _encoder().encode(value).encode())
    os.close(file)


def counted(runs: Iterable[PlantedRun], count: int) -> Iterator[PlantedRun]:
    """The first so many of some runs."""
    for _, run in zip(range(count), runs):
        yield run
