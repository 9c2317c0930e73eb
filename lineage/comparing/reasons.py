"""One sentence for each node of a lineage: why the run exists, or where the event came from.

In the words of `sim.why`, of what has happened. Only the node and its edges are read.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone, tzinfo
from typing import Any

from lineage.flow_map.declarations import Listening
from lineage.format import format_clock, format_count, legible
from lineage.lazy import nx
from lineage.text import clean_json

ARGO = "argo-workflows"  # what runs on it record as their runtime
_PAYLOAD = 120  # characters of a payload in a sentence
_NAMES = 4  # artifacts or runs that are named in a sentence; more are counted


def reason(graph: nx.DiGraph[str], key: str, zone: tzinfo = timezone.utc) -> str:
    """Say why a run exists or how an event came about, without the subject and the full stop.

    Parameters
    ----------
    graph
        A lineage graph.
    key
        Key of the node.
    zone
        The time zone of all times in the sentence.

    Examples
    --------
    >>> from lineage.graph.run_graph import run_attributes
    >>> from lineage.records.model import RunRecord
    >>> graph = nx.DiGraph()
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
    >>> graph.add_node("ETLFlow/1", **run_attributes(RunRecord("ETLFlow", "1", created_at=noon, user="ann")))
    >>> reason(graph, "ETLFlow/1")
    'was started at 2026-01-01 12:00 UTC by ann, without a recorded trigger'
    """
    read = _read(_edges(graph, key)) if graph.nodes[key].get("status") != "missing" else None
    return "; ".join(filter(None, (_origin(graph, key, zone), read)))


def sentence(graph: nx.DiGraph[str], key: str) -> str:
    """The reason as a sentence above a list of the causes, which has their ids and what was read."""
    text = _origin(graph, key, timezone.utc)
    flows = Counter(cause.split("/")[0] for cause in graph.predecessors(key))
    for flow in (flow for flow, count in flows.items() if count == 1):
        text = re.sub(rf"\b{re.escape(flow)}/[^\s;,]+", flow, text)
    return f"{text[0].upper()}{text[1:]}."


def _origin(graph: nx.DiGraph[str], key: str, zone: tzinfo) -> str:
    """The reason for a run or an event, apart from its reads."""
    node = graph.nodes[key]
    if node["kind"] == "event":
        return _event(graph, key, zone)
    if node["status"] == "missing":
        return "no longer exists or cannot be read; only the runs that followed tell of it"
    edges = _edges(graph, key)
    parts = [
        _triggered(graph, key, edges, zone),
        _resumed(graph, node, edges, zone),
        _spawned(node, edges, zone),
    ]
    return next((part for part in parts if part), None) or _started(node, zone)


def _edges(graph: nx.DiGraph[str], key: str) -> list[tuple[str, Mapping[str, Any]]]:
    return [(cause, graph.edges[cause, key]) for cause in graph.predecessors(key)]


def by_kind(edges: Iterable[tuple[str, Mapping[str, Any]]], kind: str) -> list[str]:
    """Keys of the causes whose edges include this kind."""
    return [cause for cause, edge in edges if kind in kinds_of(edge)]


def kinds_of(edge: Mapping[str, Any]) -> Sequence[str]:
    """The kinds of an edge; one made by hand may have `kind` only."""
    return edge.get("kinds") or [edge["kind"]]


def arrived_at(graph: nx.DiGraph[str], cause: str, edge: Mapping[str, Any]) -> datetime | None:
    """When a trigger arrived: when its event says that it was sent, or when the run ended."""
    node = graph.nodes[cause]
    sent: datetime | None = edge["timestamp"] or (
        node["timestamp"] if node["kind"] == "event" else node["finished_at"]
    )
    return sent


def early_step(graph: nx.DiGraph[str], cause: str, edge: Mapping[str, Any]) -> str | None:
    """The step of a run that set off the effect before the run had ended; None if the run's end did."""
    sender = Listening(edge["event"]).sender if edge["event"] else None
    return sender[1] if sender and sender[1] not in ("end", graph.nodes[cause].get("end_step")) else None


def last_to_come(graph: nx.DiGraph[str], key: str) -> str | None:
    """The member of a run's AND group that arrived last; None if it has one trigger, or that is unclear."""
    edges = [(cause, graph.edges[cause, key]) for cause in graph.predecessors(key)]
    times = {cause: arrived_at(graph, cause, edge) for cause, edge in edges if "trigger" in kinds_of(edge)}
    known = sorted((moment, cause) for cause, moment in times.items() if moment)
    if len(known) < 2 or len(known) < len(times) or known[-1][0] == known[-2][0]:
        return None
    return known[-1][1]


