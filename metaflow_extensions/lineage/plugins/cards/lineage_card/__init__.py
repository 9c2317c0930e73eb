"""Where Metaflow finds the card: it looks for packages inside `plugins/cards`.

It skips a package that fails to import, whereas a failing `mfextinit_….py` would stop `import metaflow`.
"""

from ..card import LineageCard

CARDS = [LineageCard]
