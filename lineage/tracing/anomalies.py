"""What cannot be: runs that caused themselves, and causes that began after their effects."""

from __future__ import annotations

import networkx as nx

from lineage.records.model import Problem


def break_cycles(graph: nx.DiGraph[str]) -> list[Problem]:
    """Take the edges out of a graph that make a run its own cause; broken records only.

    Of each cycle the edge goes whose cause began latest compared with its effect: time runs forward.
    """
    problems = []
    components = nx.strongly_connected_components(graph)
    knots = [found for found in components if len(found) > 1 or any(graph.has_edge(n, n) for n in found)]
    for knot in [graph.subgraph(found).copy() for found in knots]:
        while True:
            try:
                cycle = nx.find_cycle(knot)
            except nx.NetworkXNoCycle:
                break
            cause, effect = max(cycle, key=lambda edge: (_lateness(graph, *edge[:2]), edge))[:2]
            knot.remove_edge(cause, effect)
            graph.remove_edge(cause, effect)
            what = "itself" if cause == effect else f"{cause}, which it is itself a cause of"
            problems.append(Problem(effect, f"recorded as caused by {what}; that link is left out"))
    return sorted(problems, key=str)


def too_early(graph: nx.DiGraph[str]) -> list[Problem]:
    """Runs that began before the run that triggered them: the clocks disagree."""
    return [
        Problem(effect, f"began before {cause}, which triggered it; the clocks may disagree")
        for cause, effect in sorted(graph.edges)
        if _lateness(graph, cause, effect) > 0
    ]


def _lateness(graph: nx.DiGraph[str], cause: str, effect: str) -> float:
    """Seconds by which a cause began after its effect; 0 where a time is not known."""
    before, after = (graph.nodes[key].get("created_at") for key in (cause, effect))
    return (before - after).total_seconds() if before and after else 0.0
