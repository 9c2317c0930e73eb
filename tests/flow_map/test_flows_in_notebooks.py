"""Flows that a notebook defines are mapped, simulated and replayed while their cell exists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

from lineage.errors import InvalidArgument
from lineage.flow_map import flow_graph
from tests.support.store import Store

pytestmark = pytest.mark.slow  # each starts the process that reads flow files

ETL = """
from metaflow import FlowSpec, NBRunner, step

class EtlFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass

run = NBRunner(EtlFlow, show_output=False).nbrun()
"""
TRAIN = """
from metaflow import FlowSpec, NBRunner, step, trigger_on_finish
import helper

@trigger_on_finish(flow=helper.BEFORE)
class TrainFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass

import os
os.environ["METAFLOW_LINEAGE_TASK"] = "NightlyFlow/7/start/1"  # as in a step that executes this notebook
trained = NBRunner(TrainFlow, show_output=False).nbrun()
del os.environ["METAFLOW_LINEAGE_TASK"]
"""
SCATTERED = """
@trigger_on_finish(flow="TrainFlow")
class ScoreFlow(Base):
    pass
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a notebook with flows in cells prints, by the name of what was asked."""
    root = tmp_path_factory.mktemp("notebook")
    store = Store(root)
    (root / "helper.py").write_text('BEFORE = "EtlFlow"\n')
    cells = [
        f"import os; os.environ.update({store.environ!r}); import lineage",
        ETL,
        TRAIN,
        "flows = lineage.flow_graph([EtlFlow, TrainFlow])\nprint(list(flows.graph.edges), flows.problems)",
        "print(flows['TrainFlow'].declared_by, flows['TrainFlow'].listens[0].assumed)",
        "sim = lineage.simulate(flows, ['EtlFlow'])\nprint(sim.why['TrainFlow'])",
        "done = lineage.replay(sim)\ndone.raise_for_failure()\n"
        "print(sorted(run.split('/')[0] for run in done.runs), done.lineage.graph.number_of_edges())",
        "past = lineage.flow_graph(history=False)\nprint(sorted(past), list(past.graph.edges))",
        "again = lineage.replay(lineage.simulate(past, ['EtlFlow']))\nagain.raise_for_failure()\n"
        "print(len(again.runs))",
        "class Base(EtlFlow):\n    pass" + SCATTERED,
        "print(lineage.flow_graph(ScoreFlow).problems)",
        "from metaflow import FlowSpec, step, trigger",
        "@trigger(event='first')\nclass LateFlow(FlowSpec):\n    @step\n    def start(self):\n"
        "        self.next(self.end)\n\n    @step\n    def end(self):\n        pass",
        "late = lineage.flow_graph(LateFlow)\nprint(list(late.graph.edges), late['LateFlow'].assumed)",
        "print([made['start'].task.metadata_dict.get('lineage-spawned-by') for made in (run, trained)])",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(
        notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(root)}}
    ).execute()
    texts = ["".join(out.get("text", "") for out in cell.outputs) for cell in notebook.cells]
    names = ["", "", "", "edges", "declared", "why", "replayed", "past", "again", "", "scattered"]
    names += ["", "", "late", "parents"]
    left = [path.name for path in root.glob("*.py")]
    return dict(zip(names, texts, strict=True)) | {"left": left}


def test_classes_of_cells_are_mapped(answers: dict[str, Any]) -> None:
    assert "[('EtlFlow', 'TrainFlow')] ()" in answers["edges"]
    assert "the notebook's cell of TrainFlow None" in answers["declared"]
    assert answers["left"] == ["helper.py"]


def test_they_are_simulated_and_replayed(answers: dict[str, Any]) -> None:
    assert "fires at" in answers["why"]
    assert "['EtlFlow', 'TrainFlow'] 1" in answers["replayed"]


def test_runs_of_nbrunner_are_mapped_and_replayed_while_their_cell_exists(answers: dict[str, Any]) -> None:
    assert "['EtlFlow', 'TrainFlow'] [('EtlFlow', 'TrainFlow')]" in answers["past"]
    assert answers["again"].strip().splitlines()[-1] == "2"


def test_what_other_cells_define_is_missed_as_nbrunner_would_miss_it(answers: dict[str, Any]) -> None:
    assert "NameError, line 2: name 'EtlFlow' is not defined" in answers["scattered"]
    assert "[('event:first', 'LateFlow')]" in answers["late"]
    assert "NameError, line 2: name 'trigger' is not defined" in answers["late"]


def test_a_run_of_nbrunner_names_a_task_only_if_one_executes_the_notebook(answers: dict[str, Any]) -> None:
    assert answers["parents"].strip() == "[None, 'NightlyFlow/7/start/1']"


# classes of files


def test_a_class_of_a_file_is_read_from_the_file() -> None:
    from lineage.demo.flows.etlflow import ETLFlow

    flows = flow_graph(ETLFlow)
    assert flows["ETLFlow"].file is not None
    assert Path(flows["ETLFlow"].file).name == "etlflow.py"
    assert not flows.problems


def test_what_is_no_flow_is_refused() -> None:
    from lineage.demo.flows.etlflow import ETLFlow

    with pytest.raises(InvalidArgument, match="flows are classes that inherit from FlowSpec, not 'BFlow'"):
        flow_graph([ETLFlow, "BFlow"])  # type: ignore[list-item]  # what is tested


def test_a_class_without_source_is_said() -> None:
    names: dict[str, Any] = {"__name__": "made"}
    exec("from metaflow import FlowSpec\n\nclass MadeFlow(FlowSpec):\n    pass\n", names)
    (problem,) = flow_graph([names["MadeFlow"]]).problems
    assert "its source is not known" in problem.reason
