"""The quickstart notebook runs as it is, on the demo's runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

from lineage import Lineage
from lineage.demo import Demo
from lineage.notebook.explorer import Explorer
from tests.support.lineages import trigger_lineage

ROOT = Path(__file__).parent.parent.parent
VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def executed(demo: tuple[Demo, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The notebook with its outputs, run beside a copy of the demo's store."""
    place = tmp_path_factory.mktemp("quickstart")
    shutil.copytree(demo[0].root, place / "demo")
    (place / "notebooks").mkdir()
    notebook = nbformat.read(ROOT / "notebooks/quickstart.ipynb", as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(place / "notebooks")}}
    )
    client.execute()
    return notebook


def outputs(executed: Any, source: str) -> list[Any]:
    (cell,) = [cell for cell in executed.cells if cell.cell_type == "code" and source in cell.source]
    return list(cell.outputs)


def test_it_is_kept_without_outputs() -> None:
    notebook = nbformat.read(ROOT / "notebooks/quickstart.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)


def test_show_lineage_leaves_a_view_without_a_kernel_and_the_live_one(
    executed: Any, demo: tuple[Demo, dict[str, str]]
) -> None:
    still, live = outputs(executed, "show_lineage(")
    assert "<iframe" in still.data["text/html"]
    assert 'src="data:image/svg+xml;base64,' in still.data["text/html"]
    assert VIEW in live.data
    for pathspec in demo[1].values():
        assert pathspec in still.data["text/plain"]
        assert pathspec in still.data["text/html"]


def test_the_explorer_is_stored_once_with_the_notebook(executed: Any) -> None:
    states = executed.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    assert sum("scene" in state["state"] for state in states) == 1


def test_each_cell_shows_what_its_words_promise(executed: Any, demo: tuple[Demo, dict[str, str]]) -> None:
    runs = demo[1]
    assert "'slope': 1.9976" in outputs(executed, '["TrainingFlow"].data.model')[0].data["text/plain"]
    assert f"run {runs['etl']}" in outputs(executed, 'lineage.trigger("TrainingFlow")')[0].data["text/plain"]
    assert int(outputs(executed, "trigger.data.rows")[0].data["text/plain"]) > 0
    assert "'week': 5" in outputs(executed, "event.payload")[0].data["text/plain"]
    assert "application/vnd.plotly.v1+json" in outputs(executed, "lin.timeline()")[0].data
    assert "report.html" in outputs(executed, "to_html")[0].text


def test_a_lineage_of_100_runs_adds_less_than_400_kb_to_a_notebook() -> None:
    graph = trigger_lineage(100)
    run = next(key for key in graph if graph.nodes[key]["kind"] == "run")
    explorer = Explorer(Lineage(graph, focus=(run,), source="local store"))
    outputs = json.dumps(explorer._mime_bundles())
    state = json.dumps(explorer.get_state(), default=str)
    assert len(outputs) + len(state) < 400_000
