"""What tests read back of what tasks recorded, straight from the files of a local store."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from metaflow_extensions.lineage.plugins.provenance.record import (
    READS_FIELD,
    decode_reads,
    marked_task,
)
from tests.support.store import Store

FLOWS = Path(__file__).parent / "flows"
# a task that reads, then exits or does not end: WAY says which
ENDING = """
import os, sys, time
from metaflow import Flow, FlowSpec, step, timeout

class EndingFlow(FlowSpec):
    @timeout(seconds=3)
    @step
    def start(self):
        data = Flow("MakerFlow").latest_run.data
        data.score
        if os.environ["WAY"] == "exit":
            sys.exit(3)
        while True:  # the signal comes while a value is loaded or noted
            data.score
        self.next(self.end)

    @step
    def end(self):
        pass

if __name__ == "__main__":
    EndingFlow()
"""


class RecordingStore(Store):
    """A store with a run of MakerFlow."""

    def __init__(self, root: Path, python: str) -> None:
        super().__init__(root, python)
        self.maker = self.run("maker")

    @property
    def environ(self) -> dict[str, str]:
        # the tasks of a gang are started as `python`
        folder = str(Path(self.python).parent)
        return {**super().environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}

    def run(self, flow: str, *arguments: str, **how: Any) -> str:
        """Run one of the flows beside this file, which is to succeed; its pathspec."""
        finished = self.flow(FLOWS / f"{flow}.py", *arguments, **how)
        assert finished.returncode == 0, finished.output
        assert finished.pathspec, finished.output
        return finished.pathspec

    def rows(self, pathspec: str, field: str) -> list[tuple[str, str, str]]:
        """Step and task, attempt, and value of each row of this field in the run, in their order."""
        found = []
        for path in sorted((self.metaflow_dir / pathspec).glob(f"*/*/_meta/sysmeta_{field}_[0-9]*.json")):
            row = json.loads(path.read_text())
            found.append((f"{row['step_name']}/{row['task_id']}", row["tags"][0], row["value"]))
        return found

    def reads(self, pathspec: str) -> dict[str, list[str]]:
        """What the tasks of each step read, as `<step>/<artifact>` of the run of MakerFlow."""
        by_step: dict[str, list[str]] = {}
        for task, _, value in self.rows(pathspec, READS_FIELD):
            by_step.setdefault(task.split("/")[0], []).extend(self.names(value))
        return {step: sorted(names) for step, names in by_step.items()}

    def names(self, value: str) -> list[str]:
        """The artifacts in a record, as in `reads`."""
        record, problems = decode_reads(value)
        assert problems == []
        assert all(read.task.startswith(f"{self.maker}/") for read in record.reads)
        assert all(read.sha and read.store is None for read in record.reads)
        return [f"{read.task.split('/')[2]}/{read.artifact}" for read in record.reads]

    def marked(self, pathspec: str) -> list[str]:
        """The tasks that have recorded something, as the start task's folder tells."""
        folder = self.metaflow_dir / pathspec
        names = [path.name for path in folder.glob("*/*/_meta/lineage-record.*")]
        assert all(path.parts[-4] == "start" for path in folder.glob("*/*/_meta/lineage-record.*"))
        return sorted(filter(None, map(marked_task, names)))

    def artifact(self, pathspec: str, step: str, name: str) -> Any:
        """An artifact of the one task of a step, which must be JSON."""
        code = f"""
import json
from metaflow import Run
print(json.dumps(Run({pathspec!r}, _namespace_check=False)[{step!r}].task[{name!r}].data))
"""
        return self.client(code, env={"METAFLOW_EXTENSIONS_SEARCH_DIRS": "/nonexistent"})
