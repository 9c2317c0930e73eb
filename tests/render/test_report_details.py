"""What a report says of real runs: parameters, code and artifacts, and where there are none to be had."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import metaflow
import networkx as nx
import pytest

from lineage import Lineage, load, trace
from lineage.client.details import described_runs
from lineage.errors import InvalidArgument
from lineage.graph.run_graph import DETAILS
from lineage.records.model import RunRecord
from lineage.sources import MemorySource
from tests.render.test_page import Parsed, scene_of
from tests.support.drawn import drawn_records
from tests.support.metadata_server import Fault, MetadataServer
from tests.support.planted import plant
from tests.support.planted_lineages import by_run, finished_run
from tests.support.store import Store

LEFT_OUT = "Parameters, code and artifacts of this run are not part of this page."
NOT_FOUND = (
    "Parameters, code and artifacts of this run could not be read for this page: "
    "Metaflow's client did not find the run where it looked."
)


def nodes(page: Path) -> dict[str, Any]:
    return {node["id"]: node for node in scene_of(page.read_text("utf-8"))["nodes"]}


@pytest.fixture(scope="module")
def made(new_store: Callable[[str], Store]) -> tuple[Store, str]:
    """A run of ParametersFlow, and its store: do not change it."""
    store = new_store("parameters")
    (store.root / "words.txt").write_text("word " * 2000)
    huge = json.dumps(["0123456789"] * 9_000)  # 108 kB; one argument holds 128 KiB
    done = store.flow(
        "parameters", "--file", "words.txt", "--huge", huge, env={"TRAP": str(store.root / "sprung")}
    )
    assert done.pathspec, done.output
    return store, done.pathspec


@pytest.fixture
def read_from() -> Iterator[Callable[[Path], None]]:
    """Points Metaflow's client in this process at a store."""
    yield lambda root: metaflow.metadata(f"local@{root}") and None
    metaflow.default_metadata()


@pytest.fixture
def run(made: tuple[Store, str], read_from: Callable[[Path], None]) -> str:
    read_from(made[0].root)
    return made[1]


def test_a_report_tells_parameters_code_and_artifacts_of_each_run(
    demo_runs: dict[str, str], tmp_path: Path
) -> None:
    there = nodes(trace("PredictionFlow", downstream=None).to_html(tmp_path / "report.html"))
    data = there[demo_runs["data"]]
    assert data["parameters"] == {"week": "5"}
    assert data["code"]["script"] == "dataflow.py"
    assert [(a["name"], a["type"]) for a in data["artifacts"]] == [("days", "list")]
    assert data["artifacts"][0]["size"] > 0
    assert {a["name"] for a in there[demo_runs["failed"]]["artifacts"]} == {"slope", "total"}
    assert not [a for node in there.values() for a in node.get("artifacts", []) if "value" in a]
    assert not [node for node in there.values() if "unread" in node]


def test_a_missing_run_and_an_event_have_no_details_and_no_excuse(
    demo_runs: dict[str, str], tmp_path: Path
) -> None:
    there = nodes(trace("PredictionFlow").to_html(tmp_path / "report.html"))
    event = next(node for node in there.values() if node["kind"] == "event")
    for node in (there[demo_runs["ingest"]], event):
        assert not {"parameters", "code", "artifacts", "unread"} & set(node)


def test_only_named_artifacts_come_with_values_and_of_all_runs(
    demo_runs: dict[str, str], tmp_path: Path
) -> None:
    lineage = trace("PredictionFlow")
    there = nodes(lineage.to_html(tmp_path / "report.html", artifacts=["model"], details=False))
    training = there[demo_runs["training"]]
    assert [a["name"] for a in training["artifacts"]] == ["model"]
    assert "slope" in training["artifacts"][0]["value"]
    assert training["unread"] == LEFT_OUT
    assert "code" not in training
    assert "artifacts" not in there[demo_runs["data"]]


