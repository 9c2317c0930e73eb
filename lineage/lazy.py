"""Packages that are slow to import, imported when something in them is first used.

networkx takes half as long as Metaflow: a notebook's first cell, which only names functions, need not wait.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any

__all__ = ["nx"]


class _LazyModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        value = getattr(importlib.import_module(self.__name__), name)
        setattr(self, name, value)
        return value


if TYPE_CHECKING:
    import networkx as nx
else:
    nx = _LazyModule("networkx")
