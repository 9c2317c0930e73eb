"""The formats that a lineage can be written in, by the names that the command takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lineage.exporting.dot import format_dot
from lineage.exporting.mermaid import format_mermaid
from lineage.exporting.openlineage.events import openlineage_events
from lineage.exporting.strict_graph import format_gexf, format_graphml
from lineage.exporting.tables import edge_table, event_table, format_csv, run_table
from lineage.graph.run_graph import RunGraph
from lineage.graph.saved import to_json
from lineage.text import encode_json


@dataclass(frozen=True)
class Format:
    """One format: its files' suffix, its text, and who reads it."""

    suffix: str
    text_of: Callable[[RunGraph], str]
    meaning: str


FORMATS = {
    "json": Format(".json", to_json, "lineage.load"),
    "graphml": Format(".graphml", lambda lin: format_graphml(lin.graph), "networkx, igraph, Gephi, yEd"),
    "gexf": Format(".gexf", lambda lin: format_gexf(lin.graph), "Gephi"),
    "dot": Format(".dot", lambda lin: format_dot(lin.graph), "graphviz"),
    "mermaid": Format(".mmd", lambda lin: format_mermaid(lin.graph), "GitHub, GitLab, wikis"),
    "csv": Format(".csv", lambda lin: format_csv(run_table(lin.graph)), "spreadsheets: the runs"),
    "csv-edges": Format(".csv", lambda lin: format_csv(edge_table(lin.graph)), "the edges"),
    "csv-events": Format(".csv", lambda lin: format_csv(event_table(lin.graph)), "the events"),
    "openlineage": Format(
        ".jsonl",
        lambda lin: json_lines(openlineage_events(lin.graph)),
        "Marquez, DataHub: an event a line",
    ),
}


def json_lines(documents: Iterable[Mapping[str, Any]]) -> str:
    """One JSON document a line."""
    return "".join(f"{encode_json(document)}\n" for document in documents)
