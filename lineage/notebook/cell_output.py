"""How a widget of ours shows in a cell: once, and with a view that stays when the kernel is gone."""

from __future__ import annotations

from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display

from lineage.errors import InvalidArgument

VIEW = "application/vnd.jupyter.widget-view+json"


class CellView:
    """Mixed into a widget; `_outputs` tells what it leaves in the notebook."""

    _drawn_in: int | None = None
    model_id: Any

    def _outputs(self) -> tuple[str, str, str]:
        """HTML of the view without a kernel, and what it is in a word and in plain text."""
        raise NotImplementedError

    def _ipython_display_(self) -> None:
        """Two outputs: the view without a kernel, then the live one, which hides the first."""
        cell = getattr(get_ipython(), "execution_count", None)
        if cell is not None and cell == self._drawn_in:
            return  # this cell has drawn it, and it is the cell's last value too
        self._drawn_in = cell
        still, word, text = self._outputs()
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        display({"text/html": still, "text/plain": word}, raw=True)
        display({VIEW: view, "text/plain": text}, raw=True)


def show(widget: CellView, text: str) -> None:
    """Show a widget where this stands in the cell; in a plain script, print it as text."""
    if get_ipython() is None:
        print(text)
    else:
        display(widget)


def check_theme(theme: str) -> None:
    """Raise InvalidArgument unless it is one of the three."""
    if theme not in ("auto", "light", "dark"):
        raise InvalidArgument(f"theme must be 'auto', 'light' or 'dark', not {theme!r}")
