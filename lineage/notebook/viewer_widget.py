"""The viewer as a widget, and how high it is."""

from __future__ import annotations

import anywidget
import traitlets

from lineage.scene.lineage_scene import Scene
from lineage.viewer import script, stylesheet


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
