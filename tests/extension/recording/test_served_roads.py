"""Records of tasks on a metadata service, read back from it: all roads, and tasks of every end.

`test_served.py` looks at the requests; the service there, which others wrote, gives every task a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lineage.sources import ServiceSource
from tests.extension.recording.argo import argo_step, skip_without_mounts
from tests.extension.recording.recorded import ENDING, RecordingStore
from tests.extension.service import Service, service


@pytest.fixture(scope="module")
def store(recording_store: Callable[[str], RecordingStore]) -> RecordingStore:
    return recording_store("served-roads")


@pytest.fixture(scope="module")
def served(store: RecordingStore) -> Iterator[Service]:
    with service(store.metaflow_dir) as running:
        yield running


def reads(served: Service, run: str) -> dict[str, list[str]]:
    """The artifacts that the tasks of each step read, from the service."""
    by_step: dict[str, list[str]] = {}
    for read in ServiceSource(served.url).read([run])[run].reads:
        by_step.setdefault(read.step, []).append(read.artifact)
    return {step: sorted(names) for step, names in by_step.items()}


def test_every_road(store: RecordingStore, served: Service) -> None:
    assert reads(served, store.run("roads", env=served.environ)) == {
        "by_run": ["model", "score"],
        "by_task": ["model", "rows", "score", "size"],
        "by_others": ["model", "rows"],
        "in_children": ["model", "rows", "score"],
    }


def test_beyond_a_thousand_artifacts_the_rest_is_counted_by_run(
    store: RecordingStore, served: Service, tmp_path: Path
) -> None:
    flow = tmp_path / "many.py"
    flow.write_text(MANY)
    made = store.flow(flow, env=served.environ)
    read = store.flow(flow, env={**served.environ, "READ": str(made.pathspec)})
    assert made.returncode == read.returncode == 0, made.output + read.output
    record = ServiceSource(served.url).read([str(read.pathspec)])[str(read.pathspec)]
    assert len(record.reads) == 1_000
    (counted,) = record.counted_reads
    assert (counted.run, counted.artifacts) == (made.pathspec, 20)


MANY = """
import os
from metaflow import FlowSpec, Run, step

class ManyFlow(FlowSpec):
    @step
    def start(self):
        if "READ" in os.environ:
            data = Run(os.environ["READ"])["start"].task.data
            for number in range(1_020):
                getattr(data, f"a{number}")
        else:
            for number in range(1_020):
                setattr(self, f"a{number}", 0)
        self.next(self.end)

    @step
    def end(self):
        pass

if __name__ == "__main__":
    ManyFlow()
"""


@pytest.mark.parametrize("way", ["exit", "time"])
def test_a_task_that_exits_or_runs_out_of_time(
    store: RecordingStore, served: Service, tmp_path: Path, way: str
) -> None:
    flow = tmp_path / "ending.py"
    flow.write_text(ENDING)
    finished = store.flow(flow, env={**served.environ, "WAY": way})
    assert finished.returncode == 1
    assert reads(served, str(finished.pathspec)) == {"start": ["score"]}


def test_tasks_that_argo_starts(store: RecordingStore, served: Service) -> None:
    skip_without_mounts()
    run = argo_step(store, served.environ, "by_task")
    assert reads(served, run) == {"by_task": ["model", "rows", "score", "size"]}
