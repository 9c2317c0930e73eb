"""`Lineage`, and the functions that return one: `trace` and `load`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import fields, replace
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
    from lineage.comparing.difference import Difference
    from lineage.comparing.stale import StaleRuns
    from lineage.flow_map import FlowMap
    from lineage.progress import OnProgress
    from lineage.records.model import Kind
    from lineage.scene.lineage_scene import Positions
    from lineage.sources import Cancel, Source

# Methods import what they need when called, so that a script that only walks does not load the figures.


class Lineage(ExportableGraph):
    """The graph of runs, their causes and their effects, with methods to draw, search and save it.

    Attributes
    ----------
    graph
        A plain `networkx.DiGraph` from cause to effect; `lineage.graph.run_graph` lists its attributes.
    focus
        Keys of the nodes that were asked for.
    problems
        Faults in the records that were read; empty if nothing was skipped.
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
        """Wrap a graph in a lineage."""
        return cls(**{field.name: getattr(run_graph, field.name) for field in fields(RunGraph)})

    def __getitem__(self, name: str) -> Run:
        """The nearest run of a flow, or the run with a pathspec, as a `metaflow.Run`.

        Distance is counted in hops from the focus; of runs at the same distance, the latest is returned. The
        runs in focus have distance 0.

        Raises
        ------
        RunNotFound
            If this lineage has no run of the flow, or the run can no longer be read, or Metaflow's client is
            configured for another store.
        """
        from lineage.client.runs import recorded_run

        pathspec = self.nearest(name)
        return recorded_run(pathspec, self.source, self.graph.nodes[pathspec]["created_at"])

    def __str__(self) -> str:
        from lineage.render.text_tree import text_tree

        return text_tree(self)

    def figure(self, *, layout: Positions | None = None, **updates: Any) -> go.Figure:
        """Draw the graph as a plotly figure, to restyle, combine or export; see `lineage.render.figures`.

        Parameters
        ----------
        layout
            Positions of nodes: key -> (column, row). The other nodes are placed beside their neighbours.
        **updates
            `theme="light"` or `theme="dark"` (by default that of plotly's default template), and whatever
            `Figure.update_layout` takes.
        """
        from lineage.render.figures import dag_figure
        from lineage.scene.lineage_scene import scene

        return dag_figure(scene(self, layout), **updates)

    def timeline(self, **updates: Any) -> go.Figure:
        """Draw the runs over time as a plotly figure, one lane per flow; arguments as for `figure`."""
        from lineage.render.timeline_figure import timeline_figure
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
        compare: Difference | None = None,
    ) -> Path:
        """Write the lineage as one HTML file that works offline in any browser.

        Parameters
        ----------
        path
            The file.
        layout
            As for `figure`.
        artifacts
            Names of the artifacts whose values are included; no other values are.
        details
            For how many runs to include parameters, code, and the names, types and sizes of artifacts: True
            for all, False for none, or a number, nearest to the focus first; 100 by default. They are read
            through Metaflow's client, with nine requests per run; Ctrl-C stops this, and no file is written.
            For the other runs the page says that they were not read.
        parameters
            Whether to include the values of parameters, which may be secret; False leaves only their names.
        simulate
            Add simulations to play, one for each flow and event that triggers another flow: a flow map, or
            True to read one as `lineage.flow_graph()` does.
        compare
            A comparison to show below the graph, as `lineage.diff` returns it. The report compares nothing
            by itself: it holds only what was read when it was written.

        Returns
        -------
        Path
            The file, absolute.

        Raises
        ------
        OSError
            If the file cannot be written; an existing file then stays unchanged.
        InvalidArgument
            If the flow map has no flow of this lineage, `artifacts` is a single text, `details` is not
            a number of runs, or `compare` is not a comparison.
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
            compare=compare,
        )

    def _repr_html_(self) -> str:
        """The static view: for notebooks, and for frameworks such as Panel."""
        from lineage.render.page import embed
        from lineage.scene.lineage_scene import scene

        return embed(scene(self), text=str(self))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """The outputs for a notebook: the static view, or the tree as text."""
        return {"text/html": self._repr_html_(), "text/plain": str(self)}

    def stale(
        self,
        source: Source | str | None = None,
        progress: OnProgress | None = None,
        cancel: Cancel | None = None,
    ) -> StaleRuns:
        """Find the runs that were built on inputs of which newer successful versions exist.

        An input is a run that triggered a run or whose artifacts it read; its newer versions are later
        successful runs of the same flow, project and branch, up to the time as of which the lineage is shown.

        Parameters
        ----------
        source, progress, cancel
            As in `lineage.trace`; the source that this lineage was read from. Its catalog is refreshed first.

        Returns
        -------
        StaleRuns
            `.roots`, `.refresh` (the runs to repeat), `.stimuli` (for `lineage.simulate`), and `.lineage`, in
            which `select("stale:*")` finds them. Printed, a list of the root causes.

        Raises
        ------
        InvalidArgument
            If it was read from another source.
        SourceError, Cancelled
            As in `lineage.trace`.
        """
        from lineage.comparing.stale import stale_runs

        stale = stale_runs(self, source, progress, cancel)
        return replace(stale, lineage=Lineage.of(stale.lineage))

    def artifacts(self) -> nx.DiGraph[str]:
        """Build the graph of the artifacts that its runs read from each other, as nodes between the runs.

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
        """Return the lineage as JSON, as `save` writes it."""
        return to_json(self)

    def save(self, path: str | Path) -> Path:
        """Save the lineage as JSON, for `lineage.load`.

        Returns
        -------
        Path
            The file, absolute.
        """
        return write_whole(path, self.to_json())


