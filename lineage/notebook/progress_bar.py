"""The line under a widget with a walk's progress, a button to stop it, or its error."""

from __future__ import annotations

import html
from collections.abc import Callable

import ipywidgets as widgets

from lineage.errors import LineageError
from lineage.format import format_count
from lineage.text import escape_message


class ProgressBar(widgets.HBox):
    """The line; hidden when it is empty."""

    def __init__(self) -> None:
        self._bar = widgets.IntProgress(layout={"width": "240px"})
        self._words = widgets.HTML()
        self._stop = widgets.Button(description="Cancel", layout={"width": "auto"})
        self._cancel: Callable[[], None] | None = None
        self._stop.on_click(lambda _: self._cancel and self._cancel())
        layout = {"flex": "0 0 100%", "display": "none", "align_items": "center", "grid_gap": "12px"}
        super().__init__([self._bar, self._words, self._stop], layout=layout)

    def show(self, done: int, total: int | None, cancel: Callable[[], None], arranging: int = 0) -> None:
        """Show the number of runs read, and the total (None while it is unknown); or of cards to arrange."""
        self._cancel = cancel
        self._stop.description = "Cancel"
        self._bar.max, self._bar.value = total or 1, done if total else 0
        of_all = f" of {total:,}" if total else ""
        words = f"{done:,}{of_all} runs read …" if done else "Reading …"
        if arranging:
            words = f"Arranging {format_count(arranging, 'card')} …"
        self._words.value = f'<span role="status">{words}</span>'
        self._reveal(working=True)

    def show_watch(self, words: str, stop: Callable[[], None]) -> None:
        """Show the state of a watch, with a button that ends it; without words, hide the line."""
        if not words:
            self.hide()
            return
        self._cancel = stop
        self._words.value = f'<span role="status">{html.escape(escape_message(words))}</span>'
        self._stop.description = "Stop"
        self._reveal(working=True)
        self._bar.layout.display = "none"

    def show_error(self, error: Exception) -> None:
        """Show an error until the next walk."""
        words = escape_message(
            error if isinstance(error, LineageError) else f"{type(error).__name__}: {error}"
        )
        shown = f'<span class="wrong" role="alert">✖ {html.escape(words)}</span>'
        self._words.value = f'<div class="lineage-panel">{shown}</div>'
        self._reveal(working=False)

    def hide(self) -> None:
        """Hide the line."""
        self.layout.display = "none"

    def _reveal(self, working: bool) -> None:
        for part in (self._bar, self._stop):
            part.layout.display = "" if working else "none"
        self.layout.display = "flex"
