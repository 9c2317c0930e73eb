"""The viewer as a widget, and its height."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anywidget
import traitlets

from lineage.scene.lineage_scene import Scene
from lineage.text import pack_json
from lineage.viewer import notebook

_PLAIN = 50  # nodes; up to this a scene is sent as it is


def _sent(document: Scene, _: object) -> Scene | str:
    """A large scene is sent deflated: it is mostly the same few names."""
    return pack_json(document) if len(document.get("nodes", ())) > _PLAIN else document


class Viewer(anywidget.AnyWidget):
    """The viewer as a widget, with the same JavaScript as in the report."""

    _esm = notebook.script()
    _css = notebook.stylesheet()

    scene = traitlets.Dict().tag(sync=True, to_json=_sent)
    selected = traitlets.List(traitlets.Unicode()).tag(sync=True)
    theme = traitlets.Unicode("auto").tag(sync=True)
    height = traitlets.Int(420).tag(sync=True)  # pixels
    details = traitlets.Bool(False).tag(
        sync=True
    )  # whether there are any, and a kernel that answers questions
    uid = traitlets.Unicode().tag(sync=True)

    def get_state(
        self, key: str | Sequence[str] | None = None, drop_defaults: bool = False
    ) -> dict[str, Any]:
        """The state of the widget, always with its code.

        To anywidget the code is a default value, which `ipywidgets.embed.embed_minimal_html` would drop.
        """
        state: dict[str, Any] = super().get_state(key, drop_defaults=False)
        return state


def fitting_height(document: Scene) -> int:
    """Height in pixels that fits the rows of a scene, within limits."""
    ys = [node["y"] for node in document["nodes"]]
    rows = max(ys, default=0) - min(ys, default=0) + 1
    return round(min(460, max(240, 70 + 90 * rows)))
