"""Write a lineage as a report: check the arguments, read the details, draw, then write the file."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from lineage.client.details import check_wanted, described_runs
from lineage.comparing.difference import Difference
from lineage.errors import InvalidArgument
from lineage.files import write_whole
from lineage.flow_map import FlowMap, flow_graph
from lineage.graph.run_graph import RunGraph
from lineage.progress import meter
from lineage.render.page import page
from lineage.scene.lineage_scene import Positions, scene
from lineage.scene.playback import playbacks


def write_report(
    lineage: RunGraph,
    path: str | Path,
    *,
    layout: Positions | None,
    artifacts: Collection[str],
    details: bool | int,
    parameters: bool,
    simulate: bool | FlowMap,
    compare: Difference | None,
) -> Path:
    """Write a lineage as one HTML file; arguments and errors as for `Lineage.to_html`."""
    check_wanted(artifacts, details)
    if compare is not None and not isinstance(compare, Difference):
        raise InvalidArgument(f"compare must be a comparison, as lineage.diff(a, b) returns, not {compare!r}")
    flows = _flow_map(simulate)
    played = playbacks(flows, {lineage.graph.nodes[run]["flow"] for run in lineage.runs}) if flows else []
    with meter("details") as progress:
        described = described_runs(lineage, artifacts, details, parameters, progress)
    document = scene(lineage, layout, described)
    return write_whole(path, page(document, playbacks=played, compared=compare))


def _flow_map(given: bool | FlowMap) -> FlowMap | None:
    if isinstance(given, FlowMap):
        return given
    if given is not True and given is not False:
        raise InvalidArgument(f"simulate must be True, False or a flow map, not {given!r}")
    return flow_graph() if given else None
