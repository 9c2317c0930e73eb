"""Explore the lineage of Metaflow runs: what a run came from, and what it triggered.

>>> import lineage
>>> lineage.show_lineage("PredictionFlow")  # doctest: +SKIP
>>> lin = lineage.trace("PredictionFlow")  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineage.api.answers import audit, check, diff, explain
    from lineage.api.lineages import Lineage, load, trace
    from lineage.api.readers import consumers
    from lineage.api.recents import Recent, recent
    from lineage.api.replays import Replay, replay
    from lineage.api.simulations import Simulation, simulate
    from lineage.catalog import refresh
    from lineage.client.triggers import MetaflowEvent, MetaflowTrigger, trigger
    from lineage.flow_map import FlowMap, flow_graph
    from lineage.notebook.comparison_view import show_diff
    from lineage.notebook.explorer import Explorer
    from lineage.notebook.flow_map_view import show_flow_map
    from lineage.notebook.showing import show_lineage
    from lineage.notebook.simulator import simulator

# imported on first use, so that a flow or a script that only walks does not load plotly and ipywidgets
_HOMES = {
    "Explorer": "lineage.notebook.explorer",
    "FlowMap": "lineage.flow_map",
    "Lineage": "lineage.api.lineages",
    "MetaflowEvent": "lineage.client.triggers",
    "MetaflowTrigger": "lineage.client.triggers",
    "Recent": "lineage.api.recents",
    "Replay": "lineage.api.replays",
    "Simulation": "lineage.api.simulations",
    "audit": "lineage.api.answers",
    "check": "lineage.api.answers",
    "consumers": "lineage.api.readers",
    "diff": "lineage.api.answers",
    "explain": "lineage.api.answers",
    "flow_graph": "lineage.flow_map",
    "load": "lineage.api.lineages",
    "recent": "lineage.api.recents",
    "refresh": "lineage.catalog",
    "replay": "lineage.api.replays",
    "show_diff": "lineage.notebook.comparison_view",
    "show_flow_map": "lineage.notebook.flow_map_view",
    "show_lineage": "lineage.notebook.showing",
    "simulate": "lineage.api.simulations",
    "simulator": "lineage.notebook.simulator",
    "trace": "lineage.api.lineages",
    "trigger": "lineage.client.triggers",
}

__version__ = "0.1.0"
__all__ = [
    "Explorer",
    "FlowMap",
    "Lineage",
    "MetaflowEvent",
    "MetaflowTrigger",
    "Recent",
    "Replay",
    "Simulation",
    "__version__",
    "audit",
    "check",
    "consumers",
    "diff",
    "explain",
    "flow_graph",
    "load",
    "recent",
    "refresh",
    "replay",
    "show_diff",
    "show_flow_map",
    "show_lineage",
    "simulate",
    "simulator",
    "trace",
    "trigger",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'lineage' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
