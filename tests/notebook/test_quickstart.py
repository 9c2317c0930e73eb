"""The quickstart notebook runs as it is, on the demo's runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lineage import Lineage
from lineage.demo import Demo
from lineage.notebook.explorer import Explorer
from tests.support.lineages import trigger_lineage
from tests.support.notebooks import VIEW, execute, kept, outputs, said, shown_without_running


@pytest.fixture(scope="module")
def executed(demo: tuple[Demo, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Any:
    return execute("quickstart", demo[0], tmp_path_factory.mktemp("quickstart"))


def test_github_shows_what_comes_out(executed: Any) -> None:
    notebook = kept("quickstart")
    assert len(notebook.cells) <= 15
    assert shown_without_running(notebook)
    assert said(notebook) == said(executed), "make notebooks"


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
    assert int(outputs(executed, "trigger.data.rows")[0].data["text/plain"]) > 0
    assert runs["prediction"] in outputs(executed, "lineage.consumers(")[0].data["text/plain"]
    assert "report.html" in outputs(executed, "to_html")[0].text


def test_a_lineage_of_100_runs_adds_less_than_400_kb_to_a_notebook() -> None:
    graph = trigger_lineage(100)
    run = next(key for key in graph if graph.nodes[key]["kind"] == "run")
    explorer = Explorer(Lineage(graph, focus=(run,), source="local store"))
    outputs = json.dumps(explorer._mime_bundles())
    state = json.dumps(explorer.get_state(), default=str)
    assert len(outputs) + len(state) < 400_000
