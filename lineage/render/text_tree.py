"""Draw a lineage as a text tree, for terminals, logs, and notebooks without JavaScript."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from lineage.format import FACT_LABELS, format_count, format_duration, legible
from lineage.style import EDGE_STYLES, status_style

if TYPE_CHECKING:
    from lineage.graph.run_graph import RunGraph

LINES = 200  # more would not be read; the rest is counted
_PROBLEMS = 50  # likewise
_FLOWS = 5  # the flows of most runs, named when the tree is cut

Neighbours = Callable[[str], Any]


def text_tree(lineage: RunGraph, lines: int = LINES) -> str:
    """Draw each run in focus with its causes and effects, one line per node.

    Nodes that are connected to none of them (in a selection, say) follow, from the last effects back. A
    node that has already been drawn is marked `↑` and not expanded again.

    Parameters
    ----------
    lineage
        The lineage to draw.
    lines
        Maximum number of lines of the tree. If there are more, a summary of the whole lineage follows.
    """
    every = list(islice(_lines(lineage), lines + 1))
    if len(every) > lines:
        every[lines:] = _summary(lineage)
    problems = lineage.problems
    every += [f"! {legible(str(problem))}" for problem in problems[:_PROBLEMS]]
    if len(problems) > _PROBLEMS:
        every.append(f"! and {format_count(len(problems) - _PROBLEMS, 'more problem')}")
    return "\n".join(every)


def _summary(lineage: RunGraph) -> Iterator[str]:
    """How many runs there are, how they ended, and of which flows most of them are."""
    runs = [node for _, node in lineage.graph.nodes(data=True) if node["kind"] == "run"]
    ended = Counter(node["status"] for node in runs).most_common()
    of_flows = Counter(node["flow"] for node in runs).most_common()
    words = ", ".join(f"{count:,} {status}" for status, count in ended)
    yield f"… cut here; {format_count(len(runs), 'run')} in all: {words}"
    named = ", ".join(f"{legible(flow)} {count:,}" for flow, count in of_flows[:_FLOWS])
    more = f" and {len(of_flows) - _FLOWS:,} more" if len(of_flows) > _FLOWS else ""
    yield f"  of {format_count(len(of_flows), 'flow')}: {named}{more}"


def _lines(lineage: RunGraph) -> Iterator[str]:
    graph, drawn = lineage.graph, set(lineage.focus)
    for key in lineage.focus:
        yield from _tree(lineage, key, drawn)
    last_effects = (key for key in graph if not graph.out_degree(key))
    for key in sorted(last_effects, key=lambda k: _moment(graph.nodes[k], k)):
        if key not in drawn:
            drawn.add(key)
            yield from _tree(lineage, key, drawn)


def _tree(lineage: RunGraph, key: str, drawn: set[str]) -> Iterator[str]:
    graph = lineage.graph
    yield _label(key, graph.nodes[key])
    for title, onward in (("came from", graph.predecessors), ("set off", graph.successors)):
        if any(True for _ in onward(key)):
            yield f"  {title}"
            yield from _branches(lineage, key, onward, drawn)


def _branches(lineage: RunGraph, root: str, onward: Neighbours, drawn: set[str]) -> Iterator[str]:
    nodes = lineage.graph.nodes
    stack = _stacked(lineage, root, onward, "  ")
    while stack:
        key, parent, stem, last = stack.pop()
        again = key in drawn
        label = f"↑ {_name(key, nodes[key])}" if again else _label(key, nodes[key])
        edge = _edge(lineage, parent, key)
        line = EDGE_STYLES[edge["kind"]].line
        yield f"{stem}{'└' if last else '├'}{line} {label}{edge_words(edge)}"
        if not again:
            drawn.add(key)
            stack += _stacked(lineage, key, onward, stem + ("   " if last else "│  "))


def _stacked(lineage: RunGraph, key: str, onward: Neighbours, stem: str) -> list[tuple[str, str, str, bool]]:
    """The neighbours of a node, last first, each with that node, its stem, and whether it is the last."""
    neighbours = sorted(onward(key), key=lambda k: _moment(lineage.graph.nodes[k], k), reverse=True)
    return [(k, key, stem, i == 0) for i, k in enumerate(neighbours)]


def _edge(lineage: RunGraph, key: str, other: str) -> dict[str, Any]:
    """The edge between two neighbours, in either direction."""
    edges = lineage.graph.edges
    return dict(edges[key, other] if lineage.graph.has_edge(key, other) else edges[other, key])


def edge_words(edge: dict[str, Any]) -> str:
    """The kinds of an edge, in brackets; empty for a plain trigger.

    Examples
    --------
    >>> edge_words({"kind": "read", "kinds": ["read"], "artifacts": ["model", "score"], "more_artifacts": 7})
    '  [read: model, score and 7 more]'
    """
    kinds = edge.get("kinds") or [edge["kind"]]
    if kinds == ["trigger"] and not edge.get("returned"):
        return ""
    words = [EDGE_STYLES[kind].word + (_read(edge) if kind == "read" else "") for kind in kinds]
    if edge.get("returned"):
        words.append(f"read back: {legible(', '.join(edge['returned']))}")
    return f"  [{'; '.join(words)}]"


def _read(edge: dict[str, Any]) -> str:
    names, more = edge.get("artifacts") or [], edge.get("more_artifacts")
    if not names:
        return f": {format_count(more, 'artifact')}" if more else ""
    return f": {legible(', '.join(names))}" + (f" and {more:,} more" if more else "")


def _moment(node: dict[str, Any], key: str) -> tuple[float, str]:
    moment = node.get("created_at") or node.get("timestamp")
    return (moment.timestamp() if moment else 0, key)


def _name(key: str, node: dict[str, Any]) -> str:
    return legible(node["name"] if node["kind"] == "event" else key)


def _label(key: str, node: dict[str, Any]) -> str:
    style = status_style(node)
    facts = [style.word]
    if node.get("created_at") and node.get("finished_at"):
        took = format_duration((node["finished_at"] - node["created_at"]).total_seconds())
        facts[0] += f" {'in' if style.word == 'completed' else 'after'} {took}"
    for name, label in FACT_LABELS.items():
        if node.get(name) and name != "origin":  # an edge says what it resumes
            facts.append(legible(node[name] if name == "user" else f"{label} {node[name]}"))
    if node.get("stale"):
        facts.append("stale")
    if node.get("more_upstream"):
        facts.append(f"+{format_count(node['more_upstream'], 'cause')} not shown")
    if node.get("more_downstream"):
        facts.append(f"+{format_count(node['more_downstream'], 'effect')} not shown")
    return f"{style.glyph} {_name(key, node)}  {', '.join(facts)}"
