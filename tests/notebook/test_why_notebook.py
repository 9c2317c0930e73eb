"""The notebook `why` runs as it is, on the demo's runs and one more prediction; what it shows is true."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

from lineage.demo import Demo

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def executed(demo: tuple[Demo, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The notebook with its outputs, run beside a copy of the demo's store."""
    place = tmp_path_factory.mktemp("why")
    shutil.copytree(demo[0].root, place / "demo")
    (place / "notebooks").mkdir()
    notebook = nbformat.read(ROOT / "notebooks/why.ipynb", as_version=4)
    path = str(place / "notebooks")
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": path}}).execute()
    return notebook


def shown(executed: Any, source: str, kind: str = "text/plain") -> str:
    (cell,) = [cell for cell in executed.cells if cell.cell_type == "code" and source in cell.source]
    last = cell.outputs[-1]
    return last.text if last.output_type == "stream" else last.data[kind]


def test_it_has_ten_cells_of_code_and_is_kept_without_outputs() -> None:
    notebook = nbformat.read(ROOT / "notebooks/why.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(cells) == 10
    assert all(not cell.outputs for cell in cells)


def test_it_leads_from_a_wrong_prediction_to_the_bad_input(executed: Any) -> None:
    low, high = map(float, re.findall(r"[\d.]+", shown(executed, "predictions.values()")))
    assert high > 5 * low
    assert re.search(r"DataFlow/\d+ came last", shown(executed, "lineage.explain(wrong)"))
    assert "with week=55" in shown(executed, "lineage.explain(wrong)")
    assert "week <s>5</s>" in re.sub("<i>|</i>", "", _unescaped(shown(executed, "show_diff(", "text/html")))
    assert shown(executed, "found.changed") == "('event new_data', ['week 5 -> 55'])"
    assert "days [35, 36, 37" in shown(executed, 'values=["days"]')


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
