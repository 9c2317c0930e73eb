"""The simulator notebook runs as it is, on the demo's runs."""

from __future__ import annotations

from typing import Any

import pytest

from lineage.demo import Demo
from tests.support.notebooks import VIEW, execute, kept, outputs, said, shown_without_running


@pytest.fixture(scope="module")
def executed(demo: tuple[Demo, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Any:
    return execute("simulator", demo[0], tmp_path_factory.mktemp("simulator"))


def test_github_shows_what_comes_out(executed: Any) -> None:
    notebook = kept("simulator")
    assert len(notebook.cells) <= 15
    assert shown_without_running(notebook)
    assert said(notebook) == said(executed), "make notebooks"


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
