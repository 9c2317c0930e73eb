"""The document that is drawn."""

from __future__ import annotations

import json

import pytest

from lineage import trace
from lineage.scene.lineage_scene import scene
from lineage.scene.sites import sites_finder
from lineage.scene.times import iso
from lineage.sources import MemorySource
from tests.support.drawn import START, drawn_records

TEXT = """
    ETLFlow/1 > TrainingFlow/2 > PredictionFlow/4
    first! > DataFlow/3 > PredictionFlow/4
    GoneFlow/0? > PredictionFlow/4
"""


def drawn_scene() -> dict:
    return scene(trace("PredictionFlow/4", source=MemorySource(drawn_records(TEXT))))


def test_it_is_plain_json_and_the_same_lineage_gives_the_same_document() -> None:
    one, two = drawn_scene(), drawn_scene()
    del one["read_at"], two["read_at"]
    assert json.dumps(one) == json.dumps(two)
    assert json.loads(json.dumps(one)) == one


def test_edges_and_focus_point_at_nodes() -> None:
    document = drawn_scene()
    ids = [node["id"] for node in document["nodes"]]
    assert [ids[i] for i in document["focus"]] == ["PredictionFlow/4"]
    arrows = {(ids[e["source"]], ids[e["target"]]) for e in document["edges"]}
    assert ("event:first/id", "DataFlow/3") in arrows
    assert len(arrows) == 5


def test_what_is_empty_is_left_out_and_times_are_utc() -> None:
    nodes = {node["id"]: node for node in drawn_scene()["nodes"]}
    run = nodes["TrainingFlow/2"]
    assert run["created_at"] == "2026-01-01T00:02:00Z"
    assert run["duration"] == 60.0
    assert iso(START.replace(microsecond=120_999)) == "2026-01-01T00:00:00.120Z"
    assert not {"tags", "project", "origin", "more_upstream"} & set(run)
    assert nodes["GoneFlow/0"]["status"] == "missing"
    assert nodes["event:first/id"]["payload"] == {"x": 1}


def test_causes_stand_left_of_effects() -> None:
    document = drawn_scene()
    for edge in document["edges"]:
        assert document["nodes"][edge["source"]]["x"] < document["nodes"][edge["target"]]["x"]


def test_runs_link_to_the_pages_that_metaflows_configuration_names(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "sites" not in str(drawn_scene())
    monkeypatch.setenv("METAFLOW_UI_URL", "https://ui.example.com/")
    monkeypatch.setenv("METAFLOW_ARGO_WORKFLOWS_UI_URL", "https://argo.example.com")
    monkeypatch.setenv("METAFLOW_KUBERNETES_NAMESPACE", "jobs")
    nodes = {node["id"]: node for node in drawn_scene()["nodes"]}
    assert nodes["ETLFlow/1"]["sites"] == [{"name": "Metaflow UI", "url": "https://ui.example.com/ETLFlow/1"}]
    assert "sites" not in nodes["GoneFlow/0"]
    assert [site["url"] for site in sites_finder()("ETLFlow", "argo-etl-x1")] == [
        "https://ui.example.com/ETLFlow/argo-etl-x1",
        "https://argo.example.com/workflows/jobs/etl-x1",
    ]
