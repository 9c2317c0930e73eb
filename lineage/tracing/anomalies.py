"""Find cycles, and causes that began after their effects."""

from __future__ import annotations

from functools import partial

from lineage.graph.parts import part_of
from lineage.lazy import nx
from lineage.records.model import Problem


def fold_answers(graph: nx.DiGraph[str]) -> None:
    """Fold reads of a run by the run that started it into the attribute `returned` of the edge between them.

    An edge back would make each run a cause of the other.
    """
    reads = [(u, v) for u, v, edge in graph.edges(data=True) if edge["kinds"] == ["read"]]
    for cause, effect in reads:
        if graph.has_edge(effect, cause) and graph.edges[effect, cause]["kinds"] != ["read"]:
            graph.edges[effect, cause]["returned"] = graph.edges[cause, effect]["artifacts"]
            graph.remove_edge(cause, effect)


def break_cycles(graph: nx.DiGraph[str]) -> list[Problem]:
    """Remove the edges that make a run its own cause.

    Each cycle loses an edge that is only a read, if there is one, because a run may read what follows from
    it. Otherwise the records are broken, and the cycle loses the edge whose cause began latest compared with
    its effect.
    """
    problems = []
    components = nx.strongly_connected_components(graph)
    knots = [nodes for nodes in components if len(nodes) > 1 or any(graph.has_edge(n, n) for n in nodes)]
    for knot in [part_of(graph, nodes) for nodes in knots]:
        while True:
            try:
                cycle = nx.find_cycle(knot)
            except nx.NetworkXNoCycle:
                break
            cause, effect = max(cycle, key=partial(_goes_first, graph))
            read = _is_only_read(graph, cause, effect)
            knot.remove_edge(cause, effect)
            graph.remove_edge(cause, effect)
            which = "itself" if cause == effect else f"{cause}, which it is itself a cause of"
            how = "read artifacts of" if read else "recorded as caused by"
            problems.append(Problem(effect, f"{how} {which}; that link is left out"))
    return sorted(problems, key=str)


def too_early(graph: nx.DiGraph[str]) -> list[Problem]:
    """Report runs that began before the run that triggered them, which means that clocks disagree.

    Reads are exempt: a run may begin before the run whose artifacts it reads.
    """
    return [
        Problem(effect, f"began before {cause}, which set it off; the clocks may disagree")
        for cause, effect in sorted(graph.edges)
        if _lateness(graph, cause, effect) > 0 and not _is_only_read(graph, cause, effect)
    ]


def _goes_first(graph: nx.DiGraph[str], edge: tuple[str, str]) -> tuple[bool, float, tuple[str, str]]:
    cause, effect = edge
    return _is_only_read(graph, cause, effect), _lateness(graph, cause, effect), edge


def _is_only_read(graph: nx.DiGraph[str], cause: str, effect: str) -> bool:
    return bool(graph.edges[cause, effect].get("kind") == "read")


def _lateness(graph: nx.DiGraph[str], cause: str, effect: str) -> float:
    """Seconds by which a cause began after its effect; 0 if a time is unknown."""
    before, after = (graph.nodes[key].get("created_at") for key in (cause, effect))
    return (before - after).total_seconds() if before and after else 0.0
