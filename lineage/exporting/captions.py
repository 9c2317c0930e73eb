"""The words on nodes and edges of the diagrams that DOT and Mermaid draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lineage.format import format_count, format_duration, legible, short_run_id
from lineage.style import EDGE_STYLES, status_style

_NAMED = 3  # artifacts that are named on an edge; the rest is counted
_LONGEST = 80  # characters of a name; a diagram's boxes do not hold more


def node_caption(key: str, node: Mapping[str, Any]) -> list[str]:
    """The lines on a node: its symbol and name, and how a run ended."""
    style = status_style(dict(node))
    if node["kind"] == "event":
        return [f"{style.glyph} {legible(node['name'], _LONGEST)}"]
    name = f"{legible(node['flow'], _LONGEST)}/{legible(short_run_id(node['run_id']), _LONGEST)}"
    created_at, finished_at = node.get("created_at"), node.get("finished_at")
    word = style.word
    if created_at and finished_at:
        word += f", {format_duration((finished_at - created_at).total_seconds())}"
    return [f"{style.glyph} {name}", word]


def kinds_of(edge: Mapping[str, Any]) -> tuple[str, ...]:
    """All kinds of an edge; lineages that were saved before reads were recorded have one."""
    return tuple(edge.get("kinds") or (edge["kind"],))


def edge_caption(edge: Mapping[str, Any]) -> str:
    """The words on an edge; nothing on one that only triggered, as most do."""
    words = [_read_caption(edge) if kind == "read" else EDGE_STYLES[kind].word for kind in kinds_of(edge)]
    if back := edge.get("returned"):
        words.append(f"read back {_listed(back)}")
    return "" if words == [EDGE_STYLES["trigger"].word] else ", ".join(words)


def _read_caption(edge: Mapping[str, Any]) -> str:
    names, more = edge.get("artifacts") or (), edge.get("more_artifacts") or 0
    if names:
        return f"read {_listed(names, more)}"
    return f"read {format_count(more, 'artifact')}" if more else "read"


def _listed(names: Sequence[str], more: int = 0) -> str:
    more += max(0, len(names) - _NAMED)
    shown = ", ".join(legible(name, _LONGEST) for name in names[:_NAMED])
    return f"{shown} and {more:,} more" if more else shown
