"""The first minutes of a new user: what a bad run reached, why two predictions differ, and a report."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from lineage.cli import main
from lineage.demo import Demo
from lineage.demo.wrong_week import add_wrong_week


@pytest.fixture(scope="module")
def two(demo: tuple[Demo, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The demo's runs, and a second prediction, for the data of a wrong week."""
    root = tmp_path_factory.mktemp("walk") / "demo"
    shutil.copytree(demo[0].root, root)
    return add_wrong_week(root, say=print) | {"source": f"local:{root}"}


def test_which_runs_a_bad_etl_run_reached(two: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    main(["trace", two["etl"], "--upstream", "0", "--downstream", "all", "--source", two["source"]])
    reached = set(re.findall(r"\w+Flow/\d+", capsys.readouterr().out))
    assert {
        two[name] for name in ("training", "prediction", "wrong prediction", "drift", "failed")
    } <= reached
    assert not {two[name] for name in ("ingest", "data", "wrong data")} & reached


def test_why_two_predictions_differ(two: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    main(["diff", two["prediction"], two["wrong prediction"], "--source", two["source"]])
    said = capsys.readouterr().out
    assert re.search(r"\[1\] event new_data.*week 5 -> 55", said), said
    assert re.search(r"^- equal: .*TrainingFlow", said, re.MULTILINE), said


def test_and_the_report_tells_it(two: dict[str, str], tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    main(["report", two["etl"], "--downstream", "all", "--source", two["source"], "-o", str(report)])
    page = report.read_text("utf-8")
    assert two["prediction"] in page
    assert two["wrong prediction"] in page
