"""Arrange the flows of a summary: a lane for each project, in it a column for each stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from lineage.graph.parts import part_of
from lineage.layout import Position, place
from lineage.lazy import nx

_GAP = 1.3  # rows from the last row of a lane to the first of the next, which has a heading

Lanes = dict[str, list[str]]  # project -> its flows and the events that start them, from left to right
Routes = dict[tuple[str, str], list[Position]]


def arranged(
    flows: nx.DiGraph[str], projects: Mapping[str, str | None]
) -> tuple[Lanes, dict[str, Position], Routes]:
    """Place flows and events in lanes.

    Parameters
    ----------
    flows
        Flows and events, with an edge where one leads to the other.
    projects
        The project of each flow, empty if it has none; None for an event, which goes with what it starts.

    Returns
    -------
    lanes : dict
        By project, the largest first; the flows of each as an outline, causes before effects.
    positions : dict
        Column and row of each node; the lanes lie below each other.
    routes : dict
        Waypoints of edges within a lane that pass a column.
    """
    lanes: Lanes = {}
    for name in flows:
        lanes.setdefault(_lane(name, flows, projects), []).append(name)
    positions: dict[str, Position] = {}
    routes: Routes = {}
    top = 0.0
    for lane, members in sorted(lanes.items(), key=lambda lane: -len(lane[1])):
        placement = place(part_of(flows, members))
        spots: dict[Any, Position] = dict(placement.positions)
        ys = [y for _, y in spots.values()] + [y for way in placement.routes.values() for _, y in way]
        shift = top - min(ys)
        positions |= {name: (x, round(y + shift, 3)) for name, (x, y) in spots.items()}
        routes |= {_ends(edge): [(x, y + shift) for x, y in way] for edge, way in placement.routes.items()}
        top = max(ys) + shift + _GAP
        lanes[lane] = _read_down(flows, sorted(members, key=lambda name: positions[name]))
    ordered = sorted(lanes, key=lambda lane: min(positions[name][1] for name in lanes[lane]))
    return {lane: lanes[lane] for lane in ordered}, positions, routes


def _read_down(flows: nx.DiGraph[str], members: list[str]) -> list[str]:
    """The flows of a lane as an outline: each is followed by those that it starts."""
    order: dict[str, None] = {}
    rank = {name: i for i, name in enumerate(members)}
    stack = members[::-1]
    while stack:
        name = stack.pop()
        if name not in order:
            order[name] = None
            stack += sorted(
                (n for n in flows.successors(name) if n in rank), key=rank.__getitem__, reverse=True
            )
    return list(order)


def _ends(edge: tuple[Any, Any]) -> tuple[str, str]:
    return edge[0], edge[1]


def _lane(name: str, flows: nx.DiGraph[str], projects: Mapping[str, str | None]) -> str:
    own = projects[name]
    if own is not None:
        return own
    near: Sequence[str] = [
        p for other in (*flows.successors(name), *flows.predecessors(name)) if (p := projects[other])
    ]
    return Counter(near).most_common(1)[0][0] if near else ""
