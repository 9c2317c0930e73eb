"""The first minutes of a new user: what a bad run reached, why two predictions differ, and a report."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import networkx as nx
import pytest

import lineage
from lineage.cli import main
from lineage.demo import FLOWS, Demo
from tests.support.store import Store


@pytest.fixture(scope="module")
def two(demo: tuple[Demo, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The demo's runs, and a second prediction, for the data of another week."""
    store = Store(tmp_path_factory.mktemp("walk"))
    shutil.copytree(demo[0].root / ".metaflow", store.metaflow_dir)
    event = {"name": "new_data", "fields": {"week": 6, "table": "orders"}}
    data = store.flow(FLOWS / "dataflow.py", trigger=[json.dumps(event)])
    prediction = store.flow(FLOWS / "predictionflow.py", trigger=[demo[1]["training"], str(data.pathspec)])
    assert prediction.returncode == 0, data.output + prediction.output
    return demo[1] | {"second": str(prediction.pathspec), "source": f"local:{store.root}"}


def test_which_runs_a_bad_etl_run_reached(two: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    main(["trace", two["etl"], "--upstream", "0", "--downstream", "all", "--source", two["source"]])
    reached = set(re.findall(r"\w+Flow/\d+", capsys.readouterr().out))
    assert {
        two[name] for name in ("training", "prediction", "second", "drift", "failed", "resumed")
    } <= reached
    assert two["data"] not in reached
    assert two["ingest"] not in reached


def test_why_two_predictions_differ(two: dict[str, str]) -> None:
    first, second = (lineage.trace(two[name], source=two["source"]) for name in ("prediction", "second"))
    hashes = [nx.get_node_attributes(lin.artifacts(), "sha") for lin in (first, second)]
    model, days = (
        [{name: sha for name, sha in each.items() if name.endswith(end)} for each in hashes]
        for end in ("/model", "/days")
    )
    assert model[0] == model[1], "the same model"
    assert set(days[0].values()) != set(days[1].values()), "other days"
    (event,), (other) = first.events, second.events
    assert [lin.graph.nodes[lin.events[0]]["payload"]["week"] for lin in (first, second)] == ["5", "6"], (
        event,
        other,
    )


def test_and_the_report_tells_it(two: dict[str, str], tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    main(["report", two["etl"], "--downstream", "all", "--source", two["source"], "-o", str(report)])
    page = report.read_text("utf-8")
    assert two["prediction"] in page
    assert two["second"] in page
