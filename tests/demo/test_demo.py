"""The demo: real runs, seen by the stock client in another process, and by the command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest

from lineage import load, trace
from lineage.demo import Demo, DemoError, make_runs
from lineage.errors import InvalidArgument
from tests.support.store import Store

Story = tuple[Demo, dict[str, str]]


def command(demo: Demo, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("METAFLOW_")}
    return subprocess.run(
        [sys.executable, "-m", "lineage", *words],
        cwd=demo.root,
        env=environ | demo.settings(),
        text=True,
        capture_output=True,
    )


def test_the_stock_client_follows_the_chain_in_a_process_of_its_own(demo: Story) -> None:
    store, runs = demo
    code = """
import json
from metaflow import Flow, namespace
namespace(None)
prediction = Flow("PredictionFlow").latest_run
training = prediction.trigger["TrainingFlow"]
print(json.dumps([training.pathspec, training.trigger.run.pathspec, prediction.trigger["DataFlow"].pathspec]))
"""
    seen = Store(store.root).client(code)
    assert seen == [runs["training"], runs["etl"], runs["data"]]


def test_the_walk_finds_the_whole_story(demo_runs: dict[str, str]) -> None:
    lineage = trace(demo_runs["prediction"], downstream=None)
    assert {key for key, kind in lineage.graph.nodes(data="kind") if kind == "run"} == set(demo_runs.values())
    status = dict(lineage.graph.nodes(data="status"))
    assert status[demo_runs["ingest"]] == "missing"
    assert status[demo_runs["failed"]] == "failed"
    assert {
        status[demo_runs[name]] for name in ("etl", "training", "data", "drift", "prediction", "resumed")
    } == {"completed"}
    kinds = {(a, b): kind for a, b, kind in lineage.graph.edges(data="kind")}
    assert kinds[demo_runs["failed"], demo_runs["resumed"]] == "resume"
    assert kinds[demo_runs["ingest"], demo_runs["etl"]] == "trigger"
    assert kinds[demo_runs["training"], demo_runs["failed"]] == "read"
    assert kinds[demo_runs["prediction"], demo_runs["drift"]] == "spawn"
    assert lineage.graph.nodes[demo_runs["failed"]]["failed_step"] == "send"
    (event,) = lineage.events
    assert lineage.graph.nodes[event]["payload"] == {"week": 5, "table": "orders"}
    assert list(lineage.graph.successors(event)) == [demo_runs["data"]]
    assert len(kinds) == 9
    assert "usual_duration" not in lineage.graph.nodes[demo_runs["training"]]  # one run is not yet usual
    assert lineage.problems == ()


def test_the_nearest_run_of_a_flow_is_a_metaflow_run(demo_runs: dict[str, str]) -> None:
    lineage = trace("PredictionFlow")
    run = lineage["ETLFlow"]
    assert run.pathspec == demo_runs["etl"]
    assert run.data.rows == len(run.data.table)


def test_a_second_call_keeps_the_runs(demo: Story) -> None:
    store, runs = demo
    said: list[str] = []
    assert make_runs(store.root, said.append) == runs
    assert said == ["using the 8 runs of an earlier call"]


def test_a_store_that_lost_a_run_is_made_anew(demo: Story, tmp_path: Path) -> None:
    broken = Demo(tmp_path)
    broken.finished.write_text('{"etl": "ETLFlow/1"}')
    assert broken.runs() is None


def test_a_run_that_goes_wrong_is_said_with_the_end_of_its_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/ingestflow.py").write_text("class IngestFlow(\nraise SystemExit('out of order')")
    monkeypatch.setattr("lineage.demo.FLOWS", tmp_path / "flows")
    with pytest.raises(DemoError, match=r"ingestflow\.py ended with exit code 1"):
        make_runs(tmp_path / "store", print)


def test_the_command_prints_the_tree_and_writes_the_report(demo: Story) -> None:
    store, runs = demo
    shown = command(store, "trace", "PredictionFlow", "--downstream", "all")
    assert shown.returncode == 0, shown.stderr
    assert f"✖ {runs['failed']}  failed" in shown.stdout
    assert f"○ {runs['ingest']}  missing" in shown.stdout
    part = command(store, "trace", "PredictionFlow", "--select", f"+{runs['training']}")
    assert runs["etl"] in part.stdout
    assert runs["data"] not in part.stdout
    written = command(store, "report", runs["training"], "-o", "training.html")
    assert written.stdout.strip() == str(store.root / "training.html")
    assert runs["etl"] in (store.root / "training.html").read_text()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["trace", "TrainingFlow/nope"], "TrainingFlow/nope was not found in the local store at"),
        (["trace", "no such flow"], "no flow 'no such flow'"),
        (["report", "TraningFlow"], "did you mean TrainingFlow?"),
        (["trace", "TrainingFlow", "--select", "status:done"], "unknown status 'done'"),
    ],
)
def test_what_cannot_be_shown_is_one_clear_line(demo: Story, words: list[str], says: str) -> None:
    done = command(demo[0], *words)
    assert done.returncode == 2
    assert done.stderr.startswith("lineage: ")
    assert says in done.stderr
    assert done.stderr.count("\n") == (3 if "--select" in words else 1)  # a selection is shown with a mark
    assert "Traceback" not in done.stderr


def test_a_saved_lineage_of_real_runs_comes_back(demo_runs: dict[str, str], tmp_path: Path) -> None:
    lineage = trace("PredictionFlow")
    back = load(lineage.save(tmp_path / "l.json"))
    assert nx.utils.graphs_equal(back.graph, lineage.graph)


def test_values_of_artifacts_go_into_a_report_only_when_named(
    demo_runs: dict[str, str], tmp_path: Path
) -> None:
    lineage = trace("TrainingFlow")
    plain = lineage.to_html(tmp_path / "plain.html").read_text()
    named = lineage.to_html(tmp_path / "named.html", artifacts=["model", "rows"]).read_text()
    assert "intercept" not in plain
    assert "intercept" in named
    with pytest.raises(InvalidArgument, match=r"artifacts must be a list of names: \['model'\]"):
        lineage.to_html(tmp_path / "no.html", artifacts="model")
