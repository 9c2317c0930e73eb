"""A copy of a lineage's graph for writers that are strict about types, and its GraphML and GEXF."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lineage.exporting.attributes import plain_attributes, safe_text
from lineage.lazy import nx

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def portable_graph(graph: nx.DiGraph[str]) -> nx.DiGraph[str]:
    """A copy of a lineage's graph that any graph writer can write.

    Attributes are texts, integers below 2**31 and finite numbers; each has the same type on all nodes, and on
    all edges. None, empty texts and empty lists are left out, times are ISO 8601 with their zone, lists and
    objects are JSON. A name that a format takes for itself has an underscore behind it; an event's `name` is
    `event_name`. Keys are the same, unless they hold characters that XML cannot hold.

    Examples
    --------
    >>> graph = nx.DiGraph()
    >>> graph.add_node("event:first/1", kind="event", name="first", payload={"rows": 3}, timestamp=None)
    >>> portable_graph(graph).nodes["event:first/1"]
    {'kind': 'event', 'event_name': 'first', 'payload': '{"rows": 3}'}
    """
    keys = dict(zip(graph, _unique(map(safe_text, map(str, graph))), strict=True))
    portable: nx.DiGraph[str] = nx.DiGraph()
    nodes = plain_attributes(node for _, node in graph.nodes(data=True))
    portable.add_nodes_from(zip(keys.values(), nodes, strict=True))
    edges = plain_attributes(edge for _, _, edge in graph.edges(data=True))
    portable.add_edges_from(
        (keys[cause], keys[effect], edge) for (cause, effect), edge in zip(graph.edges, edges, strict=True)
    )
    return portable


def format_graphml(graph: nx.DiGraph[str]) -> str:
    """The portable graph as GraphML."""
    return _DECLARATION + "\n".join(nx.generate_graphml(portable_graph(graph))) + "\n"


def format_gexf(graph: nx.DiGraph[str]) -> str:
    """The portable graph as GEXF 1.2, without the day that networkx puts in."""
    text = "\n".join(nx.generate_gexf(portable_graph(graph)))
    return _DECLARATION + re.sub(r' lastmodifieddate="[\d-]+"', "", text, count=1) + "\n"


def _unique(keys: Iterable[str]) -> list[str]:
    """The keys, in their order; one that was there before gets an underscore."""
    given: dict[str, None] = {}
    for key in keys:
        while key in given:
            key += "_"
        given[key] = None
    return list(given)
