"""Scenes to draw: small ones from a drawing, large ones made up."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import networkx as nx

from lineage import Lineage
from lineage.scene.lineage_scene import scene
from tests.support.lineages import trigger_lineage

READ_AT = datetime(2026, 3, 1, tzinfo=timezone.utc)


def made_up_scene(runs: int, seed: int = 0, **changes: Any) -> dict[str, Any]:
    """The scene of a lineage of `runs` runs, asked for the run with the most causes and effects."""
    graph = trigger_lineage(runs, seed)
    largest = max(nx.weakly_connected_components(graph), key=len)
    candidates = sorted(key for key in largest if graph.nodes[key]["kind"] == "run")

    def kin(key: str) -> int:
        return (len(nx.ancestors(graph, key)) + 1) * (len(nx.descendants(graph, key)) + 1)

    focus = max(candidates[:400], key=kin)
    lineage = Lineage(graph, focus=(focus,), source="local store at /data/.metaflow", read_at=READ_AT)
    return scene(lineage) | changes


def small_scene(**changes: Any) -> dict[str, Any]:
    """Eight nodes with one of each kind: statuses, an event, a resumed run, a run that is gone."""
    made = made_up_scene(1)
    run = {"kind": "run", "created_at": "2026-01-05T06:00:00Z", "user": "ann", "status": "completed"}
    nodes = [
        _run(run, "ETLFlow/17", 0, 0, duration=620.0, usual=300.0, usual_of=12, tags=["prod", "nightly"]),
        {
            "id": "event:data.arrived/8f1c",
            "kind": "event",
            "name": "data.arrived",
            "event_id": "8f1c",
            "label": "data.arrived",
            "timestamp": "2026-01-05T06:30:00Z",
            "payload": {"table": "orders", "rows": 1200},
            "x": 0,
            "y": 1,
        },
        _run(run, "RawFlow/3", 0, 2, status="missing", user=None, created_at=None),
        _run(run, "TrainingFlow/34", 1, 0, duration=75.0, more_upstream=2),
        _run(run, "DataFlow/8", 1, 1, duration=12.5),
        _run(run, "PredictionFlow/12", 2, 1, duration=3.2, more_downstream=42),
        _run(run, "TrainingFlow/35", 2, 0, status="failed", duration=4.0, origin="TrainingFlow/34"),
        _run(run, "ReportFlow/2", 3, 1, status="running"),
    ]
    edges = [
        _edge(0, 3, "metaflow.ETLFlow.end"),
        _edge(1, 4, "data.arrived"),
        _edge(2, 4, "metaflow.RawFlow.end"),
        _edge(3, 5, "metaflow.TrainingFlow.end"),
        _edge(4, 5, "metaflow.DataFlow.end"),
        {"source": 3, "target": 6, "kind": "resume"},
        _edge(5, 7, "metaflow.PredictionFlow.end"),
    ]
    problems = [{"pathspec": "RawFlow/3", "reason": "the run was a trigger, but it was not found"}]
    return (
        made
        | {
            "title": "PredictionFlow/12",
            "focus": [5],
            "nodes": nodes,
            "edges": edges,
            "problems": problems,
        }
        | changes
    )


def chain_scene(runs: int, focus: int) -> dict[str, Any]:
    """Runs in a row, each triggered by the one before it: Stage0Flow/0, Stage1Flow/1, …"""
    run = {"kind": "run", "created_at": "2026-01-05T06:00:00Z", "user": "ann", "status": "completed"}
    nodes = [_run(run, f"Stage{i}Flow/{i}", i, 0, duration=60.0 + i) for i in range(runs)]
    edges = [_edge(i, i + 1, f"metaflow.Stage{i}Flow.end") for i in range(runs - 1)]
    asked = {"title": f"Stage{focus}Flow/{focus}", "focus": [focus]}
    return made_up_scene(1) | asked | {"nodes": nodes, "edges": edges, "problems": []}


def _run(base: dict[str, Any], pathspec: str, x: int, y: int, **facts: Any) -> dict[str, Any]:
    flow, run_id = pathspec.split("/")
    node = base | {"id": pathspec, "flow": flow, "run_id": run_id, "label": run_id, "x": x, "y": y} | facts
    return {key: value for key, value in node.items() if value is not None}


def _edge(source: int, target: int, event: str) -> dict[str, Any]:
    times = {"timestamp": "2026-01-05T06:45:00Z"}
    return {"source": source, "target": target, "kind": "trigger", "event": event, **times}
