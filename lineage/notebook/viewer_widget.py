"""The viewer as a widget, and its height."""

from __future__ import annotations

import anywidget
import traitlets

from lineage.scene.lineage_scene import Scene
from lineage.viewer import script, stylesheet


class Viewer(anywidget.AnyWidget):
    """The viewer as a widget, with the same JavaScript as in the report."""

    _esm = script()
    _css = stylesheet()

    scene = traitlets.Dict().tag(sync=True)
    selected = traitlets.List(traitlets.Unicode()).tag(sync=True)
    theme = traitlets.Unicode("auto").tag(sync=True)
    height = traitlets.Int(420).tag(sync=True)  # pixels
    uid = traitlets.Unicode().tag(sync=True)


def fitting_height(document: Scene) -> int:
    """Height in pixels that fits the rows of a scene, within limits."""
    ys = [node["y"] for node in document["nodes"]]
    rows = max(ys, default=0) - min(ys, default=0) + 1
    return round(min(460, max(240, 70 + 90 * rows)))
