"""Every road to an artifact of another run, one a step; and what is not a read."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from metaflow import DataArtifact, Flow, FlowSpec, Run, Step, Task, current, parallel_map, step

IN_A_SCRIPT = "from metaflow import Flow; Flow('MakerFlow').latest_run.data.rows"


def score(run):
    return Run(run).data.score


class RoadsFlow(FlowSpec):
    @step
    def start(self):
        run = Flow("MakerFlow").latest_run
        self.run, self.task = run.pathspec, run.end_task.pathspec
        self.looked_at = [
            run.successful,
            "model" in run.end_task,
            run.end_task["model"].sha,
            run.end_task["model"].size > 0,
            dir(run.data) != [],
            Run(f"{current.flow_name}/{current.run_id}").id,
        ]
        self.next(self.by_run, self.by_task, self.by_others, self.in_children)

    @step
    def by_run(self):
        run = Run(self.run)
        self.values = [run.data.model for _ in range(3)]
        self.has = [hasattr(run.data, "score"), hasattr(run.data, "nothing")]
        self.next(self.join)

    @step
    def by_task(self):
        steps, start = Run(self.run), Step(f"{self.run}/start")
        self.values = [
            steps["start"].task["model"].data,
            start.task.data.rows,
            Task(self.task).data.score,
            DataArtifact(f"{self.task}/size").data,
        ]
        own = Run(f"{current.flow_name}/{current.run_id}")["start"].task.data
        assert own.run == self.run
        self.next(self.join)

    @step
    def by_others(self):
        with ThreadPoolExecutor(4) as pool:
            self.values = list(pool.map(lambda name: Task(self.task)[name].data, ["model", "rows"] * 4))
        try:
            Task(self.task)["nothing"]
        except KeyError as error:
            self.refused = repr(error)
        self.next(self.join)

    @step
    def in_children(self):
        run = Run(self.run)
        self.values = parallel_map(lambda _: run.data.model, range(3))
        with get_context("spawn").Pool(1) as pool:
            self.values += pool.map(score, [self.run])
        subprocess.run([sys.executable, "-c", IN_A_SCRIPT], check=True)
        self.spool_mode = oct(Path(os.environ["METAFLOW_LINEAGE_SPOOL"]).stat().st_mode & 0o777)
        self.spool = os.environ["METAFLOW_LINEAGE_SPOOL"]
        self.next(self.join)

    @step
    def join(self, inputs):
        self.kept = [inputs.by_run.values, inputs.by_task.values, inputs.by_others.values]
        self.merge_artifacts(inputs, include=["spool_mode", "spool", "refused", "has", "looked_at"])
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    RoadsFlow()
