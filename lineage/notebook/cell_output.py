"""The output of widgets in a cell: shown once, with a static view for when the kernel is gone."""

from __future__ import annotations

import sys
from typing import Any

import traitlets
from anywidget import AnyWidget
from IPython.core.getipython import get_ipython
from IPython.display import display
from ipywidgets import Widget

from lineage.errors import InvalidArgument
from lineage.text import encodable

VIEW = "application/vnd.jupyter.widget-view+json"


class CellView:
    """Mixin for widgets; `_outputs` returns what stays in the notebook."""

    _drawn_in: int | None = None
    model_id: Any

    def _outputs(self) -> tuple[str, str, str]:
        """The static view as HTML, a short description, and the content as plain text."""
        raise NotImplementedError

    def _marimo_parts(self) -> list[Any]:
        """The parts for marimo, which shows no ipywidgets: anywidgets, elements of its own, HTML as text."""
        raise NotImplementedError

    def _display_(self) -> Any:
        """Show the parts below each other; marimo calls this."""
        marimo = sys.modules["marimo"]
        parts = [marimo.Html(part) if isinstance(part, str) else part for part in self._marimo_parts()]
        return marimo.vstack(parts)

    def _ipython_display_(self) -> None:
        """Show two outputs: the static view, then the live widget, which hides it."""
        cell = getattr(get_ipython(), "execution_count", None)
        if cell is not None and cell == self._drawn_in:
            return  # this cell has already shown it, and it is the cell's last value too
        self._drawn_in = cell
        still, word, text = self._outputs()
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        display({"text/html": still, "text/plain": text}, raw=True)
        display({VIEW: view, "text/plain": word}, raw=True)


class HtmlWidget(AnyWidget):
    """HTML in which everything from outside is escaped, for marimo, which shows no ipywidgets."""

    _esm = """
    export default {
      render({ model, el }) {
        const show = () => { el.innerHTML = model.get("value"); };
        el.dataset.theme = document.body.dataset.theme ?? "";  // no rule sees it from this shadow root
        model.on("change:value", show);
        show();
        return () => model.off("change:value", show);
      },
    };
    """
    value = traitlets.Unicode().tag(sync=True)


def show(widget: Widget, text: str) -> None:
    """Show a widget at this point of the cell; in a plain script, print it as text."""
    marimo = sys.modules.get("marimo")  # imported already if this is one of its notebooks
    if get_ipython() is not None:
        display(widget)
    elif marimo is not None and marimo.running_in_notebook() and isinstance(widget, (AnyWidget, CellView)):
        marimo.output.append(widget)  # the cell's last value takes the place of what was appended
    else:
        print_text(text)


def print_text(text: object) -> None:
    """Print a text, with plain characters for those that the output's encoding lacks."""
    print(encodable(str(text), getattr(sys.stdout, "encoding", None)))


def check_theme(theme: str) -> None:
    """Raise InvalidArgument unless it is a known theme."""
    if theme not in ("auto", "light", "dark"):
        raise InvalidArgument(f"theme must be 'auto', 'light' or 'dark', not {theme!r}")
