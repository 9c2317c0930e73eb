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
    from lineage.flow_map_widget import show_flow_map
    from lineage.flowgraph import FlowMap, flow_graph
    from lineage.graph import Lineage, load
    from lineage.replaying import replay
    from lineage.simulation import Simulation, simulate
    from lineage.simulator_widget import simulator
    from lineage.tracing import trace
    from lineage.triggers import MetaflowEvent, MetaflowTrigger, trigger

# imported when first used: a flow or a script that only walks should not pay for plotly and ipywidgets
_HOMES = {
    "Explorer": "lineage.explorer",
    "FlowMap": "lineage.flowgraph",
    "Lineage": "lineage.graph",
    "MetaflowEvent": "lineage.triggers",
    "MetaflowTrigger": "lineage.triggers",
    "Simulation": "lineage.simulation",
    "flow_graph": "lineage.flowgraph",
    "load": "lineage.graph",
    "refresh": "lineage.catalog",
    "replay": "lineage.replaying",
    "show_flow_map": "lineage.flow_map_widget",
    "show_lineage": "lineage.explorer",
    "simulate": "lineage.simulation",
    "simulator": "lineage.simulator_widget",
    "trace": "lineage.tracing",
    "trigger": "lineage.triggers",
}

__version__ = "0.1.0"
__all__ = [
    "Explorer",
    "FlowMap",
    "Lineage",
    "MetaflowEvent",
    "MetaflowTrigger",
    "Simulation",
    "__version__",
    "flow_graph",
    "load",
    "refresh",
    "replay",
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
