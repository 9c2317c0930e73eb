"""Choose the part of a large lineage that is drawn run by run; the summary by flow covers the rest."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, TypeVar

from lineage.format import format_count
from lineage.graph.run_graph import RunGraph
from lineage.lazy import nx
from lineage.scene.times import began

Graph = TypeVar("Graph", bound=RunGraph)

WHOLE = 20_000, 60_000  # nodes and edges; up to this, all of a lineage is laid out, sent and drawn
NEAREST = 5_000, 10_000  # nodes and edges of a larger one: laid out in a second, and less than 1 MB deflated

_LONG_AGO = datetime.min.replace(tzinfo=timezone.utc)


def drawn_part(lineage: Graph) -> Graph:
    """Return the part of a lineage that is drawn run by run.

    All of it, up to 20,000 nodes and 60,000 edges. Of a larger one, the 5,000 nodes nearest to the focus, in
    hops in either direction, or fewer if they have more than 10,000 edges; then the newest of the rest. Each
    node counts the neighbours that it lost.
    """
    graph = lineage.graph
    if len(graph) <= WHOLE[0] and graph.number_of_edges() <= WHOLE[1]:
        return lineage
    most, edges = NEAREST
    kept: set[str] = set()
    for key in _nearest_first(graph, lineage.focus):
        kept.add(key)
        edges -= sum(other in kept for near in (graph.pred[key], graph.succ[key]) for other in near)
        if len(kept) == most or edges <= 0:
            break
    return lineage.subset(kept)


def _nearest_first(graph: nx.DiGraph[str], focus: tuple[str, ...]) -> Iterator[str]:
    """All nodes by their distance from the focus, then the newest that are not connected to it, and so on."""
    seen: set[str] = set()
    newest_first = sorted(graph, key=lambda key: began(graph.nodes[key]) or _LONG_AGO, reverse=True)
    for start in (focus, *((key,) for key in newest_first)):
        ring = deque(key for key in start if key not in seen)
        seen.update(ring)
        while ring:
            key = ring.popleft()
            yield key
            for near in (graph.pred[key], graph.succ[key]):
                fresh = [other for other in near if other not in seen]
                seen.update(fresh)
                ring += fresh


def counted_runs(scene: Mapping[str, Any]) -> tuple[int, int]:
    """How many runs a scene has one by one, and how many its lineage has; or flows, of a flow map."""
    drawn = sum(not node["id"].startswith("event:") for node in scene["nodes"])
    return drawn, scene["flows"]["runs"] if "flows" in scene else drawn


def part_words(part: RunGraph, lineage: RunGraph) -> str:
    """Say how much of a lineage is drawn run by run; empty if that is all of it."""
    if part.graph.number_of_nodes() == lineage.graph.number_of_nodes():
        return ""
    which = f"nearest to {', '.join(lineage.focus[:3])}" if lineage.focus else "that began last"
    return f"a part of {format_count(len(lineage), 'run')}, those {which}"
