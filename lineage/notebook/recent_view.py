"""`show_lineage()` without a run: the recent cascades in a notebook, and the one that was clicked below."""

from __future__ import annotations

import html
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from lineage.api.lineages import trace
from lineage.api.recents import Recent, recent
from lineage.errors import LineageError
from lineage.notebook.cell_output import CellView, HtmlWidget, check_theme
from lineage.notebook.explorer import Explorer
from lineage.progress import meter
from lineage.render.recent_page import recent_html, recent_table
from lineage.sources import Source
from lineage.text import escape_message
from lineage.viewer import built

WINDOW = "7d"

Open = Callable[[list[str]], Explorer]


class RecentTable(anywidget.AnyWidget):
    """The table as a widget."""

    _esm = built("recent.min.js")
    _css = built("recent.min.css")

    content = traitlets.Unicode().tag(sync=True)  # HTML
    since = traitlets.Unicode(WINDOW).tag(sync=True)
    opened = traitlets.Unicode().tag(sync=True)  # root of the cascade that is shown below
    theme = traitlets.Unicode("auto").tag(sync=True)
    uid = traitlets.Unicode().tag(sync=True)


class RecentView(CellView, widgets.VBox):
    """The recent cascades; a click on one opens it below.

    Attributes
    ----------
    recent : Recent
        The cascades that are shown.
    explorer : Explorer or None
        The explorer of the cascade that was opened last.
    """

    def __init__(self, cascades: Recent, open_runs: Open, source: Source | str | None, theme: str) -> None:
        """
        Parameters
        ----------
        cascades
            The cascades to begin with.
        open_runs
            Makes the explorer of runs, without showing it.
        source
            Where to read another window, as in `lineage.trace`.
        theme
            `"light"`, `"dark"`, or `"auto"` for the notebook's.
        """
        check_theme(theme)
        self.recent = cascades
        self.explorer: Explorer | None = None
        self._open_runs = open_runs
        self._place: Explorer | None = None  # in marimo, for one cascade after the other
        self._source = source
        self._error = widgets.HTML()
        self._table = RecentTable(
            content=recent_table(cascades, buttons=True), theme=theme, uid=uuid.uuid4().hex
        )
        super().__init__([self._table])
        self._table.on_msg(self._hear)

    def __repr__(self) -> str:
        return repr(self.recent)

    def open_cascade(self, root: str) -> None:
        """Show the cascade of a root below the table.

        Raises
        ------
        LineageError
            As for `lineage.trace`.
        """
        if self._place is not None:
            self._place.lineage = trace([root], None, None, source=self._source)
            self._place.selected = list(self._place.lineage.focus[:1])
            self._table.opened = root
            return
        before = self.explorer
        self.explorer = self._open_runs([root])
        self._table.opened = root
        self.children = (self._table, self.explorer)
        if before is not None:
            before.close()

    def look_back(self, since: str) -> None:
        """Show the cascades of another window, such as `"30d"`."""
        self.recent = recent(since, self._source)
        self._table.set_trait("since", since)
        self._table.content = recent_table(self.recent, buttons=True)

    def _hear(self, _: object, message: Mapping[str, Any], buffers: object) -> None:
        try:
            if message.get("type") == "open":
                self.open_cascade(str(message["cascade"]))
            elif message.get("type") == "since":
                self.look_back(str(message["since"]))
        except Exception as error:  # shown under the table instead of in a log
            self._error.value = _error_html(error)
            self.children = (self._table, self._error)

    def _marimo_parts(self) -> list[Any]:
        """The table, and the cascade that is open: marimo makes no widgets after the cell has run."""
        wrong = HtmlWidget()
        traitlets.link((self._error, "value"), (wrong, "value"))
        cascades = self.recent.cascades
        if not cascades:
            return [self._table]
        self._place = self.explorer = self._open_runs([cascades[0].root])
        self._table.opened = cascades[0].root
        return [self._table, wrong, self._place]

    def _outputs(self) -> tuple[str, str, str]:
        return recent_html(self.recent, uid=self._table.uid), repr(self.recent), str(self.recent)


def recent_view(open_runs: Open, source: Source | str | None, theme: str) -> RecentView:
    """Read the recent cascades, with a progress bar if it takes long, and make their view."""
    with meter("reading") as progress:
        cascades = recent(WINDOW, source, progress)
    return RecentView(cascades, open_runs, source, theme)


def _error_html(error: Exception) -> str:
    words = error if isinstance(error, LineageError) else f"{type(error).__name__}: {error}"
    return f'<span role="alert">✖ {html.escape(escape_message(words))}</span>'
