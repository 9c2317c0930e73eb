"""`Lineage`, and the ways to get one: `trace` and `load`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lineage.api.exports import ExportableGraph
from lineage.files import write_whole
from lineage.graph.artifact_graph import artifact_graph
from lineage.graph.run_graph import DETAILS, RunGraph
from lineage.graph.saved import from_file, to_json

if TYPE_CHECKING:
    import networkx as nx
    import plotly.graph_objects as go
    from metaflow import Run

    from lineage.client.run_names import RunLike
    from lineage.flow_map import FlowMap
    from lineage.progress import OnProgress
    from lineage.records.model import Kind
    from lineage.scene.lineage_scene import Positions
    from lineage.sources import Cancel, Source

# What a method needs is imported when it is called: a script that only walks does not pay for the figures.


class Lineage(ExportableGraph):
    """Where runs came from and what they set off: a graph, and ways to look at it.

    Attributes
    ----------
    graph
        A plain `networkx.DiGraph` from cause to effect; `lineage.graph.run_graph` lists its attributes.
    focus
        Keys of the nodes that were asked for.
    problems
        Faults in the records that the walk met and stepped over; an empty tuple means that nothing was
        skipped.
    source
        The place it was read from, as text.
    read_at
        When it was read (aware UTC), or None for one that was made by hand.
    as_of
        The time in the past as of which it is shown (aware UTC), or None for when it was read.

    Examples
    --------
    >>> import networkx as nx
    >>> from lineage.graph.run_graph import run_attributes
    >>> from lineage.records.model import RunRecord
    >>> graph = nx.DiGraph()
    >>> graph.add_node("ETLFlow/1", **run_attributes(RunRecord("ETLFlow", "1", status="completed")))
    >>> print(Lineage(graph, ("ETLFlow/1",)))
    ● ETLFlow/1  completed
    """

    @classmethod
    def of(cls, run_graph: RunGraph) -> Lineage:
        """The same graph with the methods of a lineage."""
        return cls(**{field.name: getattr(run_graph, field.name) for field in fields(RunGraph)})

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

    def __str__(self) -> str:
        from lineage.render.text_tree import text_tree

        return text_tree(self)

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
            for all, False for none, or that many, those first that are nearest to what was asked for; 100
            unless said otherwise. They
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

    def artifacts(self) -> nx.DiGraph[str]:
        """The artifacts that its runs read from each other, as nodes between the runs.

        Returns
        -------
        networkx.DiGraph
            Run nodes as in `graph`; artifact nodes with the key `"Flow/run/step/task/name"` and the
            attributes `kind="artifact"`, `name`, `run`, `task`, `sha` (the content hash, or None), and
            `same`, the keys of other artifacts with the same content. Edges lead from the run that made an
            artifact to it, and from it to the runs that read it.
        """
        return artifact_graph(self)

    def to_json(self) -> str:
        """The lineage as JSON, as `save` writes it."""
        return to_json(self)

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
        If it is not a saved lineage.
    """
    return Lineage.of(from_file(path))


def trace(
    run: RunLike | Iterable[RunLike],
    upstream: int | None = None,
    downstream: int | None = 0,
    as_of: datetime | str | None = None,
    source: Source | str | None = None,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
    kinds: Iterable[Kind] | None = None,
) -> Lineage:
    """Follow a run to its causes, and to its effects: triggers, resumes, spawned runs, events, and reads.

    Parameters
    ----------
    run
        A `metaflow.Run`, a pathspec `"Flow/id"`, a flow's name (its latest run), or several of these.
    upstream
        Hops towards the causes: 0 for none, None for no limit.
    downstream
        Hops towards the effects, likewise. Metaflow records triggers on the effect's side only, so
        this asks a catalog that is brought up to date first: the first time that reads every run of the
        source, later only what is new and what had not ended.
    as_of
        Show what was known at that time: runs that began later are left out, and runs that ended
        later are running. A `datetime` (one without a time zone is local, as Metaflow's are) or ISO 8601
        text. Tags and deletions carry no time, so they are as of now. None for now.
    source
        Where to read: an address (`local:/path`, `https://…`, `postgresql://…`), a source, or None for
        what Metaflow is configured for.
    progress
        Called while the catalog is brought up to date, and then while runs that are shown for the first
        time are read whole: with how many runs are read and how many there are to read.
    cancel
        A `threading.Event`, or anything with its `is_set`; stops reading.
    kinds
        Which edges to follow, some of `"trigger"`, `"resume"`, `"spawn"`, `"publish"`, `"read"`; None for
        all.

    Returns
    -------
    Lineage
        Every run that was met, also those that no longer exist (`status="missing"`). Where the walk
        stopped at the limit, `more_upstream` and `more_downstream` say how much there is beyond.
        What was broken on the way, and why effects may be incomplete, is in `.problems`.

    Raises
    ------
    InvalidArgument
        Before anything is read.
    RunNotFound, FlowNotFound
        If what was asked for does not exist.
    SourceError
        If the source cannot be read.
    Cancelled
        If `cancel` was set.
    """
    from lineage.tracing.trace import trace_runs

    return Lineage.of(trace_runs(run, upstream, downstream, as_of, source, progress, cancel, kinds))


def consumers(
    run: RunLike,
    artifact: str | None = None,
    source: Source | str | None = None,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> list[str]:
    """Find the runs that read artifacts of a run.

    Parameters
    ----------
    run
        A `metaflow.Run`, a pathspec `"Flow/id"`, or a flow's name (its latest run).
    artifact
        Name of one artifact; None for any.
    source, progress, cancel
        As in `trace`. The answer comes from the catalog, which is brought up to date first.

    Returns
    -------
    list of str
        Pathspecs, in the order in which the runs began. A run of which only the number of artifacts is
        recorded counts as one that may have read this one. A run that resumed a reader and copied the task
        that read is among them.

    Raises
    ------
    InvalidArgument
        Before anything is read.
    RunNotFound, FlowNotFound, SourceError, Cancelled
        As in `trace`.
    """
    from lineage.tracing.consumers import readers_of

    return readers_of(run, artifact, source, progress, cancel)
