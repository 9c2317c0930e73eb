"""The notebook `why` runs as it is, on the demo's runs and one more prediction; what it shows is true."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lineage.demo import Demo
from tests.support.notebooks import execute, kept, said, shown_without_running


@pytest.fixture(scope="module")
def executed(demo: tuple[Demo, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Any:
    return execute("why", demo[0], tmp_path_factory.mktemp("why"))


def shown(executed: Any, source: str, kind: str = "text/plain") -> str:
    (cell,) = [cell for cell in executed.cells if cell.cell_type == "code" and source in cell.source]
    last = cell.outputs[-1]
    return last.text if last.output_type == "stream" else last.data[kind]


def test_it_has_ten_cells_and_github_shows_what_comes_out(executed: Any) -> None:
    notebook = kept("why")
    assert len(notebook.cells) == 10
    assert shown_without_running(notebook)
    # the first cell says what it has made, which depends on what was there
    assert said(notebook)[1:] == said(executed)[1:], "make notebooks"


def test_it_leads_from_a_wrong_prediction_to_the_bad_input(executed: Any) -> None:
    low, high = map(float, re.findall(r"[\d.]+", shown(executed, "predictions.values()")))
    assert high > 5 * low
    assert re.search(r"DataFlow/\d+ came last", shown(executed, "lineage.explain(wrong)"))
    assert "with week=55" in shown(executed, "lineage.explain(wrong)")
    assert "week <s>5</s>" in re.sub("<i>|</i>", "", _unescaped(shown(executed, "show_diff(", "text/html")))
    value = shown(executed, 'values=["days"]')
    assert value.startswith("('event new_data',")
    assert "'week 5 -> 55'" in value
    assert "'days [35, 36, 37" in value


def test_it_tells_what_is_stale_what_a_refresh_does_and_what_did_not_fire(executed: Any) -> None:
    assert re.search(
        r"PredictionFlow/\d+ used DataFlow/\d+ -> DataFlow/\d+ \(1 newer run", shown(executed, "stale()")
    )
    assert shown(executed, "stimuli").startswith("runs at ")
    audit = shown(executed, "lineage.audit(")
    assert re.search(r"ReportFlow +missed +should have fired at .* \(PredictionFlow/\d+ had arrived\)", audit)
    assert re.search(r"PredictionFlow +unexplained +.*: TrainingFlow/\d+ had fired it before", audit)
    assert "3 of 3 conditions met" in shown(executed, "lineage.check(")


def _unescaped(frame: str) -> str:
    return frame.replace("&lt;", "<").replace("&gt;", ">")
