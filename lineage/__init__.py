"""Where a Metaflow run came from and what it set off.

>>> import lineage
>>> lineage.show_lineage("PredictionFlow")  # doctest: +SKIP
>>> lin = lineage.trace("PredictionFlow")  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineage.catalog import refresh
    from lineage.explorer import Explorer, show_lineage
    from lineage.graph import Lineage, load
    from lineage.tracing import trace
    from lineage.triggers import MetaflowEvent, MetaflowTrigger, trigger

# imported when first used: a flow or a script that only walks should not pay for plotly and ipywidgets
_HOMES = {
    "Explorer": "lineage.explorer",
    "Lineage": "lineage.graph",
    "MetaflowEvent": "lineage.triggers",
    "MetaflowTrigger": "lineage.triggers",
    "load": "lineage.graph",
    "refresh": "lineage.catalog",
    "show_lineage": "lineage.explorer",
    "trace": "lineage.tracing",
    "trigger": "lineage.triggers",
}

__version__ = "0.1.0"
__all__ = [
    "Explorer",
    "Lineage",
    "MetaflowEvent",
    "MetaflowTrigger",
    "__version__",
    "load",
    "refresh",
    "show_lineage",
    "trace",
    "trigger",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'lineage' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
