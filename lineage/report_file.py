"""A lineage as a report in a file: what is asked for is checked, read, drawn and written, in this order."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from lineage.artifacts import described_artifacts
from lineage.errors import InvalidArgument
from lineage.files import write_whole
from lineage.flowgraph import FlowMap, flow_graph
from lineage.graph import Lineage, Positions
from lineage.playback import playbacks
from lineage.report import page
from lineage.scene import scene


def write_report(
    lineage: Lineage,
    path: str | Path,
    *,
    layout: Positions | None = None,
    artifacts: Collection[str] = (),
    simulate: bool | FlowMap = False,
) -> Path:
    """Write a lineage as one HTML file; `Lineage.to_html` has the meaning of everything."""
    flows = _flow_map(simulate)
    played = playbacks(flows, {lineage.graph.nodes[run]["flow"] for run in lineage.runs}) if flows else []
    document = scene(lineage, layout, _artifacts(lineage, artifacts))
    return write_whole(path, page(document, playbacks=played))


def _flow_map(given: bool | FlowMap) -> FlowMap | None:
    if isinstance(given, FlowMap):
        return given
    if given is not True and given is not False:
        raise InvalidArgument(f"simulate is True, False or a flow map, not {given!r}")
    return flow_graph() if given else None


def _artifacts(lineage: Lineage, names: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """The named artifacts of each run that has them, with their values as text."""
    if isinstance(names, str):
        raise InvalidArgument(f"artifacts is a list of names: [{names!r}], not {names!r}")
    there = [run for run in lineage.runs if names and lineage.graph.nodes[run]["status"] != "missing"]
    return {run: described_artifacts(lineage[run], names) for run in there}
