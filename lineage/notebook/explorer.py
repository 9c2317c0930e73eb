"""`show_lineage`: the interactive explorer in a notebook."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, overload

import networkx as nx
import traitlets
from IPython.core.getipython import get_ipython
from IPython.display import display

from lineage.api.lineages import Lineage, trace
from lineage.client.run_names import RunLike, named_runs
from lineage.errors import InvalidArgument
from lineage.layout import Placement, place
from lineage.notebook.answers import answer, error_text
from lineage.notebook.background_walk import BoundWalk, Loading, progress_of
from lineage.notebook.cell_output import VIEW, check_theme, show
from lineage.notebook.recent_view import RecentView, recent_view
from lineage.notebook.viewer_widget import Viewer, fitting_height
from lineage.notebook.watcher import LiveWatcher
from lineage.render.page import embed
from lineage.render.text_tree import text_tree
from lineage.scene.lineage_scene import Positions, checked_positions, scene
from lineage.scene.part import drawn_part
from lineage.sources import Source

PATIENCE = 2.0  # seconds that a cell waits for a walk before it shows the progress


class Explorer(Viewer):
    """The graph of a lineage, with details of what is selected; one anywidget, for every notebook.

    Attributes
    ----------
    lineage : Lineage
        The lineage shown; assign another to show it. Nodes in both keep their positions.
    selected : list of str
        Keys of the selected nodes; a traitlet: other cells may set it and observe it.
    progress : dict
        Of a walk that goes on, `done` and `total` (None while it is unknown), counts of runs; of a layout or
        a watch, `words`; `button`, the label of the button that ends it; of what failed, `error`; or empty.
    """

    lineage = traitlets.Instance(Lineage)
    progress = traitlets.Dict().tag(sync=True)
    _watcher: LiveWatcher | None = None

    def __init__(
        self,
        lineage: Lineage,
        *,
        layout: Positions | None = None,
        theme: str = "auto",
        height: int | None = None,
        walk: BoundWalk | None = None,
        source: Source | str | None = None,
        live: bool = False,
        placement: Placement | None = None,
    ) -> None:
        """
        Parameters
        ----------
        lineage
            The lineage to show.
        layout
            Positions of nodes: key -> (column, row). The other nodes are placed beside their neighbours.
        theme
            `"light"`, `"dark"`, or `"auto"` for the notebook's.
        height
            Height of the graph in pixels; by default it fits the rows.
        walk
            The walk that `refresh` repeats.
        source
            Where to read the neighbours that are not shown, as in `lineage.trace`.
        live
            Whether a walk that `load` shows is watched from then on.
        placement
            The layout, if it is ready.
        """
        self._walks: set[Loading] = set()  # that have not ended
        check_theme(theme)
        self._walk = walk
        self._height = height
        self._source = source
        self._placement = Placement(checked_positions(layout, lineage.graph), {})
        self._drawn_in: int | None = None
        self._live, self._prepared = live, placement
        self._handles: tuple[Any, ...] = ()  # of the cell's outputs
        super().__init__(
            lineage=lineage,
            selected=list(lineage.focus[:1]),
            theme=theme,
            details=True,
            uid=uuid.uuid4().hex,
        )
        self.on_msg(self._hear)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.lineage!r}>"

    @traitlets.observe("lineage")
    def _draw(self, _: Mapping[str, Any]) -> None:
        self._placement = self._prepared or self._arrange(self.lineage)
        self._prepared = None
        document = scene(self.lineage, self._placement)
        self.height = self._height or fitting_height(document)
        self.scene = document

    def _hear(self, _: object, question: Mapping[str, Any], buffers: object) -> None:
        """Do what the view asks for; what takes long is done in a thread."""
        kind = question.get("type")
        if kind == "cancel":
            self.cancel()
        elif kind == "stop":
            self.stop_watching()
        elif kind == "more":
            self.more(question["id"])
        else:
            lineage, source = self.lineage, self._source
            threading.Thread(target=lambda: self.send(answer(lineage, question, source)), daemon=True).start()

    def _arrange(self, lineage: Lineage) -> Placement:
        """Lay out a lineage around what is shown."""
        return place(
            drawn_part(lineage).graph, fixed=self._placement.positions, routes=self._placement.routes
        )

    def focus(self, name: str) -> None:
        """Select the nearest run of a flow, or the run with a pathspec.

        Raises
        ------
        RunNotFound
            If this lineage has none.
        """
        self.selected = [self.lineage.nearest(name)]

    def refresh(self) -> threading.Thread:
        """Walk again in a thread; new nodes appear, and selection, zoom and positions stay.

        Returns
        -------
        threading.Thread
            Ends when the new lineage or an error is shown.

        Raises
        ------
        InvalidArgument
            If this explorer was made from a finished lineage and has no walk to repeat.
        """
        return self.load(Loading(self._needed_walk(), self._arrange))

    def _needed_walk(self) -> BoundWalk:
        if self._walk is None:
            raise InvalidArgument(
                "made from a finished lineage: assign a new one to .lineage, or use show_lineage(run)"
            )
        return self._walk

    def more(self, key: str) -> threading.Thread:
        """Add the causes and effects of a node that the walk left out; the other nodes stay.

        Returns
        -------
        threading.Thread
            Ends when they or an error are shown.
        """
        shown = self.lineage

        def walk(**named: Any) -> Lineage:
            there = [run for run in shown.runs if shown.graph.nodes[run]["status"] != "missing"]
            around = trace(there, upstream=1, downstream=1, source=self._source, **named)
            kept = {*shown.graph, key, *around.graph.predecessors(key), *around.graph.successors(key)}
            return replace(around.subset(kept), focus=shown.focus)

        return self.load(Loading(walk, self._arrange))

    def load(self, loading: Loading) -> threading.Thread:
        """Show a walk's progress, then its lineage; returns the thread that waits for it."""
        self._walks.add(loading)
        thread = threading.Thread(target=self._finish, args=(loading,), daemon=True)
        thread.start()
        return thread

    def _finish(self, loading: Loading) -> None:
        try:
            while not loading.wait(0.2):
                self.progress = progress_of(loading)
            self._walks.discard(loading)
            lineage, self._prepared = loading.result(), loading.placement
            self.lineage = lineage
            self.selected = self.selected or list(lineage.focus[:1])
            self.progress = {}
            self._show_again()
            if self._live:
                self.watch()
        except Exception as error:  # shown in the widget instead of in a log
            self._walks.discard(loading)
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self.progress = {"error": error_text(error)}

    def cancel(self) -> None:
        """Stop the walks that have not ended; what has been shown stays."""
        for loading in tuple(self._walks):
            loading.cancel()

    def watch(self) -> threading.Thread:
        """Trace again, at intervals that grow, until all runs have ended; only what changed moves.

        Returns
        -------
        threading.Thread
            Ends with the watch: a minute after the last run, by the button, or by `close`.

        Raises
        ------
        InvalidArgument
            If this explorer was made from a finished lineage and has no walk to repeat.
        """
        walk = self._needed_walk()
        self.stop_watching()

        def show(lineage: Lineage) -> None:
            self.lineage = lineage
            self._show_again()

        def tell(words: str) -> None:
            self.progress = {"words": words, "button": "Stop"} if words else {}

        self._watcher = LiveWatcher(self.lineage, walk, self._source, show, tell, self._fail)
        return self._watcher.thread

    def stop_watching(self) -> None:
        """End the watch, if there is one."""
        if self._watcher is not None:
            self._watcher.stop()

    def close(self) -> None:
        """End the walks and the watch, and remove the explorer from the notebook."""
        self.cancel()
        self.stop_watching()
        super().close()

    def _ipython_display_(self) -> None:
        """Show two outputs: the static view, then the live widget, which hides it."""
        cell = getattr(get_ipython(), "execution_count", None)
        if cell is not None and cell == self._drawn_in:
            return  # show_lineage has shown it, and it is the cell's last value too
        self._drawn_in = cell
        still, live = (display(data, raw=True, display_id=True) for data in self._mime_bundles())
        self._handles = (still, live)

    def _mime_bundles(self) -> tuple[dict[str, Any], dict[str, Any]]:
        text = text_tree(self.lineage)
        still = embed(self.scene, uid=self.uid, text=text)
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {"text/html": still, "text/plain": text}, {VIEW: view, "text/plain": repr(self)}

    def _show_again(self) -> None:
        """Update the outputs stored in the notebook to a lineage that arrived later."""
        for handle, data in zip(self._handles, self._mime_bundles(), strict=False):
            if handle is not None:
                handle.update(data, raw=True)


