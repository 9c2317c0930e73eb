"""Names in the record of a past run that may be those of functions.

Where a function makes the name of an event or a flow, Metaflow records the function's own name
(`to_pod` in metaflow/util.py), which looks like any other word. This package's decorators record it as
`<function …>`; of a run without them, only what else is known of the name can tell.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from lineage.flow_map.declarations import FlowDeclaration, Listening, short_name
from lineage.records.model import RunRecord

EXTENSION = "lineage"


def mark_ambiguous_names(
    declared: FlowDeclaration, record: RunRecord, info: Mapping[str, Any], flows: Collection[str]
) -> FlowDeclaration:
    """A declaration in which names that may be those of functions are assumed.

    Parameters
    ----------
    declared
        What the run declares.
    record
        The run: a name that it was triggered by is certain.
    info
        Its `_graph_info`, which lists the extensions that it ran with.
    flows
        Names of the flows that have runs, which are certain, too.
    """
    if _ran_with_this_package(info):
        return declared
    known = {event.name for event in record.triggers}
    listens = tuple(_marked(listening, known, flows) for listening in declared.listens)
    return replace(declared, listens=listens)


def _marked(listening: Listening, known: Collection[str], flows: Collection[str]) -> Listening:
    name = short_name(listening.sender[0]) if listening.sender else listening.event
    if not name.isidentifier() or listening.event in known or name in flows:
        return listening
    what = "flow" if listening.sender else "event"
    reason = f"the record does not tell the {what} {name} from a function {name} that makes its name"
    return replace(listening, assumed="; ".join(filter(None, (listening.assumed, reason))))


def _ran_with_this_package(info: Mapping[str, Any]) -> bool:
    installed = (info.get("extensions") or {}).get("installed") or {}
    return any(package.get("extension_name") == EXTENSION for package in installed.values())
