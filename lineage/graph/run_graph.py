"""`RunGraph`: a networkx graph of runs and events, with its focus and the problems met.

Nodes and their attributes
--------------------------
Run, key `"TrainingFlow/34"`
    `kind="run"`, `flow`, `run_id`, `status` (`completed`, `failed`, `running`, `missing`, `unknown`),
    `created_at`, `finished_at` (aware UTC `datetime` or None), `user`, `tags`, `system_tags` (lists),
    `project`, `branch`, `origin` (pathspec of the run that this one resumed, or None), `start_step`,
    `end_step`, `failed_step` (None unless a step failed); `usual_duration` (seconds, the median of the
    flow's completed runs) and `usual_of` (how many runs those are, at least three) where a catalog knows
    them;
    `stale` (in words, of a run whose inputs have newer versions) once `Lineage.stale` has looked.
Event, key `"event:<name>/<id>"`
    `kind="event"`, `name`, `event_id` (None if none was recorded), `timestamp`, `payload` (dict or None).

Where a walk stopped, `more_upstream` or `more_downstream` counts the neighbours that are left out.

An edge runs from cause to effect. Its attributes are `kind` (the strongest of `trigger`, `resume`, `spawn`,
`publish`, `read`), `kinds` (all of them), `event` (name or None), `timestamp`; where artifacts were read,
`artifacts` (their names), `steps` (that read them), `reads` (one dict each: `artifact`, its pathspec;
`sha`, its content hash or None; `step`), and `more_artifacts`, how many more were read and only counted.
`returned` names artifacts that the cause read from the effect it had started.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lineage.errors import RunNotFound, nearest
from lineage.format import format_count, format_time
from lineage.graph.parts import part_of
from lineage.graph.selection import select
from lineage.lazy import nx
from lineage.records.causes import IncomingEdge
from lineage.records.model import FACTS, KINDS, Problem, RunRecord, TriggerEvent

if TYPE_CHECKING:
    from typing_extensions import Self

DETAILS = 100  # runs of which a report has the details, unless told otherwise: a second or two of reading
_NAMED = 5  # runs in focus that are named in one line


# What the module's docstring describes, and nothing else, is saved and drawn: programs that draw or convert
# the graph may leave attributes of their own on it.
NODE_ATTRIBUTES = (
    *("kind", *FACTS, "usual_duration", "usual_of", "outcome", "stale"),
    *("name", "event_id", "timestamp", "payload", "more_upstream", "more_downstream"),
)
EDGE_ATTRIBUTES = (
    *("kind", "kinds", "event", "timestamp", "artifacts", "steps"),
    *("reads", "more_artifacts", "returned"),
)


def run_attributes(record: RunRecord) -> dict[str, Any]:
    """The attributes of a run's node: the facts of its record, tuples as lists."""
    values = ((name, getattr(record, name)) for name in FACTS)
    return {"kind": "run"} | {name: list(v) if isinstance(v, tuple) else v for name, v in values}


def missing_attributes(pathspec: str) -> dict[str, Any]:
    """The attributes of a run that triggered another and can no longer be read."""
    flow, run_id = pathspec.split("/", 1)
    return run_attributes(RunRecord(flow, run_id, status="missing"))


def event_attributes(event: TriggerEvent) -> dict[str, Any]:
    """The attributes of an external event's node."""
    return {
        "kind": "event",
        "name": event.name,
        "event_id": event.event_id,
        "timestamp": event.timestamp,
        "payload": dict(event.payload) if event.payload is not None else None,
    }


def edge_attributes(edge: IncomingEdge) -> dict[str, Any]:
    """The attributes of an edge; those about reads only if there are any."""
    event = edge.event
    attributes: dict[str, Any] = {
        "kind": edge.kind,
        "kinds": [kind for kind in KINDS if kind in edge.kinds],
        "event": event.name if event else None,
        "timestamp": event.timestamp if event else None,
    }
    if edge.reads or edge.counted:
        attributes["artifacts"] = sorted({read.artifact for read in edge.reads})
        attributes["steps"] = sorted({read.step for read in edge.reads})
        attributes["reads"] = [
            {"artifact": f"{read.task}/{read.artifact}", "sha": read.sha, "step": read.step}
            for read in edge.reads
        ]
    if edge.counted:
        attributes["more_artifacts"] = edge.counted
    return attributes


