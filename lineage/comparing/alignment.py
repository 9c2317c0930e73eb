"""Align two lineages: pair the nodes of one with those of the other, by flow and place."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from lineage.graph.run_graph import RunGraph
from lineage.lazy import nx

_LATE = datetime.max.replace(tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class AlignedPlace:
    """A place in both lineages, or in one of them."""

    a: str | None  # key of the node in the first lineage
    b: str | None  # … in the second
    rank: int  # steps from the furthest root

    @property
    def same(self) -> bool:
        """Whether it is the same run or event in both."""
        return self.a == self.b


def align(a: RunGraph, b: RunGraph) -> list[AlignedPlace]:
    """Pair the nodes of two lineages.

    The focus of the one is paired with that of the other if both are runs of one flow. From there, the
    causes of a pair are paired with each other: those of one flow, or events of one name. If there are
    several, the same run goes with itself, and the others are paired in the order of their times. What is
    left is paired by flow, the nearest to the focus first.

    Returns
    -------
    list of AlignedPlace
        The places nearest to the roots first.
    """
    partners: dict[str, str] = {}
    taken: set[str] = set()
    queue: deque[tuple[str, str]] = deque()

    def pair(some_a: Iterable[str], some_b: Iterable[str]) -> None:
        free_a = [key for key in some_a if key not in partners]
        free_b = [key for key in some_b if key not in taken]
        for pair_a, pair_b in _pairs(a, free_a, b, free_b):
            partners[pair_a] = pair_b
            taken.add(pair_b)
            queue.append((pair_a, pair_b))

    pair(a.focus, b.focus)
    while queue:
        key_a, key_b = queue.popleft()
        pair(_causes(a, key_a), _causes(b, key_b))
    pair(_nearest_first(a), _nearest_first(b))
    ranks_a, ranks_b = _ranks(a.graph), _ranks(b.graph)
    places = [AlignedPlace(*both, max(ranks_a[both[0]], ranks_b[both[1]])) for both in partners.items()]
    places += [AlignedPlace(key, None, ranks_a[key]) for key in a.graph if key not in partners]
    places += [AlignedPlace(None, key, ranks_b[key]) for key in b.graph if key not in taken]
    return sorted(places, key=lambda place: (place.rank, str(place.a or place.b)))


def _pairs(a: RunGraph, keys_a: list[str], b: RunGraph, keys_b: list[str]) -> Iterable[tuple[str, str]]:
    same = set(keys_a) & set(keys_b)
    yield from ((key, key) for key in keys_a if key in same)
    left_a, left_b = _by_name(a, keys_a, same), _by_name(b, keys_b, same)
    for name, alike in left_a.items():
        yield from zip(alike, left_b.get(name, ()), strict=False)


def _by_name(lineage: RunGraph, keys: list[str], without: set[str]) -> dict[tuple[str, str], list[str]]:
    by_name: dict[tuple[str, str], list[str]] = {}
    for key in keys:
        if key not in without:
            by_name.setdefault(_name(lineage.graph.nodes[key]), []).append(key)
    return by_name


def _name(node: dict[str, Any]) -> tuple[str, str]:
    return (node["kind"], node["name"] if node["kind"] == "event" else node["flow"])


def _causes(lineage: RunGraph, key: str) -> list[str]:
    """The direct causes of a node by time."""
    nodes = lineage.graph.nodes
    return sorted(lineage.graph.predecessors(key), key=lambda cause: _time(nodes[cause]))


def _nearest_first(lineage: RunGraph) -> list[str]:
    """The nodes by their distance from the focus against the arrows, then by time."""
    distances: dict[str, int] = {}
    layers = nx.bfs_layers(lineage.graph.reverse(copy=False), lineage.focus)
    for distance, layer in enumerate(layers):
        distances.update(dict.fromkeys(layer, distance))
    nodes = lineage.graph.nodes
    far = len(lineage.graph)
    return sorted(nodes, key=lambda key: (distances.get(key, far), _time(nodes[key]), key))


def _time(node: dict[str, Any]) -> datetime:
    return node.get("created_at") or node.get("timestamp") or _LATE


def _ranks(graph: nx.DiGraph[str]) -> dict[str, int]:
    return {key: rank for rank, layer in enumerate(nx.topological_generations(graph)) for key in layer}
