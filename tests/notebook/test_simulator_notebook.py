"""The simulator notebook runs as it is, on the demo's runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

from lineage.demo import Demo

ROOT = Path(__file__).parent.parent.parent
VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def executed(demo: tuple[Demo, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The notebook with its outputs, run beside a copy of the demo's store."""
    place = tmp_path_factory.mktemp("simulator")
    shutil.copytree(demo[0].root, place / "demo")
    (place / "notebooks").mkdir()
    notebook = nbformat.read(ROOT / "notebooks/simulator.ipynb", as_version=4)
    resources = {"metadata": {"path": str(place / "notebooks")}}
    nbclient.NotebookClient(notebook, timeout=120, resources=resources).execute()
    return notebook


def outputs(executed: Any, source: str) -> list[Any]:
    (cell,) = [cell for cell in executed.cells if cell.cell_type == "code" and source in cell.source]
    return list(cell.outputs)


def test_it_is_kept_without_outputs() -> None:
    notebook = nbformat.read(ROOT / "notebooks/simulator.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)


def test_map_and_simulator_leave_a_view_without_a_kernel_and_the_live_one(executed: Any) -> None:
    for source in ("show_flow_map(", "sim = lineage.simulator(", "compared ="):
        still, live = outputs(executed, source)
        assert "<iframe" in still.data["text/html"]
        assert VIEW in live.data
        assert "TrainingFlow" in still.data["text/plain"]


def test_each_cell_shows_what_its_words_promise(executed: Any) -> None:
    assert "waits for TrainingFlow (got DataFlow at" in outputs(executed, "print(result)")[0].text
    assert "application/vnd.plotly.v1+json" in outputs(executed, "result.timeline()")[0].data
    assert "etlflow.py --trigger" in outputs(executed, "dry_run=True")[0].text


def test_a_simulation_is_stored_once_with_the_notebook(executed: Any) -> None:
    states = executed.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    assert sum("playback" in state["state"] for state in states) == 2
