"""Run events: one for the start of each run, and one for its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lineage.errors import ExportError, InvalidArgument
from lineage.exporting.attributes import iso_time, safe_text
from lineage.exporting.captions import kinds_of
from lineage.exporting.openlineage.datasets import datasets
from lineage.exporting.openlineage.names import PRODUCER, RUN_EVENT, Names, facet
from lineage.lazy import nx

Event = dict[str, Any]

NAMESPACE = "metaflow"  # unless another is asked for
_ENDS = {"completed": "COMPLETE", "failed": "FAIL"}
_DEPENDENCIES = {"trigger": "DIRECT_INVOCATION", "resume": "IMPLICIT_DEPENDENCY"}


def openlineage_events(graph: nx.DiGraph[str], namespace: str = NAMESPACE) -> list[Event]:
    """The runs of a lineage as OpenLineage run events, in the order of their times.

    Parameters
    ----------
    graph
        A lineage's graph.
    namespace
        Of jobs, runs and datasets: one for each Metaflow installation, so that `ETLFlow/1` of one is not
        taken for that of another. The ids of runs follow from it.

    Returns
    -------
    list of dict
        JSON values; what is the same in several events is one object. Both events of a run have all its
        facets and datasets, because a receiver may read only the last. A run that is going on, or of unknown
        end, has no second event; one without times has none.

    Raises
    ------
    InvalidArgument
        If the namespace is empty.
    ExportError
        If runs are simulated: an event tells what happened.
    """
    if not isinstance(namespace, str) or not namespace.strip():
        raise InvalidArgument(f"an OpenLineage namespace is a text such as 'metaflow', not {namespace!r}")
    names = Names(namespace)
    inputs, outputs = datasets(graph, names)
    events: list[Event] = []
    for key, node in graph.nodes(data=True):
        if node["kind"] == "run":
            read = {"inputs": inputs.get(key, []), "outputs": outputs.get(key, [])}
            events += _events(graph, key, node, names, read)
    # all times are in UTC, so that they stand in the order of their texts
    return sorted(events, key=lambda event: (event["eventTime"], event["eventType"] != "START"))


def _events(
    graph: nx.DiGraph[str], key: str, node: Mapping[str, Any], names: Names, read: Event
) -> Iterator[Event]:
    if node["status"] == "simulated":
        raise ExportError(f"{key} is simulated: OpenLineage events tell what happened")
    ends = (("START", node["created_at"]), (_ENDS.get(node["status"]), node["finished_at"]))
    known = [(state, moment) for state, moment in ends if state and moment]
    described = _described(graph, key, node, names) | read if known else {}
    for state, moment in known:
        yield {"eventTime": iso_time(moment), "eventType": state, **described}


def _described(graph: nx.DiGraph[str], key: str, node: Mapping[str, Any], names: Names) -> Event:
    """The fields that both events of a run share."""
    return {
        "run": {"runId": names.run_id(key), "facets": _run_facets(graph, key, node, names)},
        "job": names.described_job(node["flow"]),
        "producer": PRODUCER,
        "schemaURL": RUN_EVENT,
    }


def _run_facets(graph: nx.DiGraph[str], key: str, node: Mapping[str, Any], names: Names) -> dict[str, Any]:
    words = ("status", "failed_step", "user", "project", "branch", "origin")
    described = {word: safe_text(node[word]) for word in words if node.get(word)}
    facets = {"metaflow_run": facet("metaflow_run", pathspec=safe_text(key), **described)}
    if tags := list(_tags(node)):
        facets["tags"] = facet("tags", tags=tags)
    parents = [cause for cause, edge in graph.pred[key].items() if "spawn" in kinds_of(edge)]
    if parents:
        facets["parent"] = facet("parent", **names.run_and_job(parents[0], graph.nodes[parents[0]]))
    if upstream := list(_dependencies(graph, key, names)):
        facets["jobDependencies"] = facet("jobDependencies", upstream=upstream)
    return facets


def _dependencies(graph: nx.DiGraph[str], key: str, names: Names) -> Iterator[dict[str, Any]]:
    """The runs that triggered a run, and the one that it resumed."""
    for cause, edge in graph.pred[key].items():
        for kind in kinds_of(edge):
            if kind in _DEPENDENCIES:
                for run in _publishers(graph, cause):
                    dependency = names.run_and_job(run, graph.nodes[run])
                    dependency["dependency_type"] = _DEPENDENCIES[kind]
                    dependency["kind"] = kind
                    if edge.get("event"):
                        dependency["event"] = safe_text(edge["event"])
                    yield dependency


def _publishers(graph: nx.DiGraph[str], cause: str) -> list[str]:
    """The runs that published an event; a run, or an event from outside, stands for itself."""
    if graph.nodes[cause]["kind"] == "run":
        return [cause]
    return list(graph.pred[cause]) or [cause]


def _tags(node: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Metaflow's own tags have a key and a value; those that people gave are words."""
    for tag in _texts(node.get("tags")):
        yield {"key": tag, "value": "true", "source": "USER"}
    for tag in _texts(node.get("system_tags")):
        key, colon, value = tag.partition(":")
        yield {"key": key, "value": value if colon else "true", "source": "METAFLOW"}


def _texts(tags: Iterable[Any] | None) -> Iterator[str]:
    return (safe_text(str(tag)) for tag in tags or () if tag is not None)
