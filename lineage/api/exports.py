"""Export a lineage in the formats of other tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lineage.files import write_whole
from lineage.graph.run_graph import RunGraph

if TYPE_CHECKING:
    import networkx as nx
    import pandas

# Methods import what they need when called: most lineages are never exported.


class ExportableGraph(RunGraph):
    """A graph of runs that other tools can read; docs/guide/export.md tells what each format holds."""

    def portable(self) -> nx.DiGraph[str]:
        """A copy of the graph that any graph writer can write.

        Attributes are texts, integers below 2**31 and finite numbers, each of one type throughout.
        Attributes without a value are left out, times are ISO 8601 with their zone, lists and payloads are
        JSON. A name that a format reserves gets an underscore at its end; an event's `name` is `event_name`.

        Examples
        --------
        >>> import networkx as nx
        >>> lin = ExportableGraph(nx.DiGraph([("ETLFlow/1", "TrainingFlow/34")]))
        >>> print(*nx.generate_gml(lin.portable()), sep="\\n")  # doctest: +ELLIPSIS
        graph [
          directed 1
          ...
        """
        from lineage.exporting.strict_graph import portable_graph

        return portable_graph(self.graph)

    def to_graphml(self, path: str | Path) -> Path:
        """Write the graph as GraphML, for networkx, igraph, Gephi, yEd and others.

        Returns
        -------
        Path
            The file, absolute.

        Raises
        ------
        OSError
            If the file cannot be written; an existing file is then still whole.
        """
        from lineage.exporting.strict_graph import format_graphml

        return write_whole(path, format_graphml(self.graph))

    def to_gexf(self, path: str | Path) -> Path:
        """Write the graph as GEXF, for Gephi. Returns and raises as `to_graphml`."""
        from lineage.exporting.strict_graph import format_gexf

        return write_whole(path, format_gexf(self.graph))

    def to_dot(self) -> str:
        """The graph in DOT, the language of graphviz: a picture, and the attributes of nodes and edges.

        Examples
        --------
        >>> import networkx as nx
        >>> print(ExportableGraph(nx.DiGraph()).to_dot().splitlines()[0])
        digraph lineage {
        """
        from lineage.exporting.dot import format_dot

        return format_dot(self.graph)

    def to_mermaid(self) -> str:
        """The graph as a Mermaid flowchart, which GitHub, GitLab and many wikis draw.

        Past what Mermaid draws, 500 edges or 50,000 characters, runs are folded by flow; the diagram's title
        and a `UserWarning` say so.

        Raises
        ------
        ExportError
            If even the flows are too many.
        """
        from lineage.exporting.mermaid import format_mermaid

        return format_mermaid(self.graph)

    def to_frame(self, *, edges: bool = False, events: bool = False) -> pandas.DataFrame:
        """The runs as a pandas frame, one row a run; or the edges, or the events.

        Parameters
        ----------
        edges
            Give the edges: columns `cause` and `effect`, and the edges' attributes.
        events
            Give the events.

        Returns
        -------
        pandas.DataFrame
            Times are in UTC to the microsecond, `duration` is a timedelta, `tags` and other lists are tuples.
            Runs are indexed by their pathspecs, events by their keys.

        Raises
        ------
        InvalidArgument
            If both edges and events are asked for.
        MissingExtra
            If pandas is not installed.
        """
        from lineage.errors import InvalidArgument
        from lineage.exporting.frames import edge_frame, event_frame, run_frame

        if edges and events:
            raise InvalidArgument("edges and events are two frames: ask for one at a time")
        make = edge_frame if edges else event_frame if events else run_frame
        return make(self.graph)

    def to_openlineage(
        self, *, namespace: str = "metaflow", to: str | None = None, key: str | None = None
    ) -> list[dict[str, Any]]:
        """The runs as OpenLineage run events: JSON values, in the order of their times.

        Parameters
        ----------
        namespace
            Of jobs, runs and datasets: one for each Metaflow installation. The ids of runs follow from it.
        to
            Send the events to this address, too: of an endpoint that takes OpenLineage, or of its server.
        key
            What the endpoint wants as a bearer token.

        Raises
        ------
        InvalidArgument
            If the namespace is empty, or `to` is not an address.
        ExportError
            If runs are simulated, or the endpoint does not take the events: `EndpointDenied`,
            `EndpointUnreachable`.
        """
        from lineage.exporting.openlineage.events import openlineage_events

        events = openlineage_events(self.graph, namespace)
        if to is not None:
            from lineage.exporting.openlineage.posting import post_events

            post_events(events, to, key=key)
        return events
