"""Where Metaflow finds the card: it looks for packages inside `plugins/cards`.

It steps over one that fails to import. An `mfextinit_….py` would stop `import metaflow` then.
"""

from ..card import LineageCard

CARDS = [LineageCard]
