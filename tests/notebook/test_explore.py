"""The notebook `explore` runs as it is, on the demo's runs."""

from __future__ import annotations

from typing import Any

import pytest

from lineage.demo import Demo
from tests.support.notebooks import execute, kept, outputs, said, shown_without_running


@pytest.fixture(scope="module")
def executed(demo: tuple[Demo, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Any:
    return execute("explore", demo[0], tmp_path_factory.mktemp("explore"))


def test_github_shows_what_comes_out(executed: Any) -> None:
    notebook = kept("explore")
    assert len(notebook.cells) <= 15
    assert shown_without_running(notebook)
    assert said(notebook) == said(executed), "make notebooks"


def test_each_cell_shows_what_its_words_promise(executed: Any, demo: tuple[Demo, dict[str, str]]) -> None:
    runs = demo[1]
    assert f"{runs['etl'][-6:]} " in outputs(executed, "lineage.recent(")[0].text
    selected = outputs(executed, "lin.select(")[0].text
    assert runs["resumed"] in selected
    assert runs["drift"] not in selected
    assert outputs(executed, "dag_longest_path")[0].data["text/plain"].startswith(f"['{runs['ingest']}'")
    values = outputs(executed, ".data.model")[0].data["text/plain"]
    assert "'slope': 1.9976" in values
    assert "'week': 5" in values
    assert "application/vnd.plotly.v1+json" in outputs(executed, "lin.timeline()")[0].data
