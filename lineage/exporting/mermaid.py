"""A lineage as a Mermaid flowchart, which GitHub, GitLab and many wikis draw."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lineage.errors import ExportError
from lineage.exporting.captions import edge_caption, kinds_of, node_caption
from lineage.exporting.folding import fold_by_flow
from lineage.format import format_count, legible
from lineage.lazy import nx
from lineage.records.model import KINDS
from lineage.style import STATUS_STYLES

# what Mermaid draws unless the page that shows it was told otherwise: its defaultConfig
EDGES = 500
CHARACTERS = 50_000  # as JavaScript counts them: UTF-16 units
_LIMITS = f"a Mermaid diagram holds {EDGES} edges and {CHARACTERS:,} characters"

_ARROWS = {"trigger": "-->", "resume": "-.->", "spawn": "==>", "publish": "-->", "read": "-.->"}
_SHAPES = {"event": ("([", "])")}
_LITERAL = re.compile(r"[^0-9A-Za-z /,.\u00a1-\U0010ffff]")  # what would mean something to Mermaid


def format_mermaid(graph: nx.DiGraph[str]) -> str:
    """The lineage as a Mermaid flowchart.

    Past what Mermaid draws, 500 edges or 50,000 characters, runs are folded by flow; the diagram's title
    and a warning say so.

    Raises
    ------
    ExportError
        If even the flows are too many.
    """
    if graph.number_of_edges() <= EDGES:
        text = "\n".join(["flowchart LR", *_classes(graph), *_runs(graph)]) + "\n"
        if _length(text) <= CHARACTERS:
            return text
    return _folded_text(graph)


def _folded_text(graph: nx.DiGraph[str]) -> str:
    folded = fold_by_flow(graph)
    runs = sum(node["count"] for _, node in folded.nodes(data=True) if node["kind"] == "flow")
    said = f"{format_count(runs, 'run')} folded by flow: {_LIMITS}"
    text = "\n".join(["---", f'title: "{said}"', "---", "flowchart LR", *_flows(folded)]) + "\n"
    if folded.number_of_edges() > EDGES or _length(text) > CHARACTERS:
        raise ExportError(
            f"The lineage is too large even when folded by flow, with {folded.number_of_nodes():,} nodes and "
            f"{folded.number_of_edges():,} edges: {_LIMITS}. Select a part of it"
        )
    warnings.warn(said, stacklevel=4)  # whoever called `Lineage.to_mermaid`
    return text


def _runs(graph: nx.DiGraph[str]) -> Iterator[str]:
    names = {key: f"n{i}" for i, key in enumerate(graph)}
    for key, node in graph.nodes(data=True):
        yield f"{_box(names[key], node['kind'], node_caption(key, node))}:::{_class(node)}"
    for cause, effect, edge in graph.edges(data=True):
        yield _arrow(names[cause], names[effect], edge["kind"], edge_caption(edge))


def _flows(folded: nx.DiGraph[str]) -> Iterator[str]:
    names = {key: f"n{i}" for i, key in enumerate(folded)}
    for key, node in folded.nodes(data=True):
        yield _box(names[key], node["kind"], [legible(node["name"], 80), _counts(node)])
    for cause, effect, edge in folded.edges(data=True):
        strongest = next((kind for kind in KINDS if kind in kinds_of(edge)), "trigger")
        yield _arrow(names[cause], names[effect], strongest, f"{edge['count']:,}×")


def _counts(node: Mapping[str, Any]) -> str:
    """How many runs there are, and how many of them stand out."""
    noun = "event" if node["kind"] == "event" else "run"
    unusual = (f"{count:,} {status}" for status, count in node["statuses"].items() if status != "completed")
    return ", ".join([format_count(node["count"], noun), *unusual])


def _class(node: Mapping[str, Any]) -> str:
    return "event" if node["kind"] == "event" else str(node["status"])


def _classes(graph: nx.DiGraph[str]) -> Iterator[str]:
    """Outlines only: texts and backgrounds are the page's, which may be light or dark."""
    for name in sorted({_class(node) for node in graph.nodes.values()}):
        style = STATUS_STYLES.get(name, STATUS_STYLES["unknown"])
        yield f"  classDef {name} stroke:{style.light},stroke-width:2px"


def _box(name: str, kind: str, lines: Iterable[str]) -> str:
    left, right = _SHAPES.get(kind, ("[", "]"))
    # on one line: in Mermaid 11 a text with <br> is Markdown, also where its characters are entities
    return f'  {name}{left}"{_escape(", ".join(lines))}"{right}'


def _arrow(cause: str, effect: str, kind: str, caption: str) -> str:
    said = f'|"{_escape(caption)}"|' if caption else ""
    return f"  {cause} {_ARROWS.get(kind, '-->')}{said} {effect}"


def _escape(text: str) -> str:
    """Everything that could be Mermaid, Markdown or HTML as an entity in Mermaid's spelling."""
    return _LITERAL.sub(lambda match: f"#{ord(match[0])};", text)


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
