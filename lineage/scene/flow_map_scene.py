"""Build the scene of a flow map, at rest or at a moment of a simulation (docs/reference/scene.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from lineage.flow_map import FlowMap
from lineage.flow_map.declarations import short_name
from lineage.format import format_count
from lineage.layout import Placement, place
from lineage.scene.lineage_scene import Scene
from lineage.simulation import State
from lineage.style import EDGE_STYLES, STATUS_STYLES, StatusStyle, plain_styles

EVENT = "event:"  # prefix of events in the keys of a flow map
Look = tuple[str, str]  # the name of a style, and the label

_QUIET = STATUS_STYLES["unknown"]
_AMBER = STATUS_STYLES["missing"]
MAP_STYLES: dict[str, StatusStyle] = {
    "flow": StatusStyle("flow", "circle", "●", STATUS_STYLES["running"].light, STATUS_STYLES["running"].dark),
    "event": STATUS_STYLES["event"],
    "missing": StatusStyle("not known here", "circle-open", "○", _AMBER.light, _AMBER.dark),
    "idle": StatusStyle("idle", "circle-open", "○", _QUIET.light, _QUIET.dark),
    "waiting": StatusStyle("waits", "diamond", "◆", _AMBER.light, _AMBER.dark),
    "running": STATUS_STYLES["running"],
    "completed": STATUS_STYLES["completed"],
    "failed": STATUS_STYLES["failed"],
    "arrived": StatusStyle("arrived", "star", "★", STATUS_STYLES["event"].light, STATUS_STYLES["event"].dark),
}


def flow_scene(flows: FlowMap, placement: Placement | None = None, *, title: str = "Flow map") -> Scene:
    """Build everything a renderer needs to draw a flow map, as JSON values.

    Parameters
    ----------
    flows
        The flow map to draw.
    placement
        Positions of the nodes; None lays them out.
    title
        Title of the drawing.

    Examples
    --------
    >>> from lineage.flow_map import FlowMap, declare
    >>> drawn = flow_scene(FlowMap.of([declare("ETLFlow"), declare("TrainingFlow", on_finish=["ETLFlow"])]))
    >>> [(node["flow"], node["label"]) for node in drawn["nodes"]]
    [('ETLFlow', 'by hand'), ('TrainingFlow', 'on 1 trigger')]
    """
    graph = flows.graph
    placement = placement or place(graph)
    index = {key: i for i, key in enumerate(graph)}
    names = shown_names(flows)
    return {
        "version": 1,
        "title": title,
        "noun": "flow",
        "focus": [],
        "styles": plain_styles(MAP_STYLES),
        "kinds": plain_styles({"trigger": EDGE_STYLES["trigger"]}),
        "nodes": [
            {
                "id": key,
                "kind": "flow",
                "flow": names[key],
                "status": (look := still_look(flows, key))[0],
                "label": look[1],
                "x": round(placement.positions[key][0], 3),
                "y": round(placement.positions[key][1], 3),
            }
            for key, node in graph.nodes(data=True)
        ],
        "edges": [
            _edge(index[cause], index[effect], edge, placement.routes.get((cause, effect)))
            for cause, effect, edge in graph.edges(data=True)
        ],
        "problems": [],
    }


def still_look(flows: FlowMap, key: str) -> Look:
    """The look of a flow or an event at rest, which says how it is started."""
    node = flows.graph.nodes[key]
    if node["kind"] == "event":
        return "event", "external"
    if not node["known"]:
        return "missing", "undeclared"
    size = len(flows.declarations[key].listens)
    if not size:
        return "flow", "scheduled" if node["schedule"] else "by hand"
    return "flow", f"on all of {size}" if size > 1 else "on 1 trigger"


def look_at(flows: FlowMap, key: str, state: State, last: Mapping[str, Look]) -> Look:
    """The look of a flow at a moment of a simulation: running, else waiting, else how it last ended.

    Parameters
    ----------
    last
        The look of each flow's latest run; for each event that arrived, when.
    """
    running = sum(flow == key for flow in state.running.values())
    if running > 1:
        return "running", format_count(running, "run")
    if running:
        return last.get(key, ("running", "1 run"))
    listens = flows.declarations[key].listens if key in flows.declarations else ()
    got = state.got.get(key)
    if got:
        return "waiting", f"{len(got)} of {len(listens)}"
    if key in last:
        return last[key]
    return "idle", f"0 of {len(listens)}" if len(listens) > 1 else still_look(flows, key)[1]


def fitting_height(scene: Scene) -> int:
    """Height in pixels that fits the rows of a map, within limits."""
    ys = [node["y"] for node in scene["nodes"]]
    rows = max(ys, default=0) - min(ys, default=0) + 1
    return round(min(420, max(190, 40 + 90 * rows)))


def warnings_of(flows: FlowMap) -> list[str]:
    """Warnings about the deployment and problems while reading, one sentence each."""
    return [*map(str, flows.warnings), *(f"{p.pathspec}: {p.reason}" for p in flows.problems)]


def shown_names(flows: FlowMap) -> dict[str, str]:
    """The name on each node's card: the short name, unless several branches have a flow of that name."""
    counts = Counter(map(short_name, flows.declarations))
    names = {key: key if counts[short_name(key)] > 1 else short_name(key) for key in flows.graph}
    return names | {EVENT + name: name for name in _event_names(flows)}


def _event_names(flows: FlowMap) -> list[str]:
    return [node["name"] for _, node in flows.graph.nodes(data=True) if node["kind"] == "event"]


def _edge(source: int, target: int, edge: Mapping[str, Any], route: Any) -> Scene:
    drawn: Scene = {"source": source, "target": target, "kind": "trigger", "event": ", ".join(edge["events"])}
    if route:
        drawn["route"] = [[round(x, 3), round(y, 3)] for x, y in route]
    return drawn
