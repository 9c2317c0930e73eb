"""Build the scene of a lineage: the JSON document that renderers draw (docs/reference/scene.md)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import asdict
from datetime import datetime
from math import isfinite
from typing import Any

from lineage.comparing.reasons import sentence
from lineage.errors import InvalidArgument, nearest
from lineage.format import format_time, short_run_id
from lineage.graph.run_graph import RunGraph
from lineage.layout import Placement, Position, place
from lineage.lazy import nx
from lineage.records.model import DEFAULTS, FACTS
from lineage.scene.flows import flows_summary
from lineage.scene.part import drawn_part, part_words
from lineage.scene.sites import Site, sites_finder
from lineage.scene.times import iso
from lineage.style import EDGE_STYLES, STATUS_STYLES, plain_styles
from lineage.text import DOCUMENT, clean_json
from metaflow_extensions.lineage.plugins.metadata.causes import identity

Scene = dict[str, Any]
Positions = Mapping[str, tuple[float, float]]  # key of a node -> (column, row)


def scene(
    lineage: RunGraph,
    placement: Placement | Positions | None = None,
    details: Mapping[str, Scene] | None = None,
) -> Scene:
    """Build everything a renderer needs to draw a lineage, as JSON values.

    Parameters
    ----------
    lineage
        The lineage to draw.
    placement
        Positions of nodes; nodes without one are laid out beside the others. None lays out all nodes. A
        `Placement` also says which nodes are drawn, as `lineage.scene.part.drawn_part` chose them.
    details
        Details of runs by pathspec: parameters, code, artifacts (docs/reference/scene.md).

    Returns
    -------
    dict
        The document that docs/reference/scene.md describes. The same lineage gives the same document. Of a
        lineage of more than 20,000 nodes it has a part run by run, and all of it by flow.
    """
    if isinstance(placement, Placement):
        whole = len(placement.positions) >= len(lineage.graph)
        part = lineage if whole else lineage.subset({str(key) for key in placement.positions})
    else:
        fixed = checked_positions(placement, lineage.graph)
        part = drawn_part(lineage)
        placement = place(part.graph, fixed=fixed)
    graph = part.graph
    index = {key: i for i, key in enumerate(graph)}
    sites = sites_finder()
    document = {
        "version": 1,
        "title": ", ".join(lineage.focus),
        "focus": [index[key] for key in part.focus],
        "source": _source(lineage, part),
        "read_at": iso(lineage.read_at),
        "styles": plain_styles(STATUS_STYLES),
        "kinds": plain_styles(EDGE_STYLES),
        "nodes": [
            _node(
                key,
                node,
                placement.positions[key],
                {**_why(graph, key), **(details or {}).get(key, {})},
                sites,
            )
            for key, node in graph.nodes(data=True)
        ],
        "edges": [
            _edge(index[cause], index[effect], edge, placement.routes.get((cause, effect)))
            for cause, effect, edge in graph.edges(data=True)
        ],
        "problems": [asdict(problem) for problem in lineage.problems],
        **_filled({"flows": flows_summary(lineage)}),
    }
    cleaned: Scene = clean_json(
        document, DOCUMENT
    )  # of records that were made by hand; those of a store are clean
    return cleaned


def _source(lineage: RunGraph, part: RunGraph) -> str:
    then = f"as it was known at {format_time(lineage.as_of)}" if lineage.as_of else ""
    return " · ".join(filter(None, (part_words(part, lineage), then, lineage.source)))


def checked_positions(positions: Positions | None, graph: nx.DiGraph[str]) -> dict[Hashable, Position]:
    """Check positions given by a user, and return them; raise an error that names the invalid one."""
    for key, position in (positions or {}).items():
        try:
            x, y = map(float, position)
        except (TypeError, ValueError):
            raise InvalidArgument(
                f"layout gives {key!r} the position {position!r}, not (column, row)"
            ) from None
        if not (isfinite(x) and isfinite(y)):
            raise InvalidArgument(f"layout gives {key!r} the position {position!r}, which is not finite")
        if key not in graph:
            raise InvalidArgument(f"layout places {key!r}, which is not in this lineage{nearest(key, graph)}")
    checked: dict[Hashable, Position] = {}
    checked.update(positions or {})
    return checked


def _node(
    key: str,
    node: Mapping[str, Any],
    position: tuple[float, float],
    details: Scene,
    sites: Callable[[str, str], list[Site]],
) -> Scene:
    described = _event(node) if node["kind"] == "event" else _run(node)
    if node["kind"] == "run" and node["status"] != "missing":
        described["sites"] = sites(node["flow"], node["run_id"])
    x, y = (round(value, 3) for value in position)
    return {"id": key, **_filled({**described, **details}), "x": x, "y": y}


def _why(graph: nx.DiGraph[str], key: str) -> Scene:
    """Why the run exists, and what is stale about it; a simulation has words of its own."""
    node = graph.nodes[key]
    if node.get("status") == "simulated":
        return {}
    stale = f" Stale: {node['stale']}." if node.get("stale") else ""
    return {"why": sentence(graph, key) + stale}


def _event(node: Mapping[str, Any]) -> Scene:
    return {
        "kind": "event",
        "name": node["name"],
        "event_id": identity(node["event_id"], node["timestamp"]),
        "label": node["name"],
        "timestamp": iso(node["timestamp"]),
        "payload": node["payload"],
        "more_downstream": node.get("more_downstream"),
    }


def _run(node: Mapping[str, Any]) -> Scene:
    """The facts of a run by name, without those that have their usual value."""
    facts = {name: node[name] for name in FACTS if name in node and node[name] != DEFAULTS.get(name)}
    return {
        "kind": "run",
        "status": node["status"],
        **{name: iso(v) if isinstance(v, datetime) else v for name, v in facts.items()},
        "label": short_run_id(node["run_id"]),
        "duration": _duration(node["created_at"], node["finished_at"]),
        "usual": node.get("usual_duration"),
        "usual_of": node.get("usual_of"),
        "stale": node.get("stale"),
        "more_upstream": node.get("more_upstream"),
        "more_downstream": node.get("more_downstream"),
    }


def _edge(source: int, target: int, edge: Mapping[str, Any], route: Any) -> Scene:
    way = [[round(x, 3), round(y, 3)] for x, y in route] if route else None
    kinds = edge.get("kinds") or [edge["kind"]]
    facts = {
        "event": edge["event"],
        "timestamp": iso(edge["timestamp"]),
        "kinds": kinds if len(kinds) > 1 else None,
        "artifacts": edge.get("artifacts"),
        "steps": edge.get("steps"),
        "more_artifacts": edge.get("more_artifacts"),
        "returned": edge.get("returned"),
        "route": way,
    }
    return {"source": source, "target": target, "kind": edge["kind"], **_filled(facts)}


def _filled(values: Scene) -> Scene:
    """Remove values that are None, empty or zero; a payload that is an empty object stays."""
    return {k: v for k, v in values.items() if v or (k == "payload" and v is not None)}


def _duration(created_at: datetime | None, finished_at: datetime | None) -> float | None:
    """Duration in seconds, to the millisecond; None if either end is unknown."""
    return round((finished_at - created_at).total_seconds(), 3) if created_at and finished_at else None
