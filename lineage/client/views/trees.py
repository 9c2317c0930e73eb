"""Dicts, lists and their like as trees that a page can open branch by branch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lineage.client.values import short_text
from lineage.text import escape_hidden

DEPTH = 8  # levels
ITEMS = 100  # of one branch
NODES = 2_000  # of the whole tree
_LEAF = 300  # characters

Tree = Any  # a text, or {"type": str, "length": int, "items": [[key, Tree], …]}


def tree_view(value: Any) -> dict[str, Any] | None:
    """Describe a dict, list, tuple or set as a tree; None if the value is none of these."""
    if not isinstance(value, (Mapping, list, tuple, set, frozenset)):
        return None
    return {"kind": "tree", "value": _Cut().tree(value, DEPTH)}


class _Cut:
    """Builds one tree of at most `NODES` nodes; a branch names its full length, so that a cut is seen."""

    def __init__(self) -> None:
        self._left = NODES

    def tree(self, value: Any, depth: int) -> Tree:
        self._left -= 1
        items = _items(value)
        if items is None or depth == 0:
            return short_text(value, _LEAF)
        shown: list[list[Tree]] = []
        for key, item in items:
            if len(shown) == ITEMS or self._left <= 0:
                break
            shown.append([key, self.tree(item, depth - 1)])
        return {"type": type(value).__name__, "length": len(value), "items": shown}


def _items(value: Any) -> Iterable[tuple[str, Any]] | None:
    if isinstance(value, Mapping):
        return ((_key(key), item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        names = getattr(value, "_fields", None) or range(len(value))
        return ((str(name), item) for name, item in zip(names, value, strict=False))
    if isinstance(value, (set, frozenset)):
        return (("", item) for item in sorted(value, key=repr))
    return None


def _key(key: Any) -> str:
    text = key if isinstance(key, str) else repr(key)
    return escape_hidden(text[:_LEAF])
