"""Of a lineage that is too large to draw run by run, the part that is nearest."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import pytest

from lineage import Lineage
from lineage.render.figures import dag_figure
from lineage.render.still import svg
from lineage.scene import part
from lineage.scene.lineage_scene import scene
from lineage.scene.part import drawn_part
from tests.support.companies import company


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "WHOLE", (100, 300))
    monkeypatch.setattr(part, "NEAREST", (20, 60))


def test_a_lineage_up_to_the_limit_is_drawn_whole() -> None:
    lineage = company(7)
    assert drawn_part(lineage) is lineage


def test_the_nearest_are_kept_and_say_what_they_lost_and_the_summary_counts_all() -> None:
    lineage = company(30)
    drawn = scene(lineage)
    ids = [node["id"] for node in drawn["nodes"]]
    assert len(ids) == 20
    # what hangs together with the run that was asked for, then the newest of the others
    assert {"ReportFlow/29", "QualityFlow/29", "TrainFlow/29", "event:orders_landed/29"} <= set(ids)
    assert {"EvalFlow/29", "PredictFlow/28"} <= set(ids)
    assert [ids[i] for i in drawn["focus"]] == ["ReportFlow/29"]
    assert drawn["flows"]["runs"] == 360
    assert drawn["source"].startswith("a part of 360 runs, those nearest to ReportFlow/29 · ")
    lost = sum(node.get("more_upstream", 0) + node.get("more_downstream", 0) for node in drawn["nodes"])
    assert "(18 of 360 runs)" in dag_figure(drawn).layout.title.text
    assert "of 360 runs shown" in svg(drawn)
    border = nx.edge_boundary(lineage.graph.to_undirected(as_view=True), ids)
    assert lost == len(list(border)) > 0


def test_many_edges_make_it_a_part_as_well() -> None:
    graph = nx.DiGraph([(f"AFlow/{i}", f"BFlow/{j}") for i in range(30) for j in range(30)])
    for key in graph:
        graph.nodes[key].update(kind="run", flow=key.split("/")[0], created_at=None)
    kept = drawn_part(Lineage(graph, focus=("AFlow/0",))).graph
    assert "AFlow/0" in kept
    assert kept.number_of_edges() <= 60 + len(kept)


def test_a_chain_is_cut_on_both_sides_of_what_was_asked_for() -> None:
    graph = nx.DiGraph(list(pairwise(f"LoopFlow/{i}" for i in range(500))))
    for key in graph:
        graph.nodes[key].update(kind="run", flow="LoopFlow", created_at=None)
    kept = drawn_part(Lineage(graph, focus=("LoopFlow/250",))).graph
    assert {f"LoopFlow/{i}" for i in range(241, 260)} <= set(kept)