def named(keys: Sequence[str], most: int = _NAMES) -> str:
    """Names in a row, with a count of those that are left out."""
    shown = list(keys[:most])
    if len(keys) > most:
        shown[-1:] = [f"{format_count(len(keys) - most + 1, 'other')}"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def label(key: str) -> str:
    """A node in a sentence: the pathspec of a run, or "event" and its name."""
    return f"event {key.removeprefix('event:').partition('/')[0]}" if key.startswith("event:") else key


def payload_text(payload: Mapping[str, Any]) -> str:
    """A payload in a sentence: `week=5, table="orders"`."""
    fields = clean_json(dict(payload)).items()
    texts = (f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in fields)
    return legible(", ".join(texts), _PAYLOAD)


def _when(moment: datetime | None, zone: tzinfo) -> str:
    """A time with its date and the name of its zone, with a space before it; empty if unknown."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    return f" at {local:%Y-%m-%d} {format_clock(local, local)} {local.tzname()}"


def _clock(moment: datetime, day: datetime | None, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    return format_clock(local, day.astimezone(zone) if day else datetime.min)


def _triggered(
    graph: nx.DiGraph[str], key: str, edges: Iterable[tuple[str, Mapping[str, Any]]], zone: tzinfo
) -> str | None:
    node = graph.nodes[key]
    triggers = [(cause, edge) for cause, edge in edges if "trigger" in kinds_of(edge)]
    if not triggers:
        return None
    causes = [_cause(graph, cause, edge, node["created_at"], zone) for cause, edge in triggers]
    shown = causes if len(causes) <= _NAMES else [*causes[: _NAMES - 1], _more(len(causes) - _NAMES + 1)]
    last = last_to_come(graph, key)
    came_last = f"; {label(last)} came last" if last else ""
    return f"fired{_when(node['created_at'], zone)}, because {' and '.join(shown)}{came_last}"


def _more(count: int) -> str:
    return f"{format_count(count, 'more trigger')} arrived"


def _cause(
    graph: nx.DiGraph[str], cause: str, edge: Mapping[str, Any], day: datetime | None, zone: tzinfo
) -> str:
    moment = arrived_at(graph, cause, edge)
    when = f" at {_clock(moment, day, zone)}" if moment else ""
    if graph.nodes[cause]["kind"] == "event":
        return f"{label(cause)} arrived{when}"
    step = early_step(graph, cause, edge)
    return f"{f'step {step} of ' if step else ''}{cause} finished{when}"


def _resumed(
    graph: nx.DiGraph[str], node: Mapping[str, Any], edges: Iterable[tuple[str, Any]], zone: tzinfo
) -> str | None:
    origins = by_kind(edges, "resume")
    if not origins:
        return None
    origin = graph.nodes[origins[0]]
    step = f" at step {origin['failed_step']}" if origin.get("failed_step") else ""
    had = f", which had failed{step}" if origin["status"] == "failed" else ""
    return f"was resumed{_when(node['created_at'], zone)}{_by(node)} from {origins[0]}{had}"


def _spawned(node: Mapping[str, Any], edges: Iterable[tuple[str, Any]], zone: tzinfo) -> str | None:
    parents = by_kind(edges, "spawn")
    return f"was started{_when(node['created_at'], zone)} by {named(parents)}" if parents else None


def _started(node: Mapping[str, Any], zone: tzinfo) -> str:
    """Describe a run without a recorded cause; its runtime tells whether it was started by hand."""
    beyond = node.get("more_upstream")
    when = _when(node["created_at"], zone)
    if beyond:
        return f"was started{when}; {format_count(beyond, 'cause')} of it not shown here"
    if node.get("origin"):
        return f"was resumed{when}{_by(node)} from {node['origin']}"
    runtime = runtime_of(node)
    if runtime == ARGO and scheduled_time(node["run_id"]):
        return f"was started on Argo Workflows{when} by its schedule"
    if node["status"] == "running":  # its first task records the trigger, and may not have begun
        return f"was started{when}{_by(node)}, with no trigger recorded so far"
    if runtime == ARGO:
        return f"was started on Argo Workflows{when} without a trigger: by its schedule or by hand"
    if runtime == "dev":
        return f"was started by hand{when}{_by(node)}"
    return f"was started{when}{_by(node)}, without a recorded trigger"


def runtime_of(node: Mapping[str, Any]) -> str | None:
    """The runtime of a run: `dev` on a person's machine, `argo-workflows`; None if it is not recorded."""
    return runtime_of_tags(node.get("system_tags") or ())


def runtime_of_tags(system_tags: Iterable[str]) -> str | None:
    """The same, from system tags."""
    return next((tag.removeprefix("runtime:") for tag in system_tags if tag.startswith("runtime:")), None)


# of a workflow that a CronWorkflow starts (github.com/argoproj/argo-workflows, workflow/cron/operator.go,
# getChildWorkflowName); other names end in five characters
_BY_CRON = re.compile(r"argo-.+-(\d{10})")


def scheduled_time(run_id: str) -> datetime | None:
    """The time for which Argo started a run by its schedule, from the run's name; None if it did not.

    Examples
    --------
    >>> scheduled_time("argo-shop.trainingflow-1767236400").isoformat()
    '2026-01-01T03:00:00+00:00'
    """
    named = _BY_CRON.fullmatch(run_id)
    return datetime.fromtimestamp(int(named[1]), timezone.utc) if named else None


def _by(node: Mapping[str, Any]) -> str:
    return f" by {node['user']}" if node.get("user") else ""


def _read(edges: Iterable[tuple[str, Mapping[str, Any]]]) -> str | None:
    reads = [(cause, edge) for cause, edge in edges if "read" in kinds_of(edge)]
    if not reads:
        return None
    texts = [f"{_artifacts(edge)} of {cause}" for cause, edge in reads]
    return f"it read {named(texts)}"


def _artifacts(edge: Mapping[str, Any]) -> str:
    names = list(edge.get("artifacts") or ())
    if counted := edge.get("more_artifacts"):
        names.append(format_count(counted, "more artifact") if names else format_count(counted, "artifact"))
    return named(names) if names else "artifacts"


def _event(graph: nx.DiGraph[str], key: str, zone: tzinfo) -> str:
    node = graph.nodes[key]
    publishers = list(graph.predecessors(key))
    by = f", published by {named(publishers)}" if publishers else ""
    payload = f" with {payload_text(node['payload'])}" if node["payload"] else ""
    return f"arrived{_when(node['timestamp'], zone)}{payload}{by}"
