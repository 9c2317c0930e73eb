"""`show_flow_map`: which flow triggers which, in a notebook."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets
import traitlets

from lineage.errors import InvalidArgument
from lineage.flow_map import FlowMap, flow_graph
from lineage.flow_map.flow_files import Files
from lineage.notebook.cell_output import CellView, HtmlWidget, check_theme, show
from lineage.notebook.flow_panel import facts_html, headline_html, hint_html
from lineage.notebook.viewer_widget import Viewer
from lineage.render.page import embed
from lineage.scene.flow_map_scene import fitting_height, flow_scene, warnings_of
from lineage.sources import Source
from lineage.viewer import notebook

_HINT = "Click a flow to see what triggers it and what it triggers."


class MapViewer(Viewer):
    """The viewer of a flow map, in a frame with what is known of a flow."""

    _esm = notebook.map_script()
    _css = notebook.map_stylesheet()


class FlowMapView(CellView, widgets.VBox):
    """A flow map below its warnings, beside a panel that follows the selection.

    Attributes
    ----------
    flows : FlowMap
        The flow map shown.
    selected : list of str
        Keys of the selected flows; a traitlet: other cells may set it and observe it.
    """

    selected = traitlets.List(traitlets.Unicode())

    def __init__(self, flows: FlowMap, *, theme: str = "auto", height: int | None = None) -> None:
        """
        Parameters
        ----------
        flows
            The flow map to show.
        theme
            `"light"`, `"dark"`, or `"auto"` for the notebook's.
        height
            Height of the map in pixels; by default it fits the rows.
        """
        check_theme(theme)
        self.flows = flows
        document = flow_scene(flows)
        self._viewer = MapViewer(
            scene=document,
            theme=theme,
            height=height or fitting_height(document),
            uid=uuid.uuid4().hex,
        )
        self._panel = widgets.HTML(hint_html(_HINT)).add_class("ln-sim-panel")
        frame = widgets.HBox([self._viewer, self._panel])
        frame.add_class("ln-sim-frame").add_class("ln-sim-body")
        headline = widgets.HTML(headline_html(flows)).add_class("ln-sim-head")
        super().__init__([headline, frame])
        self.add_class("lineage").add_class("ln-sim")
        traitlets.link((self._viewer, "selected"), (self, "selected"))

    @traitlets.observe("selected")
    def _follow(self, _: Mapping[str, Any]) -> None:
        key = self.selected[0] if self.selected else None
        known = key is not None and key in self.flows.graph
        self._panel.value = facts_html(self.flows, str(key)) if known else hint_html(_HINT)

    def _marimo_parts(self) -> list[Any]:
        facts = HtmlWidget()
        traitlets.link((self._panel, "value"), (facts, "value"))
        return [headline_html(self.flows), self._viewer, facts]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.flows!r}>"

    def _outputs(self) -> tuple[str, str, str]:
        text = map_text(self.flows)
        return embed(self._viewer.scene, uid=self._viewer.uid, text=text), repr(self.flows), text


def map_text(flows: FlowMap) -> str:
    """Write a flow map as text: a line for each flow, then the warnings.

    Examples
    --------
    >>> from lineage.flow_map import declare
    >>> print(map_text(FlowMap.of([declare("ETLFlow"), declare("TrainingFlow", on_finish=["ETLFlow"])])))
    Flow map: 2 flows, 1 trigger
      ETLFlow
      TrainingFlow  after ETLFlow
    """
    lines = [
        f"  {key}"
        + (f"  after {' and '.join(w.label for w in declared.listens)}" if declared.listens else "")
        for key, declared in flows.declarations.items()
    ]
    return "\n".join([repr(flows), *lines, *(f"! {sentence}" for sentence in warnings_of(flows))])


def show_flow_map(
    flows: FlowMap | None = None,
    *,
    files: Files | None = None,
    source: Source | str | None = None,
    theme: str = "auto",
    height: int | None = None,
) -> FlowMapView:
    """Show which flow triggers which, with warnings about the deployment.

    Parameters
    ----------
    flows
        A flow map; None reads one, as `lineage.flow_graph` does.
    files, source
        Where to read it, as for `lineage.flow_graph`.
    theme, height
        As for `FlowMapView`.

    Returns
    -------
    FlowMapView
        The view, which other cells can control; as the cell's last value it is not shown again. In a plain
        script the map is printed as text.

    Raises
    ------
    LineageError
        As for `lineage.flow_graph`.
    """
    check_theme(theme)
    if flows is None:
        flows = flow_graph(source, files=files)
    elif not isinstance(flows, FlowMap):
        raise InvalidArgument(
            f"flows must be a flow map, such as lineage.flow_graph() returns, not {flows!r}"
        )
    view = FlowMapView(flows, theme=theme, height=height)
    show(view, map_text(flows))
    return view
