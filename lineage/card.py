"""The door by which the card in a container finds what it draws; its path and name are a contract."""

from lineage.render.card import card_page

__all__ = ["card_page"]
