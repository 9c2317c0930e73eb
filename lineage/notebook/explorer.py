"""The interactive explorer in a notebook."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import traitlets
from IPython.core.getipython import get_ipython
from IPython.display import display

from lineage.api.lineages import Lineage, trace
from lineage.errors import InvalidArgument
from lineage.layout import Placement, place
from lineage.notebook.answers import answer, error_text
from lineage.notebook.background_walk import BoundWalk, Loading, progress_of
from lineage.notebook.cell_output import VIEW, check_theme
from lineage.notebook.viewer_widget import Viewer, fitting_height
from lineage.notebook.watcher import LiveWatcher
from lineage.render.page import embed
from lineage.render.text_tree import text_tree
from lineage.scene.lineage_scene import Positions, checked_positions, scene
from lineage.scene.part import drawn_part
from lineage.sources import Source


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
        stale: bool = False,
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
        stale
            Whether `mark_stale` follows each walk that `load` shows.
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
        self._live, self._stale, self._prepared = live, stale, placement
        self._handles: tuple[Any, ...] = ()  # of the cell's outputs
        self._wanted: str | None = None  # what to select after the first walk
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
        """Select the nearest run of a flow, or the run with a pathspec; if need be after the first walk.

        Raises
        ------
        RunNotFound
            If this lineage has none; after a first walk it is shown in the widget.
        """
        if self._walks and not len(self.lineage):
            self._wanted = name
        else:
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

    def mark_stale(self) -> threading.Thread:
        """Find the stale runs of what is shown, in a thread; their cards and details then say so.

        Returns
        -------
        threading.Thread
            Ends when they are marked or an error is shown.
        """
        shown = self.lineage

        def judge(**named: Any) -> Lineage:
            return Lineage.of(shown.stale(self._source, **named).lineage)

        return self.load(Loading(judge, self._arrange), then_stale=False)

    def load(self, loading: Loading, *, then_stale: bool = True) -> threading.Thread:
        """Show a walk's progress, then its lineage; returns the thread that waits for it."""
        self._walks.add(loading)
        thread = threading.Thread(target=self._finish, args=(loading, then_stale), daemon=True)
        thread.start()
        return thread

    def _finish(self, loading: Loading, then_stale: bool) -> None:
        try:
            while not loading.wait(0.2):
                self.progress = progress_of(loading)
            self._walks.discard(loading)
            lineage, self._prepared = loading.result(), loading.placement
            self.lineage = lineage
            self.selected = self.selected or list(lineage.focus[:1])
            self.progress = {}
            if self._wanted:
                self.focus(self._wanted)
            self._show_again()
            if self._live:
                self.watch()
            if self._stale and then_stale:
                self.mark_stale().join()
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
