"""A lineage in DOT, the language of graphviz."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lineage.exporting.attributes import plain_attributes, safe_text
from lineage.exporting.captions import edge_caption, node_caption
from lineage.graph.run_graph import EDGE_ATTRIBUTES, NODE_ATTRIBUTES
from lineage.lazy import nx
from lineage.style import status_style

_HEAD = """digraph lineage {
  graph [rankdir=LR, charset="UTF-8"];
  node [shape=box, style=rounded, fontname="Helvetica,Arial,sans-serif", fontsize=11];
  edge [fontname="Helvetica,Arial,sans-serif", fontsize=9, arrowsize=0.7];
"""
_LINES = {"resume": "dashed", "spawn": "bold", "read": "dotted"}


def format_dot(graph: nx.DiGraph[str]) -> str:
    r"""The lineage in DOT: as a picture, and with the attributes of its nodes and edges.

    Every name is quoted: a colon would be a port, and `node` is a word of the language. DOT has no way to
    write one backslash in front of a quote, so each is written as two.

    Examples
    --------
    >>> graph = nx.DiGraph()
    >>> graph.add_node("event:end/1", kind="event", name="end")
    >>> print(format_dot(graph).splitlines()[4])
      "event:end/1" [label="★ end", color="#8250a8", shape=ellipse, kind="event", event_name="end"];
    """
    return "".join([_HEAD, *_nodes(graph), *_edges(graph), "}\n"])


def _nodes(graph: nx.DiGraph[str]) -> Iterator[str]:
    nodes = [node for _, node in graph.nodes(data=True)]
    for key, node, facts in zip(graph, nodes, _documented(nodes, NODE_ATTRIBUTES), strict=True):
        shape = ", shape=ellipse" if node["kind"] == "event" else ""
        look = f'label={_caption(node_caption(key, node))}, color="{status_style(node).light}"{shape}'
        yield f"  {quote(key)} [{look}{_listed(facts)}];\n"


def _edges(graph: nx.DiGraph[str]) -> Iterator[str]:
    edges = [edge for _, _, edge in graph.edges(data=True)]
    facts_of = _documented(edges, EDGE_ATTRIBUTES)
    for (cause, effect), edge, facts in zip(graph.edges, edges, facts_of, strict=True):
        look = f"style={_LINES.get(edge['kind'], 'solid')}"
        if caption := edge_caption(edge):
            look += f", label={_caption([caption])}"
        yield f"  {quote(cause)} -> {quote(effect)} [{look}{_listed(facts)}];\n"


def _documented(elements: Iterable[Mapping[str, Any]], names: Sequence[str]) -> list[dict[str, Any]]:
    """The attributes that lineage set; another program's `color` or `width` would change the picture."""
    return plain_attributes({name: element.get(name) for name in names} for element in elements)


def quote(text: object) -> str:
    r"""A text between quotes, as DOT reads it.

    Examples
    --------
    >>> print(quote('a "b" \\'))
    "a \"b\" \\"
    """
    escaped = safe_text(str(text)).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _caption(lines: list[str]) -> str:
    """Lines as graphviz draws them: it reads entities in captions."""
    return quote("\n".join(lines).replace("&", "&amp;"))


def _listed(facts: Mapping[str, Any]) -> str:
    return "".join(f", {name}={quote(value)}" for name, value in facts.items())
