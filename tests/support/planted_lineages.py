"""Lineages to plant: a small one with everything in it, and big ones that look like real use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from functools import cache

import networkx as nx

from lineage.records.model import ArtifactRead, CountedReads, RunRecord, TriggerEvent
from tests.support.lineages import trigger_lineage
from tests.support.planted import PlantedRun, plant, recently, system_tags

DAY = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)


def finished_run(flow: str, run_id: str, index: int, *triggers: TriggerEvent, **more: object) -> RunRecord:
    """A completed run; the later the index, the later the run."""
    facts = {
        "status": "completed",
        "created_at": DAY + timedelta(hours=index),
        "finished_at": DAY + timedelta(hours=index, minutes=5, milliseconds=250),
        "user": "ann",
        "system_tags": system_tags("ann"),
        "triggers": triggers,
    }
    return RunRecord(flow=flow, run_id=run_id, **(facts | more))


def by_run(pathspec: str, index: int, name: str | None = None, step: str = "end") -> TriggerEvent:
    """The event that a finished run emits."""
    flow = pathspec.split("/")[0]
    when = DAY + timedelta(hours=index, minutes=6)
    return TriggerEvent(name or f"metaflow.{flow}.end", f"{pathspec}/{step}/3", when, "run")


def by_event(name: str, event_id: str, index: int, payload: dict[str, object] | None = None) -> TriggerEvent:
    """An event from outside."""
    return TriggerEvent(name, event_id, DAY + timedelta(hours=index, minutes=-1), "event", payload)


@cache  # some runs are as old as a few minutes: all tests must mean the same ones
def small_lineage() -> tuple[PlantedRun, ...]:
    """Every case that a source has to get right, once, in one connected lineage."""
    arrived = by_event("data.arrived", "e-1", 0, {"table": "orders", "rows": 7})
    etl = finished_run("ETLFlow", "1", 0, arrived, tags=("nightly",))
    tags = system_tags("argo-workflows", "fraud", "prod.v2")
    training = finished_run(
        "TrainingFlow",
        "argo-trainingflow-x7k2p",
        1,
        by_run("ETLFlow/1", 0, "metaflow.fraud.prod.v2.ETLFlow.end"),
        arrived,
        user="argo-workflows",
        system_tags=tags,
        tags=("a", "b"),
    )
    # a custom last step emits two events for one cause
    custom = finished_run(
        "CustomFlow", "2", 2, by_run(training.pathspec, 1), start_step="begin", end_step="finish"
    )
    both = [by_run("CustomFlow/2", 2, f"metaflow.CustomFlow.{step}", "finish") for step in ("finish", "end")]
    score = finished_run("ScoreFlow", "3", 3, *both, by_run("GoneFlow/77", 1))
    failed = finished_run("ScoreFlow", "4", 4, by_run("CustomFlow/2", 2), status="failed", failed_step="work")
    killed = recently(hours=5)
    dead = finished_run("ScoreFlow", "5", 5, status="failed", created_at=killed - timedelta(hours=1))
    dead = RunRecord(**{**_facts(dead), "finished_at": killed.replace(microsecond=0)})
    silent = finished_run("ScoreFlow", "6", 6, by_run("CustomFlow/2", 2), status="unknown", finished_at=None)
    running = finished_run(
        "ScoreFlow", "7", 7, by_run("CustomFlow/2", 2), status="running", created_at=recently(minutes=5)
    )
    running = RunRecord(**{**_facts(running), "finished_at": None})
    resumed = finished_run(
        "ScoreFlow", "8", 8, *failed.triggers, origin="ScoreFlow/4", inherited=True, tags=("again",)
    )
    resumed_custom = finished_run(
        "CustomFlow",
        "9",
        9,
        *custom.triggers,
        origin="CustomFlow/2",
        inherited=True,
        start_step="begin",
        end_step="finish",
    )
    twice = finished_run("ScoreFlow", "10", 10, *failed.triggers, origin="ScoreFlow/8", inherited=True)
    orphan = finished_run("ScoreFlow", "11", 11, origin="ScoreFlow/404")
    rerun = finished_run("ScoreFlow", "12", 12, by_run("ETLFlow/1", 0), origin="ScoreFlow/4")
    single = finished_run("OneStepFlow", "13", 13, start_step="only", end_step="only")
    report = finished_run("ReportFlow", "14", 14, by_run("ScoreFlow/3", 3), by_run("ScoreFlow/8", 8))
    model = ArtifactRead("TrainingFlow/argo-trainingflow-x7k2p/end/3", "model", "ab12", "work")
    rows = ArtifactRead("ETLFlow/1/end/3", "rows", None, "start")
    reader = finished_run(
        "ReaderFlow",
        "15",
        15,
        reads=(rows, model),
        counted_reads=(CountedReads("ETLFlow/1", 1200, "work"),),
        spawned_by="ReportFlow/14/work/2",
        spawned=("SpawnedFlow/argo-spawnedflow-1",),
        published=("event:data.read/e-2",),
    )
    copied = finished_run("ReaderFlow", "16", 16, origin="ReaderFlow/15", copied_reads=(model,))
    readers = [reader, copied]
    plain = [
        etl,
        training,
        custom,
        score,
        failed,
        silent,
        running,
        resumed,
        resumed_custom,
        twice,
        orphan,
    ]
    runs = [plant(record) for record in [*plain, *readers, rerun, single, report]]
    return (*runs, plant(dead, heartbeat=dead.finished_at))


def _facts(record: RunRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def big_lineage(runs: int, seed: int = 0, days: float = 0.0) -> Iterator[RunRecord]:
    """Records of a made-up lineage that looks like real use, oldest first.

    Parameters
    ----------
    runs, seed
        As in `trigger_lineage`.
    days
        End the whole history that many days before now.
    """
    graph = trigger_lineage(runs, seed)
    nodes = [key for key, node in graph.nodes(data=True) if node["kind"] == "run"]
    nodes.sort(key=lambda key: graph.nodes[key]["created_at"])
    latest = max(graph.nodes[key]["created_at"] for key in nodes)
    shift = (recently(days=days) - latest).total_seconds() // 1
    for key in nodes:
        yield _record(graph, key, timedelta(seconds=shift))


def _record(graph: nx.DiGraph, key: str, shift: timedelta) -> RunRecord:
    node = graph.nodes[key]
    running = node["status"] == "running"
    return RunRecord(
        flow=node["flow"],
        run_id=node["run_id"],
        status="unknown" if running else node["status"],
        failed_step="work" if node["status"] == "failed" else None,
        created_at=_whole(node["created_at"] + shift),
        finished_at=None if running else _whole(node["finished_at"] + shift),
        user=node["user"],
        tags=tuple(node["tags"]),
        system_tags=system_tags(node["user"], node["project"], node["branch"]),
        triggers=tuple(_event(graph, cause, key, shift) for cause in sorted(graph.predecessors(key))),
    )


def _event(graph: nx.DiGraph, cause: str, effect: str, shift: timedelta) -> TriggerEvent:
    node, edge = graph.nodes[cause], graph.edges[cause, effect]
    when = (edge["timestamp"] + shift).replace(microsecond=0)
    if node["kind"] == "run":
        return TriggerEvent(edge["event"], f"{cause}/end/3", when, "run")
    return TriggerEvent(node["name"], node["event_id"], when, "event", node["payload"])


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
