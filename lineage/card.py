"""Entry point of the card in a container; the module's path and the name in it must not change."""

from lineage.render.card import card_page

__all__ = ["card_page"]
