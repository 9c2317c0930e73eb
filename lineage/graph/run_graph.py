"""A lineage: one networkx graph of runs and events, and what people do with it.

Nodes and their attributes
--------------------------
Run, key `"TrainingFlow/34"`
    `kind="run"`, `flow`, `run_id`, `status` (`completed`, `failed`, `running`, `missing`, `unknown`),
    `created_at`, `finished_at` (aware UTC `datetime` or None), `user`, `tags`, `system_tags` (lists),
    `project`, `branch`, `origin` (pathspec of the run that this one resumed, or None), `start_step`,
    `end_step`; `usual_duration` (seconds, the median of the flow's completed runs) where a catalog knows it.
Event, key `"event:<name>/<id>"`
    `kind="event"`, `name`, `event_id`, `timestamp`, `payload` (dict or None).

Where a walk stopped, `more_upstream` or `more_downstream` counts what lies beyond. An edge runs from
cause to effect; its attributes are `kind` (`trigger` or `resume`), `event` (name or None), `timestamp`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx

from lineage.errors import InvalidArgument, RunNotFound, nearest
from lineage.files import write_whole
from lineage.format import format_count, format_time
from lineage.records.model import Problem, RunRecord, TriggerEvent
from lineage.render.text_tree import text_tree

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from metaflow import Run

    from lineage.flow_map import FlowMap

Positions = Mapping[str, tuple[float, float]]

DETAILS = 100  # runs of which a report has the details, unless told otherwise: a second or two of reading

_TIMES = ("created_at", "finished_at", "timestamp")
_FORMAT = "metaflow-lineage/1"


def run_attributes(record: RunRecord) -> dict[str, Any]:
    """The attributes of a run's node."""
    return {
        "kind": "run",
        "flow": record.flow,
        "run_id": record.run_id,
        "status": record.status,
        "created_at": record.created_at,
        "finished_at": record.finished_at,
        "user": record.user,
        "tags": list(record.tags),
        "system_tags": list(record.system_tags),
        "project": record.project,
        "branch": record.branch,
        "origin": record.origin,
        "start_step": record.start_step,
        "end_step": record.end_step,
    }


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


