"""Artifacts that runs read from each other, as input and output datasets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lineage.exporting.attributes import safe_text
from lineage.exporting.captions import kinds_of
from lineage.exporting.openlineage.names import Names, facet
from lineage.lazy import nx

Dataset = dict[str, Any]


@dataclass
class _Reading:
    """The reads of one name by a run: from which runs, in which steps."""

    runs: dict[str, None] = field(default_factory=dict)
    steps: dict[str, None] = field(default_factory=dict)


def datasets(
    graph: nx.DiGraph[str], names: Names
) -> tuple[dict[str, list[Dataset]], dict[str, list[Dataset]]]:
    """The inputs of each run that read artifacts, and the outputs of each run whose artifacts were read."""
    ends: dict[str, None] = {}
    for cause, effect, edge in graph.edges(data=True):
        if "read" in kinds_of(edge) or edge.get("returned"):
            ends |= {cause: None, effect: None}
    runs = [key for key in ends if graph.nodes[key]["kind"] == "run"]
    return (
        {key: _inputs(graph, key, names) for key in runs},
        {key: _outputs(graph, key, names) for key in runs},
    )


def _inputs(graph: nx.DiGraph[str], key: str, names: Names) -> list[Dataset]:
    """The datasets that a run read, each once; `metaflow_read` has the runs it was read from, and the steps.

    Of several versions of an artifact there is one dataset, without the facet `version`.
    """
    read: dict[tuple[str, str | None], _Reading] = {}
    for cause, edge in graph.pred[key].items():
        for artifact in _artifacts(edge):
            reading = read.setdefault((graph.nodes[cause]["flow"], artifact), _Reading())
            reading.runs[safe_text(cause)] = None
            reading.steps |= dict.fromkeys(safe_text(step) for step in edge.get("steps") or () if step)
    for effect, edge in graph.succ[key].items():
        for artifact in edge.get("returned") or ():
            reading = read.setdefault((graph.nodes[effect]["flow"], artifact), _Reading())
            reading.runs[safe_text(effect)] = None
    return [_input(names.dataset(*which), reading) for which, reading in read.items()]


def _outputs(graph: nx.DiGraph[str], key: str, names: Names) -> list[Dataset]:
    """The datasets that others read from a run, each once."""
    node = graph.nodes[key]
    read: dict[str | None, None] = {}
    for edge in graph.succ[key].values():
        read |= dict.fromkeys(_artifacts(edge))
    for edge in graph.pred[key].values():
        read |= dict.fromkeys(edge.get("returned") or ())
    return [_versioned(names.dataset(node["flow"], artifact), node["run_id"]) for artifact in read]


def _artifacts(edge: Mapping[str, Any]) -> list[str | None]:
    """Names of the artifacts read; None for reads that were only counted, or recorded without names."""
    if "read" not in kinds_of(edge):
        return []
    names: list[str | None] = list(edge.get("artifacts") or ())
    return [*names, None] if edge.get("more_artifacts") or not names else names


def _versioned(dataset: Dataset, run_id: str) -> Dataset:
    return dataset | {"facets": {"version": facet("version", datasetVersion=safe_text(run_id))}}


def _input(dataset: Dataset, reading: _Reading) -> Dataset:
    runs, steps = list(reading.runs), list(reading.steps)
    if len(runs) == 1:
        dataset = _versioned(dataset, runs[0].split("/", 1)[1])
    return dataset | {"inputFacets": {"metaflow_read": facet("metaflow_read", runs=runs, steps=steps)}}