def test_the_nearest_runs_are_read_and_the_others_do_not_look_as_if_they_had_nothing(
    demo_runs: dict[str, str], tmp_path: Path
) -> None:
    lineage = trace("PredictionFlow")
    there = nodes(lineage.to_html(tmp_path / "report.html", details=3))
    known = {key for key, node in there.items() if "code" in node}
    assert known == {demo_runs[name] for name in ("prediction", "training", "data")}
    assert {key for key, node in there.items() if "unread" in node} == {demo_runs["etl"]}
    assert there[demo_runs["etl"]]["unread"] == LEFT_OUT


def test_the_same_lineage_gives_the_same_bytes(run: str, tmp_path: Path) -> None:
    lineage = trace(run)
    pages = [lineage.to_html(tmp_path / name).read_bytes() for name in ("a.html", "b.html")]
    assert pages[0] == pages[1]


def test_parameters_are_shown_as_people_read_them(run: str) -> None:
    shown = described_runs(trace(run))[run]["parameters"]
    assert list(shown) == sorted(shown)
    assert shown["alpha"] == "0.25"
    assert shown["grid"] == "{'deep': {'layers': 3}, 'rates': [0.1, 0.2]}"
    assert shown["empty"] == "''"
    assert shown["settings"] == "{'kept': True}"
    assert shown["long"] == f"{'x' * 500}\n… 9,500 more characters"


def test_what_is_large_is_told_by_its_size(run: str) -> None:
    shown = described_runs(trace(run))[run]["parameters"]
    assert re.fullmatch(r"too large to be shown here: 1\d\d kB, list", shown["huge"])
    assert shown["file"] == "a file of 10 kB"


def test_naming_artifacts_loads_none(made: tuple[Store, str], run: str, tmp_path: Path) -> None:
    node = nodes(trace(run).to_html(tmp_path / "report.html"))[run]
    assert [a["name"] for a in node["artifacts"]] == ["rows", "trap"]
    assert not (made[0].root / "sprung").exists()


def test_hostile_values_stay_text(run: str, tmp_path: Path) -> None:
    page = trace(run).to_html(tmp_path / "report.html")
    text = page.read_text("utf-8")
    assert "window.hacked" in nodes(page)[run]["parameters"]["note"]
    assert [a.get("type") for a, _ in Parsed(text).all("script")] == ["application/json", "module"]
    assert not set(text) & {"\u2028", "\u202e"}


def test_hostile_names_stay_text(store: Store, read_from: Callable[[Path], None], tmp_path: Path) -> None:
    done = store.flow("etl")
    assert done.pathspec, done.output
    name = "</script><img onerror=1>\u2028" + "n" * 10_000
    meta = store.metaflow_dir / done.pathspec / "_parameters" / "0" / "_meta"
    known = json.loads((meta / "0_artifact_name.json").read_text())
    (meta / "0_artifact_hostile.json").write_text(json.dumps(known | {"name": name}))
    read_from(store.root)
    page = trace(done.pathspec).to_html(tmp_path / "report.html")
    assert nodes(page)[done.pathspec]["parameters"] == {name: "not loaded: its size is not recorded"}
    assert "<img" not in page.read_text("utf-8")


def test_values_of_parameters_can_be_left_out_and_their_names_stay(run: str, tmp_path: Path) -> None:
    page = trace(run).to_html(tmp_path / "report.html", parameters=False)
    node = nodes(page)[run]
    assert set(node["parameters"].values()) == {"not part of this page"}
    assert "alpha" in node["parameters"]
    assert {a["name"] for a in node["artifacts"]} == {"rows", "trap"}
    assert "window.hacked" not in page.read_text("utf-8")


