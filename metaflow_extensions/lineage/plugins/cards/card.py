"""`@card(type="lineage")`: the lineage of the run, in the card of one of its steps."""

from __future__ import annotations

from typing import Any

from metaflow.plugins.cards.card_modules.card import MetaflowCard

from .failed_step import CARD_TYPE

_MISSING = (
    "The whole lineage is drawn by the package metaflow-lineage, which cannot be imported where this step "
    "ran ({}): install it there."
)


class LineageCard(MetaflowCard):
    """The causes of the step's run, as known when the step ends.

    Parameters
    ----------
    options
        What `@card(type="lineage", options={…})` was given; `lineage.card.card_page` has their meaning.
    """

    type = CARD_TYPE

    def __init__(self, options: Any = None, **_: Any) -> None:
        self._options = options or {}

    def render(self, task: Any) -> str:
        """The card as one HTML document; plain text where there is nothing to draw with, or to draw."""
        from .plain_text import text_page, trigger_lines  # Metaflow imports the class in every process

        run = "/".join(task.pathspec.split("/")[:2])
        try:
            from lineage.card import card_page
            from lineage.errors import LineageError
        except ImportError as exc:
            return text_page(run, [*trigger_lines(run), _MISSING.format(exc)])
        try:
            return card_page(run, self._options)
        except LineageError as exc:
            return text_page(run, [f"Its lineage could not be drawn: {exc}"])
