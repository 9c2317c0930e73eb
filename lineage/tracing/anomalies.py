"""Cycles, and causes that began after their effects."""

from __future__ import annotations

from functools import partial

import networkx as nx

from lineage.records.model import Problem


def fold_answers(graph: nx.DiGraph[str]) -> None:
    """Where a run read artifacts of a run that it had started, say so on the edge that leads there.

    The edge back would make each the cause of the other.
    """
    reads = [(u, v) for u, v, edge in graph.edges(data=True) if edge["kinds"] == ["read"]]
    for cause, effect in reads:
        if graph.has_edge(effect, cause) and graph.edges[effect, cause]["kinds"] != ["read"]:
            graph.edges[effect, cause]["returned"] = graph.edges[cause, effect].get("artifacts", [])
            graph.remove_edge(cause, effect)


def break_cycles(graph: nx.DiGraph[str]) -> list[Problem]:
    """Take the edges out of a graph that make a run its own cause.

    Of each cycle an edge goes that only stands for a read, if there is one: a run may well read what
    follows from it. Else the records are broken. The one whose cause began latest compared with its effect
    goes, as time runs forward.
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
            cause, effect = max(cycle, key=partial(_goes_first, graph))[:2]
            read = _is_only_read(graph, cause, effect)
            knot.remove_edge(cause, effect)
            graph.remove_edge(cause, effect)
            which = "itself" if cause == effect else f"{cause}, which it is itself a cause of"
            how = "read artifacts of" if read else "recorded as caused by"
            problems.append(Problem(effect, f"{how} {which}; that link is left out"))
    return sorted(problems, key=str)


def too_early(graph: nx.DiGraph[str]) -> list[Problem]:
    """Runs that began before the run that set them off: the clocks disagree.

    A run may have begun before one whose artifacts it reads.
    """
    return [
        Problem(effect, f"began before {cause}, which set it off; the clocks may disagree")
        for cause, effect in sorted(graph.edges)
        if _lateness(graph, cause, effect) > 0 and not _is_only_read(graph, cause, effect)
    ]


def _goes_first(graph: nx.DiGraph[str], edge: tuple[str, ...]) -> tuple[bool, float, tuple[str, ...]]:
    cause, effect = edge[:2]
    return _is_only_read(graph, cause, effect), _lateness(graph, cause, effect), (cause, effect)


def _is_only_read(graph: nx.DiGraph[str], cause: str, effect: str) -> bool:
    return bool(graph.edges[cause, effect].get("kind") == "read")


def _lateness(graph: nx.DiGraph[str], cause: str, effect: str) -> float:
    """Seconds by which a cause began after its effect; 0 where a time is not known."""
    before, after = (graph.nodes[key].get("created_at") for key in (cause, effect))
    return (before - after).total_seconds() if before and after else 0.0