@dataclass(frozen=True, repr=False, eq=False)
class RunGraph:
    """The graph of some runs, their causes and their effects.

    Attributes
    ----------
    graph
        A plain `networkx.DiGraph` from cause to effect; the module's docstring lists its attributes.
    focus
        Keys of the nodes that were asked for.
    problems
        Faults in the records that were read; empty if nothing was skipped.
    source
        The store it was read from, as text for people.
    read_at
        When it was read (aware UTC), or None for one made by hand.
    as_of
        The time in the past as of which it is shown (aware UTC), or None for when it was read.

    Examples
    --------
    >>> graph = nx.DiGraph()
    >>> graph.add_node("ETLFlow/1", **run_attributes(RunRecord("ETLFlow", "1", status="completed")))
    >>> RunGraph(graph, ("ETLFlow/1",))
    Lineage of ETLFlow/1: 1 run
    """

    graph: nx.DiGraph[str]
    focus: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    source: str = ""
    read_at: datetime | None = None
    as_of: datetime | None = None

    @property
    def runs(self) -> list[str]:
        """Pathspecs of all its runs, causes before effects."""
        order = nx.lexicographical_topological_sort(self.graph)
        return [key for key in order if self.graph.nodes[key]["kind"] == "run"]

    @property
    def events(self) -> list[str]:
        """Keys of all its external events, sorted."""
        return sorted(key for key, node in self.graph.nodes(data=True) if node["kind"] == "event")

    @property
    def flows(self) -> list[str]:
        """Names of the flows of its runs, sorted."""
        return sorted({node["flow"] for _, node in self.graph.nodes(data=True) if node["kind"] == "run"})

    def nearest(self, name: str) -> str:
        """Return the pathspec of a flow's nearest run, or the pathspec itself if one is given.

        Distance is counted in hops from the focus; of runs at the same distance, the latest is returned.

        Raises
        ------
        RunNotFound
            If no run of that flow is in this lineage.
        """
        if name in self.graph and self.graph.nodes[name]["kind"] == "run":
            return name
        start = set(self.focus) or set(self.graph)
        undirected = self.graph.to_undirected(as_view=True)
        near = nx.multi_source_dijkstra_path_length(undirected, start) if start else {}
        candidates = [key for key in near if self.graph.nodes[key].get("flow") == name]
        if not candidates:
            raise RunNotFound(f"No run of {name!r} is in this lineage{nearest(name, self.flows)}")
        return min(
            candidates, key=lambda key: (near[key], -_seconds(self.graph.nodes[key]["created_at"]), key)
        )

    def __contains__(self, name: object) -> bool:
        return name in self.graph or name in self.flows

    def __iter__(self) -> Iterator[str]:
        return iter(self.runs)

    def __len__(self) -> int:
        return sum(node["kind"] == "run" for _, node in self.graph.nodes(data=True))

    def __repr__(self) -> str:
        counts = [format_count(len(self), "run")]
        if self.events:
            counts.append(format_count(len(self.events), "event"))
        if self.problems:
            counts.append(format_count(len(self.problems), "problem"))
        then = f" as of {format_time(self.as_of)}" if self.as_of else ""
        more = f" and {len(self.focus) - _NAMED:,} more" if len(self.focus) > _NAMED else ""
        return f"Lineage of {', '.join(self.focus[:_NAMED]) or 'nothing'}{more}{then}: {', '.join(counts)}"

    def select(self, text: str) -> Self:
        """Return the part of this lineage that matches a selection; see docs/reference/selection.md.

        Parameters
        ----------
        text
            For example `"2+TrainingFlow/34+ and not status:failed"`.

        Returns
        -------
        RunGraph
            The matching nodes; each counts the neighbours that it lost.

        Raises
        ------
        InvalidSelection
            If the text does not parse.
        """
        return self.subset(select(self.graph, text))

    def subset(self, keys: set[str]) -> Self:
        """Return the subgraph of these nodes; each counts the neighbours that it lost."""
        graph = part_of(self.graph, keys)
        for key, node in graph.nodes(data=True):
            _count_border(node, "more_upstream", self.graph.in_degree(key) - graph.in_degree(key))
            _count_border(node, "more_downstream", self.graph.out_degree(key) - graph.out_degree(key))
        return replace(self, graph=graph, focus=tuple(key for key in self.focus if key in keys))


def _count_border(node: dict[str, Any], name: str, lost: int) -> None:
    if lost:
        node[name] = node.get(name, 0) + lost


def _seconds(moment: datetime | None) -> float:
    return moment.timestamp() if moment else float("-inf")
