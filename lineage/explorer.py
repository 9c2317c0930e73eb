"""`show_lineage`: the interactive explorer in a notebook."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets
from IPython.core.getipython import get_ipython
from IPython.display import display

from lineage.graph import Lineage
from lineage.panel import Panel
from lineage.reading import RunLike
from lineage.report import embed
from lineage.scene import Scene, scene
from lineage.sources import Source
from lineage.text_tree import text_tree
from lineage.tracing import trace
from lineage.viewer import script, stylesheet

VIEW = "application/vnd.jupyter.widget-view+json"


class Viewer(anywidget.AnyWidget):
    """The viewer, live: the same JavaScript that the report inlines."""

    _esm = script()
    _css = stylesheet()

    scene = traitlets.Dict().tag(sync=True)
    selected = traitlets.List(traitlets.Unicode()).tag(sync=True)
    theme = traitlets.Unicode("auto").tag(sync=True)
    height = traitlets.Int(420).tag(sync=True)  # pixels
    uid = traitlets.Unicode().tag(sync=True)


def fitting_height(document: Scene) -> int:
    """Pixels that show a scene's rows without waste, and without filling the screen."""
    ys = [node["y"] for node in document["nodes"]]
    rows = max(ys, default=0) - min(ys, default=0) + 1
    return round(min(460, max(240, 120 + 60 * rows)))


class Explorer(widgets.HBox):
    """The graph, and beside it a panel that follows the selection.

    Attributes
    ----------
    lineage : Lineage
        What is shown; assign another to show that one.
    selected : list of str
        Keys of the selected nodes; a traitlet: other cells may set it and observe it.
    """

    lineage = traitlets.Instance(Lineage)
    selected = traitlets.List(traitlets.Unicode())

    def __init__(self, lineage: Lineage, *, theme: str = "auto", height: int | None = None) -> None:
        """
        Parameters
        ----------
        lineage
            What to show.
        theme
            `"light"`, `"dark"`, or `"auto"` for the notebook's.
        height
            Of the graph, in pixels; by default what its rows need.
        """
        self._viewer = Viewer(
            theme=theme,
            height=height or fitting_height(scene(lineage)),
            uid=uuid.uuid4().hex,
            layout={"flex": "1 1 720px", "min_width": "0"},
        )
        self._panel = Panel()
        self._drawn_in: int | None = None
        # the panel is beside the graph where there is room for both, else below
        row = {"width": "100%", "display": "flex", "flex_flow": "row wrap", "grid_gap": "16px"}
        super().__init__([self._viewer, self._panel], layout=row, lineage=lineage)
        traitlets.link((self._viewer, "selected"), (self, "selected"))
        self.selected = list(lineage.focus[:1])

    @traitlets.observe("lineage")
    def _draw(self, _: Mapping[str, Any]) -> None:
        self._viewer.scene = scene(self.lineage)

    @traitlets.observe("selected")
    def _follow(self, _: Mapping[str, Any]) -> None:
        self._panel.show(self.lineage, self.selected[0] if self.selected else None)

    def _ipython_display_(self) -> None:
        """Two outputs: the view without a kernel, then the live one, which hides the first."""
        cell = getattr(get_ipython(), "execution_count", None)
        if cell is not None and cell == self._drawn_in:
            return  # show_lineage has drawn it, and it is the cell's last value too
        self._drawn_in = cell
        still = embed(self._viewer.scene, uid=self._viewer.uid)
        display({"text/html": still, "text/plain": repr(self.lineage)}, raw=True)
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        display({VIEW: view, "text/plain": text_tree(self.lineage)}, raw=True)


def show_lineage(
    run: RunLike | Iterable[RunLike] | Lineage,
    upstream: int | None = None,
    downstream: int | None = 0,
    *,
    source: Source | None = None,
    theme: str = "auto",
    height: int | None = None,
) -> Explorer:
    """Show where a run came from and what it set off, at once, wherever this stands in the cell.

    Parameters
    ----------
    run
        A `metaflow.Run`, a pathspec `"Flow/id"`, a flow's name (its latest run), several of these, or a
        `Lineage`.
    upstream, downstream, source
        As for `lineage.trace`.
    theme, height
        As for `Explorer`.

    Returns
    -------
    Explorer
        What was shown, for other cells to drive; it is not drawn again as the cell's last value.

    Raises
    ------
    LineageError
        As `lineage.trace`.
    """
    lineage = run if isinstance(run, Lineage) else trace(run, upstream, downstream, source=source)
    explorer = Explorer(lineage, theme=theme, height=height)
    if get_ipython() is None:  # a plain script
        print(lineage)
    else:
        display(explorer)
    return explorer