def load(path: str | Path) -> Lineage:
    """Load a lineage from a file that `Lineage.save` wrote.

    Parameters
    ----------
    path
        The file. Files of earlier versions can be loaded, too.

    Returns
    -------
    Lineage
        As it was saved, with times in UTC.

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
    fresh: bool = False,
) -> Lineage:
    """Follow a run to its causes, and to its effects: triggers, resumes, spawned runs, events, and reads.

    Parameters
    ----------
    run
        A `metaflow.Run`, a pathspec `"Flow/id"`, a flow's name (its latest run), the key of an event
        (`"event:orders_landed/8f1c"`, where the beginning of the id is enough), a cascade of
        `lineage.recent`, or several of these.
    upstream
        Hops towards the causes: 0 for none, None for no limit.
    downstream
        Hops towards the effects, likewise. Metaflow records triggers only on the effect, so this
        queries a catalog, which is refreshed first. The first refresh reads every run of the source, later
        ones only runs that are new or had not ended.
    as_of
        Show what was known at that time: runs that began later are left out, and runs that ended
        later are running. A `datetime` (one without a time zone is local, as Metaflow's are) or ISO 8601
        text. Tags and deletions have no recorded time and are shown as they are now. None for now.
    source
        Where to read: an address (`local:/path`, `https://…`, `postgresql://…`), a source, or None for
        what Metaflow is configured for.
    progress
        Called with the number of runs read and the total, while the catalog is refreshed and then while runs
        that are shown for the first time are read in full.
    cancel
        A `threading.Event`, or anything with its `is_set`; stops reading.
    kinds
        Which edges to follow, some of `"trigger"`, `"resume"`, `"spawn"`, `"publish"`, `"read"`; None for
        all.
    fresh
        Read everything from the source, also completed runs that the catalog knows; with effects, the
        catalog is built again.

    Returns
    -------
    Lineage
        All runs that the walk met, including those that no longer exist (`status="missing"`). Where it
        stopped at the limit, `more_upstream` and `more_downstream` count the neighbours left out. Broken
        records, and reasons why effects may be incomplete, are in `.problems`.

    Raises
    ------
    InvalidArgument
        Before anything is read.
    RunNotFound, FlowNotFound
        If the run or flow does not exist.
    SourceError
        If the source cannot be read.
    Cancelled
        If `cancel` was set.
    """
    from lineage.tracing.trace import trace_runs

    return Lineage.of(trace_runs(run, upstream, downstream, as_of, source, progress, cancel, kinds, fresh))
