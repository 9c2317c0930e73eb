"""Save a lineage as JSON, and load it again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from lineage.errors import InvalidArgument
from lineage.graph.run_graph import EDGE_ATTRIBUTES, NODE_ATTRIBUTES, RunGraph
from lineage.lazy import nx
from lineage.records.model import Problem
from lineage.text import DOCUMENT, clean_json, encode_json

_TIMES = ("created_at", "finished_at", "timestamp")
_FORMAT = "metaflow-lineage/1"


def to_json(lineage: RunGraph) -> str:
    """Write a lineage as JSON, with times as ISO 8601 in UTC.

    Attributes that `lineage.graph.run_graph` does not describe are left out, since programs that draw or
    convert the graph add some to it.
    """
    document = {
        "format": _FORMAT,
        "focus": lineage.focus,
        "problems": [asdict(problem) for problem in lineage.problems],
        "source": lineage.source,
        "read_at": lineage.read_at,
        "as_of": lineage.as_of,
        "graph": nx.node_link_data(_documented(lineage.graph), edges="edges"),
    }
    return encode_json(document, default=_iso, ensure_ascii=False, indent=1)


def from_file(path: str | Path) -> RunGraph:
    """Load a lineage from a file with the JSON that `to_json` wrote.

    Raises
    ------
    OSError
        If the file cannot be read.
    InvalidArgument
        If it is not a saved lineage.
    """
    try:
        document = clean_json(json.loads(Path(path).expanduser().read_text("utf-8")), DOCUMENT)
        if document["format"] != _FORMAT:
            raise InvalidArgument(f"{path} has the format {document['format']!r}, not {_FORMAT!r}")
        graph: nx.DiGraph[str] = nx.DiGraph(
            nx.node_link_graph(document["graph"], edges="edges", directed=True)
        )
        for _, node in graph.nodes(data=True):
            _parse_times(node)
        for _, _, edge in graph.edges(data=True):
            _parse_times(edge)
            edge.setdefault(
                "kinds", [edge["kind"]]
            )  # absent in files written before an edge could have several
        problems = tuple(Problem(**problem) for problem in document["problems"])
        times = (_time(document[name]) for name in ("read_at", "as_of"))
        return RunGraph(graph, tuple(document["focus"]), problems, document["source"], *times)
    except (ValueError, KeyError, TypeError, RecursionError, nx.NetworkXError) as exc:
        if isinstance(exc, InvalidArgument):
            raise
        raise InvalidArgument(f"{path} is not a saved lineage ({type(exc).__name__}: {exc})") from exc


def _documented(graph: nx.DiGraph[str]) -> nx.DiGraph[str]:
    copy: nx.DiGraph[str] = nx.DiGraph()
    copy.add_nodes_from((key, _those(NODE_ATTRIBUTES, node)) for key, node in graph.nodes(data=True))
    edges = graph.edges(data=True)
    copy.add_edges_from((cause, effect, _those(EDGE_ATTRIBUTES, edge)) for cause, effect, edge in edges)
    return copy


def _those(names: Iterable[str], attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: attributes[name] for name in names if name in attributes}


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat()
    raise TypeError(f"cannot save a lineage with a value of type {type(value).__name__}")


def _parse_times(attributes: dict[str, Any]) -> None:
    for name in _TIMES:
        if name in attributes:
            attributes[name] = _time(attributes[name])


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