@overload
def show_lineage(
    run: None = None,
    *,
    source: Source | str | None = None,
    theme: str = "auto",
    height: int | None = None,
) -> RecentView: ...


@overload
def show_lineage(
    run: RunLike | Iterable[RunLike] | Lineage,
    upstream: int | None = None,
    downstream: int | None = None,
    *,
    as_of: datetime | str | None = None,
    source: Source | str | None = None,
    layout: Positions | None = None,
    theme: str = "auto",
    height: int | None = None,
    live: bool = False,
    fresh: bool = False,
) -> Explorer: ...


def show_lineage(
    run: RunLike | Iterable[RunLike] | Lineage | None = None,
    upstream: int | None = None,
    downstream: int | None = None,
    *,
    as_of: datetime | str | None = None,
    source: Source | str | None = None,
    layout: Positions | None = None,
    theme: str = "auto",
    height: int | None = None,
    live: bool = False,
    fresh: bool = False,
) -> Explorer | RecentView:
    """Show the causes and effects of a run, or the cascades of the last days, at this point of the cell.

    Parameters
    ----------
    run
        A `metaflow.Run`, a pathspec `"Flow/id"`, a flow's name (its latest run), the key of an event, a
        cascade of `lineage.recent`, several of these, or a `Lineage`. Without it, the cascades of the last
        seven days are listed, and a click on one opens it.
    upstream, downstream, as_of, source, fresh
        As for `lineage.trace`; by default both directions without limit.
    layout, theme, height
        As for `Explorer`.
    live
        Whether to watch the runs that have not ended: see `Explorer.watch`. Not for a lineage as it was
        known in the past.

    Returns
    -------
    Explorer or RecentView
        The explorer, which other cells can control, or the list; as the cell's last value it is not shown
        again. A walk of more than two seconds continues in a thread and can be cancelled under the graph.

    Raises
    ------
    LineageError
        As for `lineage.trace`; an error of a longer walk is shown under the graph.
    """
    if run is None:
        open_runs = partial(_explorer, source=source, theme=theme, height=height)
        view = recent_view(open_runs, source, theme)
        show(view, str(view.recent))
        return view
    if live and (as_of is not None or isinstance(run, Lineage)):
        raise InvalidArgument("live=True needs runs to trace again, not a Lineage or a time in the past")
    explorer = _explorer(run, upstream, downstream, as_of, source, layout, theme, height, live, fresh)
    show(explorer, str(explorer.lineage))
    return explorer