def test_a_deleted_datastore_is_told_where_the_value_would_be(
    made: tuple[Store, str], read_from: Callable[[Path], None], tmp_path: Path
) -> None:
    shutil.copytree(made[0].metaflow_dir, tmp_path / ".metaflow")
    _point_at(tmp_path, made[1])
    shutil.rmtree(tmp_path / ".metaflow" / "ParametersFlow" / "data")
    read_from(tmp_path)
    node = nodes(trace(made[1]).to_html(tmp_path / "report.html"))[made[1]]
    assert node["parameters"]["alpha"].startswith("cannot be loaded: ")
    assert [a["name"] for a in node["artifacts"]] == ["rows", "trap"]
    assert "unread" not in node


def _point_at(root: Path, pathspec: str) -> None:
    """Make a copied run say that its datastore is where the copy is."""
    for file in (root / ".metaflow" / pathspec).glob("*/*/_meta/sysmeta_ds-root_*.json"):
        fields = json.loads(file.read_text())
        file.write_text(json.dumps(fields | {"value": str(root / ".metaflow")}))


def test_a_run_deleted_since_it_was_traced_says_so_and_the_page_is_there(
    store: Store, read_from: Callable[[Path], None], tmp_path: Path
) -> None:
    done = store.flow("etl")
    assert done.pathspec, done.output
    read_from(store.root)
    lineage = trace(done.pathspec)
    shutil.rmtree(store.metaflow_dir / done.pathspec)
    assert nodes(lineage.to_html(tmp_path / "report.html"))[done.pathspec]["unread"] == NOT_FOUND


def test_a_run_that_failed_before_it_left_anything_has_its_code(
    store: Store, read_from: Callable[[Path], None], tmp_path: Path
) -> None:
    done = store.flow("failing")
    assert done.pathspec, done.output
    read_from(store.root)
    node = nodes(trace(done.pathspec).to_html(tmp_path / "report.html"))[done.pathspec]
    assert node["code"]["script"] == "failing.py"
    assert not {"artifacts", "parameters", "unread"} & set(node)


def test_another_store_s_run_of_the_same_name_lends_nothing(run: str, tmp_path: Path) -> None:
    began = datetime(2026, 1, 1, tzinfo=timezone.utc)
    elsewhere = MemorySource([RunRecord(*run.split("/"), status="completed", created_at=began)])
    node = nodes(trace(run, source=elsewhere).to_html(tmp_path / "report.html"))[run]
    assert node["unread"] == NOT_FOUND
    assert not {"parameters", "code", "artifacts"} & set(node)


def test_a_saved_lineage_is_written_with_details_here_and_without_them_elsewhere(
    run: str, read_from: Callable[[Path], None], tmp_path: Path
) -> None:
    saved = trace(run).save(tmp_path / "lineage.json")
    assert "code" in nodes(load(saved).to_html(tmp_path / "here.html"))[run]
    (tmp_path / "elsewhere" / ".metaflow").mkdir(parents=True)
    read_from(tmp_path / "elsewhere")
    assert nodes(load(saved).to_html(tmp_path / "there.html"))[run]["unread"] == NOT_FOUND


@pytest.mark.parametrize("details", ["all", -1, 2.5, None])
def test_what_is_no_number_of_runs_is_refused_before_anything_is_read(details: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=f"not {details!r}"):
        trace("A/1", source=MemorySource(drawn_records("A/1"))).to_html(tmp_path / "a.html", details=details)
    assert not list(tmp_path.iterdir())


def test_the_command_has_the_same_choices(
    run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from lineage.cli import _parser, main

    monkeypatch.chdir(tmp_path)
    assert _parser().parse_args(["report", run]).details == DETAILS
    for words, known in (([], True), (["--details", "all"], True), (["--no-details"], False)):
        assert main(["report", run, "-o", "report.html", *words]) == 0
        assert ("code" in nodes(tmp_path / "report.html")[run]) is known
    assert main(["report", run, "-o", "report.html", "--no-parameters"]) == 0
    assert nodes(tmp_path / "report.html")[run]["parameters"]["alpha"] == "not part of this page"


# ---- in S3

S3_SETTINGS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "METAFLOW_DEFAULT_DATASTORE": "s3",
    "METAFLOW_DATASTORE_SYSROOT_S3": "s3://bucket/metaflow",
}
READ_BY_EIGHT_AT_ONCE = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from lineage.client.artifacts import run_details
from lineage.client.runs import metaflow_run
with ThreadPoolExecutor(8) as pool:
    found = {repr(d) for d in pool.map(lambda _: run_details(metaflow_run("RUN")), range(24))}
