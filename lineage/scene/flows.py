"""Summarise a lineage by flow: one card a flow with its runs over time, and edges with counts.

It stays small however many runs there are, so it is what a lineage of hundreds of runs opens with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lineage.graph.run_graph import RunGraph
from lineage.lazy import nx
from lineage.scene.flow_lanes import arranged
from lineage.scene.flow_strips import Axis, axis_of, says, strip
from lineage.scene.times import began

Summary = dict[str, Any]

FROM = 20  # nodes; a smaller lineage is read faster run by run
_EVENT = "event:"  # before the name of an event, which may be that of a flow as well


def flows_summary(lineage: RunGraph) -> Summary | None:
    """Summarise the runs of a lineage by flow, and its events by name.

    Returns
    -------
    dict or None
        `flows` in docs/reference/scene.md; None for a lineage of less than twenty nodes.

    Examples
    --------
    >>> from lineage.graph.run_graph import run_attributes
    >>> from lineage.records.model import RunRecord
    >>> graph = nx.DiGraph()
    >>> for i in range(20):
    ...     graph.add_node(f"ETLFlow/{i}", **run_attributes(RunRecord("ETLFlow", str(i), "completed")))
    >>> [(card["name"], card["runs"], card["says"]) for card in flows_summary(RunGraph(graph))["cards"]]
    [('ETLFlow', 20, 'all completed')]
    """
    graph = lineage.graph
    if len(graph) < FROM:
        return None
    names = {key: _name(node) for key, node in graph.nodes(data=True)}
    groups: dict[str, list[dict[str, Any]]] = {}
    for key, node in graph.nodes(data=True):
        groups.setdefault(names[key], []).append(node)
    flows, counts = _flow_graph(graph, names)
    for group in groups.values():
        group.sort(key=_moment)
    axis = axis_of([moment for group in groups.values() for node in group if (moment := began(node))])
    one_by_one = axis.one_by_one([len(group) for group in groups.values()])
    lanes, positions, routes = arranged(flows, {name: _project(groups[name]) for name in groups})
    index = {name: i for i, name in enumerate(groups)}
    return {
        **axis.described(),
        "runs": len(lineage),
        "events": len(graph) - len(lineage),
        "lanes": [
            {
                "name": lane,
                "runs": sum(_runs(groups[name]) for name in members),
                "cards": [index[n] for n in members],
            }
            for lane, members in lanes.items()
        ],
        "cards": [
            {**_card(name, group, axis, one_by_one), "x": positions[name][0], "y": positions[name][1]}
            for name, group in groups.items()
        ],
        "lines": [
            {"source": index[a], "target": index[b], "count": count, **_routed(routes.get((a, b)))}
            for (a, b), count in counts.items()
        ],
    }


def _card(name: str, group: list[dict[str, Any]], axis: Axis, one_by_one: bool) -> Summary:
    event = name.startswith(_EVENT)
    return {
        "name": name.removeprefix(_EVENT) if event else name,
        **({"event": True} if event else {}),
        "runs": len(group),
        **says(group, axis),
        **strip(group, axis, one_by_one),
    }


def _flow_graph(
    graph: nx.DiGraph[str], names: Mapping[str, str]
) -> tuple[nx.DiGraph[str], Mapping[tuple[str, str], int]]:
    """Flows and events, each with the time of its first; and of how many edges each of theirs is made."""
    first: dict[str, datetime | None] = {}
    for key, node in graph.nodes(data=True):
        name, moment = names[key], began(node)
        earliest = first.setdefault(name, moment)
        if moment and (earliest is None or moment < earliest):
            first[name] = moment
    flows: nx.DiGraph[str] = nx.DiGraph()
    flows.add_nodes_from((name, {"created_at": moment}) for name, moment in first.items())
    counts = Counter((names[cause], names[effect]) for cause, effect in graph.edges)
    flows.add_edges_from(counts)
    return flows, counts


def _name(node: Mapping[str, Any]) -> str:
    return f"{_EVENT}{node['name']}" if node["kind"] == "event" else str(node["flow"])


def _runs(group: list[dict[str, Any]]) -> int:
    return len(group) if group[0]["kind"] == "run" else 0


def _project(group: list[dict[str, Any]]) -> str | None:
    """The project of most of the runs of a flow; None for an event."""
    if group[0]["kind"] == "event":
        return None
    return Counter(node.get("project") or "" for node in group).most_common(1)[0][0]


def _moment(node: Mapping[str, Any]) -> float:
    moment = began(node)
    return moment.timestamp() if moment else float("-inf")


def _routed(route: Any) -> Summary:
    return {"route": [[round(x, 3), round(y, 3)] for x, y in route]} if route else {}
