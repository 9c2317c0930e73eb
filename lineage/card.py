"""Entry point of the card in a container; the module's path and the name in it must not change."""

import networkx  # noqa: F401 - rooms import it when they use it; where it is missing, this import has to fail

from lineage.render.card import card_page

__all__ = ["card_page"]