def _explorer(
    run: RunLike | Iterable[RunLike] | Lineage,
    upstream: int | None = None,
    downstream: int | None = None,
    as_of: datetime | str | None = None,
    source: Source | str | None = None,
    layout: Positions | None = None,
    theme: str = "auto",
    height: int | None = None,
    live: bool = False,
    fresh: bool = False,
) -> Explorer:
    """Make the explorer of runs, without showing it; a walk that takes long goes on in a thread."""
    if isinstance(run, Lineage):
        explorer = Explorer(run, layout=layout, theme=theme, height=height, source=source)
    else:
        names = named_runs(run, events=True)
        walk = partial(trace, names, upstream, downstream, as_of=as_of, source=source)
        loading = Loading(
            partial(walk, fresh=fresh),
            lambda lineage: place(drawn_part(lineage).graph, fixed=checked_positions(layout, lineage.graph)),
        )
        ended = loading.wait(PATIENCE)
        lineage = (
            loading.result() if ended else Lineage(nx.DiGraph(), source=f"looking for {', '.join(names)} …")
        )
        placement = loading.placement if ended else None
        drawn = partial(Explorer, layout=layout, theme=theme, height=height, placement=placement)
        explorer = drawn(lineage, walk=walk, source=source, live=live)
        if not ended:
            explorer.load(loading)
        elif live:
            explorer.watch()
    return explorer
