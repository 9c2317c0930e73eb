"""`python -m lineage`: the command `lineage`."""

import sys

from lineage.cli import main

sys.exit(main())
