"""The old name of `lineage.flow_map`; it will go in the next release."""

import warnings

from lineage.flow_map import *  # noqa: F403 - all that it exports, under the old name
from lineage.flow_map import __all__ as __all__

warnings.warn("lineage.flowgraph is now lineage.flow_map", DeprecationWarning, stacklevel=2)
