"""Sources of run records.

Names are imported on first use, so that the processes that read a big local store start without Metaflow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineage.records.model import Problem, RunRecord, TriggerEvent
    from lineage.sources.client import ClientSource
    from lineage.sources.local.source import LocalSource
    from lineage.sources.memory import MemorySource
    from lineage.sources.opening import open_source
    from lineage.sources.postgres.source import PostgresSource
    from lineage.sources.protocol import (
        Cancel,
        Changes,
        Known,
        KnownRun,
        PlainRun,
        Source,
        Stamped,
    )
    from lineage.sources.service.source import ServiceSource

_HOMES = {
    "Cancel": "lineage.sources.protocol",
    "Changes": "lineage.sources.protocol",
    "ClientSource": "lineage.sources.client",
    "Known": "lineage.sources.protocol",
    "KnownRun": "lineage.sources.protocol",
    "LocalSource": "lineage.sources.local.source",
    "MemorySource": "lineage.sources.memory",
    "PlainRun": "lineage.sources.protocol",
    "PostgresSource": "lineage.sources.postgres.source",
    "Problem": "lineage.records.model",
    "RunRecord": "lineage.records.model",
    "ServiceSource": "lineage.sources.service.source",
    "Source": "lineage.sources.protocol",
    "Stamped": "lineage.sources.protocol",
    "TriggerEvent": "lineage.records.model",
    "open_source": "lineage.sources.opening",
}

__all__ = [
    "Cancel",
    "Changes",
    "ClientSource",
    "Known",
    "KnownRun",
    "LocalSource",
    "MemorySource",
    "PlainRun",
    "PostgresSource",
    "Problem",
    "RunRecord",
    "ServiceSource",
    "Source",
    "Stamped",
    "TriggerEvent",
    "open_source",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'lineage.sources' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
