"""Where a task reads, and a recorder that fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.extension.recording.recorded import ENDING, FLOWS, RecordingStore

PROVENANCE = "metaflow_extensions.lineage.plugins.provenance"
WARNED = "is not recorded: "


@pytest.fixture(scope="module")
def store(recording_store: Callable[[str], RecordingStore]) -> RecordingStore:
    return recording_store("around")


# each module that is imported when it is needed; `task` needs the rest from its first line on
@pytest.mark.parametrize("module", ["task", "hooks", "adding", "record", "marker"])
def test_a_recorder_that_cannot_be_imported_leaves_one_line(
    store: RecordingStore, tmp_path: Path, module: str
) -> None:
    broken = f"import sys\nif 'step' in sys.argv: sys.modules['{PROVENANCE}.{module}'] = None\n"
    (tmp_path / "sitecustomize.py").write_text(broken)
    finished = store.flow(FLOWS / "reader.py", env={"PYTHONPATH": str(tmp_path)})
    assert finished.returncode == 0, finished.output
    assert "Task finished successfully" in finished.output
    lines = [line for line in finished.output.splitlines() if WARNED in line and "/start/" in line]
    assert len(lines) == 1, finished.output
    assert store.rows(str(finished.pathspec), "lineage-*") == []


def test_without_the_recorder_metaflow_starts_and_the_rest_of_the_extension_works(
    store: RecordingStore, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(f"import sys; sys.modules['{PROVENANCE}.install'] = None\n")
    code = "import json, metaflow; print(json.dumps(hasattr(metaflow, 'trigger_on')))"
    assert store.client(code, env={"PYTHONPATH": str(tmp_path)}) is True


def test_a_read_from_another_store_says_from_which(store: RecordingStore, tmp_path: Path) -> None:
    elsewhere = RecordingStore(tmp_path, store.python)
    flow = tmp_path / "other_store.py"
    flow.write_text(OTHER_STORE)
    finished = store.flow(flow, env={"OTHER": f"local@{elsewhere.root}"})
    assert finished.returncode == 0, finished.output
    assert WARNED not in finished.output
    rows = [*store.rows(str(finished.pathspec), "lineage-reads")]
    rows += elsewhere.rows(str(finished.pathspec), "lineage-reads")  # where Metaflow writes the rest, too
    ((_, _, value),) = rows
    ((task, artifacts, provider),) = json.loads(value)["reads"]
    assert (task.rsplit("/", 2)[0], provider) == (elsewhere.maker, f"local@{elsewhere.root}")
    assert [name for name, _ in artifacts] == ["score"]


OTHER_STORE = """
import os
from metaflow import Flow, FlowSpec, metadata, step

class OtherStoreFlow(FlowSpec):
    @step
    def start(self):
        metadata(os.environ["OTHER"])
        self.score = Flow("MakerFlow").latest_run.data.score
        self.next(self.end)

    @step
    def end(self):
        pass

if __name__ == "__main__":
    OtherStoreFlow()
"""


@pytest.mark.parametrize("way", ["exit", "time"])
def test_a_task_that_exits_or_runs_out_of_time_has_recorded(
    store: RecordingStore, tmp_path: Path, way: str
) -> None:
    flow = tmp_path / "ending.py"
    flow.write_text(ENDING)
    finished = store.flow(flow, env={"WAY": way})
    assert finished.returncode == 1
    assert store.reads(str(finished.pathspec)) == {"start": ["end/score"]}
    assert WARNED not in finished.output
