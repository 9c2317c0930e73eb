"""The graph of runs and the artifacts that they read from each other."""

from __future__ import annotations

from lineage.graph.run_graph import RunGraph
from lineage.lazy import nx
from lineage.records.model import run_of


def artifact_graph(lineage: RunGraph) -> nx.DiGraph[str]:
    """Build the graph of the artifacts that runs of a lineage read from each other.

    Parameters
    ----------
    lineage
        The artifacts are those on its edges of kind `read`.

    Returns
    -------
    networkx.DiGraph
        Run nodes as in the lineage. An artifact's node has the key `"Flow/run/step/task/name"` and the
        attributes `kind="artifact"`, `name`, `run`, `task` (pathspecs), `sha` (content hash, or None if no
        reader recorded it), `same` (keys of the other artifacts with the same hash, sorted). An edge from a
        run to an artifact has `kind="made"`, one from an artifact to a run `kind="read"` and `steps`.
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    for cause, effect, edge in lineage.graph.edges(data=True):
        for read in edge.get("reads", ()):
            key = read["artifact"]
            for run in (cause, effect):
                graph.add_node(run, **lineage.graph.nodes[run])
            _add_artifact(graph, key, read["sha"])
            graph.add_edge(cause, key, kind="made")
            known = graph.edges[key, effect]["steps"] if graph.has_edge(key, effect) else []
            graph.add_edge(key, effect, kind="read", steps=sorted({*known, read["step"]}))
    _add_same(graph)
    return graph


def _add_artifact(graph: nx.DiGraph[str], key: str, sha: str | None) -> None:
    task, _, name = key.rpartition("/")
    known = graph.nodes[key]["sha"] if key in graph else None
    graph.add_node(key, kind="artifact", name=name, run=run_of(task), task=task, sha=known or sha, same=[])


def _add_same(graph: nx.DiGraph[str]) -> None:
    by_hash: dict[str, list[str]] = {}
    for key, node in graph.nodes(data=True):
        if node["kind"] == "artifact" and node["sha"]:
            by_hash.setdefault(node["sha"], []).append(key)
    for keys in by_hash.values():
        for key in keys:
            graph.nodes[key]["same"] = sorted(other for other in keys if other != key)
