"""Lineages whose names, values and attributes mean something else in some format."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import networkx as nx

from lineage.graph.run_graph import event_attributes, run_attributes
from lineage.records.model import RunRecord, TriggerEvent
from tests.support.lineages import trigger_lineage

DAY = datetime(2026, 3, 2, 9, 0, 0, 250_000, tzinfo=timezone.utc)

# each means something in some format, and is an ordinary name for all that
NAMES = (
    *("end", "node", "subgraph", "graph TD", "1. first", "- item", "abc", "None", "true", "nan", "34"),
    *("a:b:c", 'say "hi"', "it's", "[x]", "{y}", "(z)", "<b>bold</b>", "a & b &amp; c", "a;b#35;c", "a|b"),
    *(
        "`code`",
        "_em_ __strong__ *x*",
        "$$x^2$$",
        "%% comment",
        "a --> b",
        "a\\b",
        "ends in \\",
        '\\" ]; x [',
    ),
    *("two\nlines", "tab\there", "return\rhere", "nul\x00", "bell\x07", "half \ud800", "\ufffe", "e\u0301té"),
    *("\u202eevil", "🦆", "日本語", " spaced ", "\\N \\G", "click n0 href", "&quot;", "x" * 300),
)


def run(flow: str, run_id: str, minutes: int = 0, **facts: Any) -> dict[str, Any]:
    """The attributes of a run that took five minutes."""
    began = DAY + timedelta(minutes=minutes)
    known = {"status": "completed", "created_at": began, "finished_at": began + timedelta(minutes=5)}
    return run_attributes(RunRecord(flow, run_id, **(known | facts)))


def small_graph() -> nx.DiGraph[str]:
    """A graph with every kind of edge, with and without the attributes that came later.

    ```
    event:arrived/1 ─trigger─▶ ETLFlow/1 ─trigger─▶ TrainingFlow/2 ─read─▶ ScoreFlow/3 ─spawn─▶ ReportFlow/4
                                       GoneFlow/9 ─trigger─▶ ┘     └─read─▶ ReportFlow/4
                                                                           ScoreFlow/3 ─resume─▶ ScoreFlow/5
                                       ETLFlow/1 ─publish─▶ event:done/2 ─trigger─▶ ScoreFlow/5
    ```
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    arrived = TriggerEvent(
        "arrived", "1", DAY - timedelta(minutes=1), "event", {"table": "orders", "rows": 7}
    )
    done = TriggerEvent("done", "2", DAY + timedelta(minutes=4), "event")
    for event in (arrived, done):
        graph.add_node(event.node, **event_attributes(event))
    tags = ("project:fraud", "project_branch:prod", "user:ann", "plain")
    graph.add_node("ETLFlow/1", **run("ETLFlow", "1", 0, user="ann", tags=("abc", "end"), system_tags=tags))
    graph.add_node("TrainingFlow/2", **run("TrainingFlow", "2", 10), usual_duration=290.5, more_downstream=3)
    graph.add_node("ScoreFlow/3", **run("ScoreFlow", "3", 20, status="failed"))
    graph.add_node("ReportFlow/4", **run("ReportFlow", "4", 30, status="running", finished_at=None))
    graph.add_node("ScoreFlow/5", **run("ScoreFlow", "5", 40, origin="ScoreFlow/3"))
    gone = run("GoneFlow", "9", status="missing", created_at=None, finished_at=None)
    graph.add_node("GoneFlow/9", **gone)
    trigger = {"kind": "trigger", "event": "metaflow.ETLFlow.end", "timestamp": DAY + timedelta(minutes=6)}
    graph.add_edge(arrived.node, "ETLFlow/1", **trigger | {"event": "arrived"})
    graph.add_edge("ETLFlow/1", "TrainingFlow/2", **trigger)
    graph.add_edge("GoneFlow/9", "TrainingFlow/2", **trigger, kinds=None, artifacts=None, steps=None)
    read = {"kind": "read", "kinds": ["read"], "event": None, "timestamp": None}
    graph.add_edge("TrainingFlow/2", "ScoreFlow/3", **read, artifacts=["model", "scores"], steps=["start"])
    graph.add_edge("TrainingFlow/2", "ReportFlow/4", **read, artifacts=[], steps=None)
    spawn = {"kind": "spawn", "kinds": ["spawn", "read"], "event": None, "timestamp": None}
    artifacts = {"artifacts": ["a", "b", "c", "d"], "more_artifacts": 1200, "returned": ["summary"]}
    reads = [{"artifact": "ScoreFlow/3/end/4/a", "sha": "ab12", "step": "x"}]
    graph.add_edge("ScoreFlow/3", "ReportFlow/4", **spawn, **artifacts, steps=["x", "end"], reads=reads)
    graph.add_edge("ScoreFlow/3", "ScoreFlow/5", kind="resume", event=None, timestamp=None)
    graph.add_edge("ETLFlow/1", done.node, kind="publish", kinds=["publish"], event="done", timestamp=DAY)
    graph.add_edge(done.node, "ScoreFlow/5", **trigger | {"event": "done"}, kinds=["trigger"])
    return graph


def hostile_graph() -> nx.DiGraph[str]:
    """A chain event, run, event, run … in which every text is one of the hostile names."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    before = None
    for i, name in enumerate(NAMES):
        event = TriggerEvent(name, f"{i}:{name}", DAY, "event", {name: [name, None, 1.5]})
        graph.add_node(event.node, **event_attributes(event))
        key = f"Flow{i}/{name.translate(dict.fromkeys(map(ord, '/' + chr(92))))}"  # neither is in a run id
        tags = (name, "abc", "end")
        graph.add_node(key, **run(f"Flow{i}", key.split("/", 1)[1], i, user=name, tags=tags, start_step=name))
        graph.add_edge(event.node, key, kind="trigger", event=name, timestamp=DAY)
        if before is not None:
            read = {"kinds": ["read"], "artifacts": [name, "abc"], "steps": [name]}
            graph.add_edge(before, event.node, kind="publish", event=name, timestamp=None, **read)
        before = key
    return graph


def decorated_graph() -> nx.DiGraph[str]:
    """The small graph with attributes of other programs, under names that formats take for themselves."""
    graph = small_graph()
    for i, node in enumerate(graph.nodes.values()):
        node |= {"id": i, "label": "L", "type": "t", "parents": "p", "start": 1, "end": 2, "viz": "v"}
        node |= {"pagerank": i / 7, "mixed": i if i % 2 else "text", "number": i if i % 2 else i / 2}
        node |= {"large": 2**31 + i, "truth": bool(i % 2), "nothing": float("nan"), "empty": "", "key": "k"}
        node |= {"page rank": i, "page_rank": i + 1, "set": {"b", "a"}, "END": "e", "__books__": object()}
    for i, edge in enumerate(graph.edges[ends] for ends in graph.edges):
        edge |= {
            "type": "t",
            "start": 1,
            "end": 2,
            "id": f"e{i}",
            "source": "s",
            "target": "t",
            "weight": 0.5,
        }
        edge |= {"label": "L", "key": "k", "cause": "c", "steps": ["abc", "def"]}
    return graph


def large_graph() -> nx.DiGraph[str]:
    """A lineage as in real use."""
    return trigger_lineage(300, seed=3)


GRAPHS = {
    "small": small_graph,
    "hostile": hostile_graph,
    "decorated": decorated_graph,
    "large": large_graph,
    "empty": nx.DiGraph,
}
