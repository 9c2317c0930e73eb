"""The explorer and its panel on real runs; the browser tests show them in a real notebook."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from lineage import trace
from lineage.client.artifacts import artifact_value, run_details
from lineage.client.runs import metaflow_run
from lineage.errors import ArtifactUnavailable
from lineage.notebook.explorer import Explorer, show_lineage
from lineage.notebook.run_panel import Panel, facts_html
from lineage.records.model import RunRecord
from lineage.sources import MemorySource


def finished(thread: threading.Thread | None) -> None:
    assert thread is not None
    thread.join(timeout=30)
    assert not thread.is_alive()


@pytest.fixture
def panel() -> Panel:
    return Panel()


def test_a_widget_is_printed_in_a_few_words(demo_runs: dict[str, str]) -> None:
    shown = Explorer(trace(demo_runs["prediction"]))
    assert str(shown) == f"<Explorer: {shown.lineage!r}>"
    assert len(str(shown)) < 200


def test_the_panel_tells_what_a_run_is_and_what_triggered_it(demo_runs: dict[str, str], panel: Panel) -> None:
    lineage = trace("PredictionFlow", downstream=None)
    finished(panel.show(lineage, demo_runs["etl"]))
    text = panel._facts.value
    assert f'title="{demo_runs["etl"]}"' in text
    assert "● completed" in text
    assert f"triggered by</span><span>{demo_runs['ingest']}</span>" in text
    assert f"set off</span><span>{demo_runs['training']}</span>" in text


def test_artifacts_are_listed_by_name_and_a_value_is_loaded_only_when_asked_for(
    demo_runs: dict[str, str], panel: Panel
) -> None:
    lineage = trace("TrainingFlow")
    finished(panel.show(lineage, demo_runs["training"]))
    assert [name for _, name in panel._names.options] == ["model"]
    assert panel._names.options[0][0].startswith("model  (dict, ")
    assert panel._value.value == ""
    panel._names.value = "model"
    finished(panel.load_value())
    assert "slope" in panel._value.value
    assert panel._error.value == ""


def test_parameters_and_the_script_are_shown_and_parameters_are_no_artifacts(
    demo_runs: dict[str, str], panel: Panel
) -> None:
    finished(panel.show(trace("DataFlow"), demo_runs["data"]))
    assert "parameter week</span><span>5</span>" in panel._facts.value
    assert "script</span><span>dataflow.py</span>" in panel._facts.value
    assert [name for _, name in panel._names.options] == ["days"]


def test_a_large_value_is_not_loaded_and_the_message_says_how_to(demo_runs: dict[str, str]) -> None:
    with pytest.raises(ArtifactUnavailable, match=r"load it yourself with Run\(.*\)\.data\.model"):
        artifact_value(metaflow_run(demo_runs["training"]), "model", limit=10)


def test_an_event_shows_its_payload(demo_runs: dict[str, str]) -> None:
    lineage = trace("DataFlow")
    text = facts_html(lineage, lineage.events[0])
    assert "payload week</span><span>5</span>" in text


def test_a_missing_run_is_told_as_missing_and_nothing_is_read(
    demo_runs: dict[str, str], panel: Panel
) -> None:
    assert panel.show(trace("ETLFlow"), demo_runs["ingest"]) is None
    assert "missing" in panel._facts.value


def test_a_value_that_cannot_be_loaded_says_why_in_place(demo_runs: dict[str, str], panel: Panel) -> None:
    finished(panel.show(trace("TrainingFlow"), demo_runs["training"]))
    panel._names.options = [("model", "model"), ("modle", "modle")]
    panel._names.value = "modle"
    finished(panel.load_value())
    assert "has no artifact &#x27;modle&#x27;; did you mean model?" in panel._error.value
    assert panel._value.value == ""


def test_a_failed_run_has_the_artifacts_of_the_task_that_began_last(demo_runs: dict[str, str]) -> None:
    assert [artifact.name for artifact in run_details(metaflow_run(demo_runs["failed"])).artifacts] == [
        "slope",
        "total",
    ]
    with pytest.raises(ArtifactUnavailable, match="did you mean total"):
        artifact_value(metaflow_run(demo_runs["failed"]), "totl")


def test_selecting_in_the_graph_moves_the_panel_and_other_cells_can_do_it(demo_runs: dict[str, str]) -> None:
    explorer = Explorer(trace("PredictionFlow"))
    assert explorer.selected == [demo_runs["prediction"]]
    explorer._viewer.selected = [demo_runs["data"]]
    assert explorer.selected == [demo_runs["data"]]
    assert demo_runs["data"] in explorer._panel._facts.value
    seen: list[Any] = []
    explorer.observe(lambda change: seen.append(change["new"]), "selected")
    explorer.selected = [demo_runs["etl"]]
    assert explorer._viewer.selected == [demo_runs["etl"]]
    assert seen == [[demo_runs["etl"]]]


def test_another_lineage_can_be_assigned(demo_runs: dict[str, str]) -> None:
    explorer = Explorer(trace("PredictionFlow"))
    explorer.lineage = trace("DataFlow")
    assert {node["id"] for node in explorer._viewer.scene["nodes"]} == set(explorer.lineage.graph)


def test_in_a_plain_script_it_prints_the_tree(
    demo_runs: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    explorer = show_lineage("PredictionFlow")
    assert capsys.readouterr().out == f"{explorer.lineage}\n"


def test_artifacts_are_never_those_of_another_stores_run_of_the_same_name(
    demo_runs: dict[str, str], panel: Panel
) -> None:
    elsewhere = MemorySource([RunRecord(*demo_runs["training"].split("/"), status="completed")])
    lineage = trace(demo_runs["training"], source=elsewhere)
    finished(panel.show(lineage, demo_runs["training"]))
    assert "has a different run of that name" in panel._error.value
    assert panel._names.options == ()