@dataclass(frozen=True, repr=False, eq=False)
class Lineage:
    """Where some runs came from and what they set off.

    Attributes
    ----------
    graph
        A plain `networkx.DiGraph` from cause to effect; the module's docstring lists its attributes.
    focus
        Keys of the nodes that were asked for.
    problems
        What was wrong with records on the way. An empty tuple means that nothing was skipped.
    source
        Where it was read, for people.
    read_at
        When it was read (aware UTC), or None for one that was made up.
    as_of
        The time in the past as of which it is shown (aware UTC), or None for when it was read.

    Examples
    --------
    >>> graph = nx.DiGraph()
    >>> graph.add_node("ETLFlow/1", **run_attributes(RunRecord("ETLFlow", "1", status="completed")))
    >>> Lineage(graph, ("ETLFlow/1",))
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
        """Pathspecs of all runs in it, causes before effects."""
        order = nx.lexicographical_topological_sort(self.graph)
        return [key for key in order if self.graph.nodes[key]["kind"] == "run"]

    @property
    def events(self) -> list[str]:
        """Keys of all external events in it, sorted."""
        return sorted(key for key, node in self.graph.nodes(data=True) if node["kind"] == "event")

    @property
    def flows(self) -> list[str]:
        """Names of the flows whose runs are in it, sorted."""
        return sorted({node["flow"] for _, node in self.graph.nodes(data=True) if node["kind"] == "run"})

    def __getitem__(self, name: str) -> Run:
        """The nearest run of a flow, or the run of a pathspec, as a `metaflow.Run`.

        Nearest is by hops from what was asked for; among equals the latest. A flow's name finds the
        run itself before its causes.

        Raises
        ------
        RunNotFound
            If no run of the flow is in this lineage, or if it is and can no longer be read, or only from
            another place than Metaflow's client is pointed at.
        """
        from lineage.client.runs import recorded_run

        pathspec = self.nearest(name)
        return recorded_run(pathspec, self.source, self.graph.nodes[pathspec]["created_at"])

    def nearest(self, name: str) -> str:
        """Pathspec of the nearest run of a flow; see `Lineage[…]`.

        Raises
        ------
        RunNotFound
            If no run of that flow is in this lineage.
        """
        if name in self.graph and self.graph.nodes[name]["kind"] == "run":
            return name
        near = nx.multi_source_dijkstra_path_length(
            self.graph.to_undirected(as_view=True), set(self.focus) or set(self.graph)
        )
        found = [key for key in near if self.graph.nodes[key].get("flow") == name]
        if not found:
            raise RunNotFound(f"No run of {name!r} is in this lineage{nearest(name, self.flows)}")
        return min(found, key=lambda key: (near[key], -_seconds(self.graph.nodes[key]["created_at"]), key))

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
        return f"Lineage of {', '.join(self.focus) or 'nothing'}{then}: {', '.join(counts)}"

    def __str__(self) -> str:
        return text_tree(self)

    def select(self, text: str) -> Lineage:
        """The part of this lineage that a selection means; docs/selection.md has the language.

        Parameters
        ----------
        text
            For example `"2+TrainingFlow/34+ and not status:failed"`.

        Returns
        -------
        Lineage
            A smaller one; what lies beyond its border is counted.

        Raises
        ------
        InvalidSelection
            If the text does not parse.
        """
        from lineage.graph.selection import select

        return self.subset(select(self.graph, text))

    def subset(self, keys: set[str]) -> Lineage:
        """The part of this lineage between these nodes; what they lose is counted at the border."""
        graph = self.graph.subgraph(keys).copy()
        for key, node in graph.nodes(data=True):
            _count_border(node, "more_upstream", self.graph.in_degree(key) - graph.in_degree(key))
            _count_border(node, "more_downstream", self.graph.out_degree(key) - graph.out_degree(key))
        return replace(self, graph=graph, focus=tuple(key for key in self.focus if key in keys))

    def figure(self, *, layout: Positions | None = None, **updates: Any) -> go.Figure:
        """The graph as a plotly figure, to restyle, combine, or export; see `lineage.render.figures`.

        Parameters
        ----------
        layout
            Where nodes stand: key -> (column, row). What is left out finds a place beside its neighbours.
        **updates
            `theme="dark"`, and whatever `Figure.update_layout` takes.
        """
        from lineage.render.figures import dag_figure
        from lineage.scene.lineage_scene import scene

        return dag_figure(scene(self, layout), **updates)

    def timeline(self, **updates: Any) -> go.Figure:
        """The runs over time as a plotly figure, a lane for each flow; see `lineage.render.figures`."""
        from lineage.render.figures import timeline_figure
        from lineage.scene.lineage_scene import scene

        return timeline_figure(scene(self), **updates)

    def to_html(
        self,
        path: str | Path,
        *,
        layout: Positions | None = None,
        artifacts: Collection[str] = (),
        details: bool | int = DETAILS,
        parameters: bool = True,
        simulate: bool | FlowMap = False,
    ) -> Path:
        """Write the lineage as one HTML file that works anywhere, also offline.

        Parameters
        ----------
        path
            The file.
        layout
            As for `figure`.
        artifacts
            Names of artifacts whose values go in; no others do.
        details
            Of how many runs the parameters, the code, and the artifacts by name, type and size go in: True
            for all, False for none, or that many, those first that are nearest to what was asked for. They
            are read through Metaflow's client, with nine requests a run; Ctrl-C stops that, and nothing is
            written. Of the other runs the page says that they were not read.
        parameters
            Whether values of parameters go in; False leaves their names, for those that hold secrets.
        simulate
            Add what would fire, to be played: a simulation for each flow and event that sets off
            something. A flow map; or True to read one, as `lineage.flow_graph()` does.

        Returns
        -------
        Path
            The file, absolute.

        Raises
        ------
        OSError
            If the file cannot be written; an existing file is then still whole.
        InvalidArgument
            If the flow map has no flow of this lineage, `artifacts` is a single text, or `details` is no
            number of runs.
        SourceError
            If the flow map cannot be read.
        """
        from lineage.render.report import write_report

        return write_report(
            self,
            path,
            layout=layout,
            artifacts=artifacts,
            details=details,
            parameters=parameters,
            simulate=simulate,
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows: the view without a kernel, or the tree."""
        from lineage.render.page import embed
        from lineage.scene.lineage_scene import scene

        return {"text/html": embed(scene(self)), "text/plain": str(self)}

    def to_json(self) -> str:
        """The lineage as JSON, as `save` writes it."""
        document = {
            "format": _FORMAT,
            "focus": self.focus,
            "problems": [asdict(problem) for problem in self.problems],
            "source": self.source,
            "read_at": self.read_at,
            "as_of": self.as_of,
            "graph": nx.node_link_data(self.graph, edges="edges"),
        }
        return json.dumps(document, default=_iso, ensure_ascii=False, indent=1)

    def save(self, path: str | Path) -> Path:
        """Write the lineage as JSON, for `lineage.load`.

        Returns
        -------
        Path
            The file, absolute.
        """
        return write_whole(path, self.to_json())


def load(path: str | Path) -> Lineage:
    """Read a lineage that `Lineage.save` wrote.

    Raises
    ------
    OSError
        If the file cannot be read.
    InvalidArgument
        If it is not such a file.
    """
    try:
        document = json.loads(Path(path).expanduser().read_text("utf-8"))
        if document["format"] != _FORMAT:
            raise InvalidArgument(f"{path} has the format {document['format']!r}, not {_FORMAT!r}")
        graph: nx.DiGraph[str] = nx.DiGraph(
            nx.node_link_graph(document["graph"], edges="edges", directed=True)
        )
        for _, node in graph.nodes(data=True):
            _parse_times(node)
        for _, _, edge in graph.edges(data=True):
            _parse_times(edge)
        problems = tuple(Problem(**problem) for problem in document["problems"])
        times = (_time(document[name]) for name in ("read_at", "as_of"))
        return Lineage(graph, tuple(document["focus"]), problems, document["source"], *times)
    except (ValueError, KeyError, TypeError, nx.NetworkXError) as exc:
        if isinstance(exc, InvalidArgument):
            raise
        raise InvalidArgument(f"{path} is no saved lineage ({type(exc).__name__}: {exc})") from exc


def _count_border(node: dict[str, Any], name: str, lost: int) -> None:
    if lost:
        node[name] = node.get(name, 0) + lost


def _seconds(moment: datetime | None) -> float:
    return moment.timestamp() if moment else float("-inf")


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat()
    raise TypeError(f"a lineage holds no {type(value).__name__}")


def _parse_times(attributes: dict[str, Any]) -> None:
    for name in _TIMES:
        if name in attributes:
            attributes[name] = _time(attributes[name])


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
