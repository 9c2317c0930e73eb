"""Names that `import metaflow` gains: all that this module holds when it has been imported."""

from ..plugins.toplevel_names import trigger_on

__all__ = ["trigger_on"]