details = run_details(metaflow_run("RUN"))
known = {artifact.name: artifact.size for artifact in details.artifacts}
print(json.dumps([len(found), details.parameters["alpha"], repr(details.parameters["file"]), known]))
"""


def test_many_threads_read_from_one_object_store(store: Store) -> None:
    boto3 = pytest.importorskip("boto3", reason="an object store needs boto3")
    moto_server = pytest.importorskip("moto.server", reason="an object store on this machine is moto's")
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        address = "http://{}:{}".format(*server.get_host_and_port())
        session = boto3.session.Session("test", "test", region_name="us-east-1")
        session.client("s3", endpoint_url=address).create_bucket(Bucket="bucket")
        environ = S3_SETTINGS | {"METAFLOW_S3_ENDPOINT_URL": address, "TRAP": str(store.root / "sprung")}
        (store.root / "words.txt").write_text("word")
        done = store.flow("parameters", "--file", "words.txt", env=environ)
        assert done.returncode == 0, done.output
        assert done.pathspec
        seen = store.client(READ_BY_EIGHT_AT_ONCE.replace("RUN", done.pathspec), env=environ)
    finally:
        server.stop()
    assert isinstance(seen, list)
    kinds, alpha, file, artifacts = seen
    assert (kinds, alpha, file) == (1, 0.25, "a file of 4 B")
    assert list(artifacts) == ["rows", "trap"]
    assert all(artifacts.values())
    assert not (store.root / "sprung").exists()


# ---- over HTTP


@pytest.fixture
def served() -> Iterator[MetadataServer]:
    runs = [finished_run("A", "1", 1), finished_run("B", "2", 2, by_run("A/1", 1))]
    with MetadataServer([plant(run) for run in runs]) as server:
        yield server


def _report(server: MetadataServer, folder: Path) -> subprocess.Popen[str]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("METAFLOW_")}
    service = {"METAFLOW_DEFAULT_METADATA": "service", "METAFLOW_SERVICE_URL": server.url}
    return subprocess.Popen(
        [sys.executable, "-m", "lineage", "report", "B/2", "-o", "report.html"],
        cwd=folder,
        env=environ | service | {"METAFLOW_HOME": os.devnull, "METAFLOW_USER": "ann"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_over_http_tasks_without_artifacts_have_their_code_alone(
    served: MetadataServer, tmp_path: Path
) -> None:
    out, err = _report(served, tmp_path).communicate(timeout=60)
    assert out.strip() == str(tmp_path / "report.html"), err
    there = nodes(tmp_path / "report.html")
    for run in ("A/1", "B/2"):
        assert there[run]["code"]["script"]
        assert not {"parameters", "artifacts", "unread"} & set(there[run])


@pytest.mark.slow
def test_ctrl_c_ends_at_once_and_leaves_no_file_even_when_the_server_is_silent(
    served: MetadataServer, tmp_path: Path
) -> None:
    served.faults.append(Fault(r"/artifacts", hang=True))
    with _report(served, tmp_path) as process:
        deadline = time.monotonic() + 60
        while not any("/artifacts" in target for target in served.log):
            assert time.monotonic() < deadline, process.poll()
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.strip() == "lineage: interrupted"
    assert not list(tmp_path.iterdir())


def test_a_lineage_without_runs_is_a_page_without_details(tmp_path: Path) -> None:
    assert nodes(Lineage(nx.DiGraph()).to_html(tmp_path / "report.html")) == {}
