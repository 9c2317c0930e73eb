"""A company's lineage: two projects, the same flows each day, one of which fails now."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import networkx as nx

from lineage import Lineage

FIRST_DAY = datetime(2026, 11, 1, 5, tzinfo=timezone.utc)
FLOWS = {  # project -> flow -> what triggers it; events begin with "!"
    "shop": {
        "IngestFlow": "!orders_landed",
        "ETLFlow": "IngestFlow",
        "FeatureFlow": "ETLFlow",
        "QualityFlow": "ETLFlow",
        "TrainFlow": "FeatureFlow",
        "ReportFlow": "QualityFlow",
        "PredictFlow": "TrainFlow",
    },
    "search": {
        "CrawlFlow": "",
        "EmbedFlow": "CrawlFlow",
        "IndexFlow": "EmbedFlow",
        "RankFlow": "IndexFlow",
        "EvalFlow": "RankFlow",
    },
}
FAILING = "ReportFlow"  # on each of the last five days


def company(days: int) -> Lineage:
    """Twelve runs a day, asked for the last run of `ReportFlow`, which failed in the step `render`."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for day in range(days):
        for project, flows in FLOWS.items():
            for place, (flow, cause) in enumerate(flows.items()):
                at = FIRST_DAY + timedelta(days=day, minutes=20 * place)
                key = f"{flow}/{day}"
                failed = flow == FAILING and day >= days - 5
                graph.add_node(key, **_run(flow, str(day), project, at, failed))
                if cause.startswith("!"):
                    event = f"event:{cause[1:]}/{day}"
                    graph.add_node(
                        event, kind="event", name=cause[1:], event_id=str(day), timestamp=at, payload=None
                    )
                    graph.add_edge(event, key, kind="trigger", event=cause[1:], timestamp=at)
                elif cause:
                    name = f"metaflow.{cause}.end"
                    graph.add_edge(f"{cause}/{day}", key, kind="trigger", event=name, timestamp=at)
    return Lineage(graph, focus=(f"{FAILING}/{days - 1}",), source="local store at /data/.metaflow")


def _run(flow: str, run_id: str, project: str, at: datetime, failed: bool) -> dict[str, object]:
    return {
        "kind": "run",
        "flow": flow,
        "run_id": run_id,
        "status": "failed" if failed else "completed",
        "created_at": at,
        "finished_at": at + timedelta(minutes=6),
        "user": "ann",
        "tags": ["nightly"],
        "system_tags": [],
        "project": project,
        "branch": "prod",
        "origin": None,
        "start_step": "start",
        "end_step": "end",
        "failed_step": "render" if failed else None,
    }
