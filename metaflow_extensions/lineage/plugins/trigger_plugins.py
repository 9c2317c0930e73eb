"""The flow decorators to register: ours, or Metaflow's own if ours cannot be imported.

A plugin that cannot be imported stops `import metaflow`. The module `toplevel` reports the error.
"""

try:
    from .option.decorators import TriggerDecorator, TriggerOnFinishDecorator
except Exception:  # any error: Metaflow must still start if an internal name has moved
    from metaflow.plugins.events_decorator import (  # type: ignore[assignment]  # the classes that ours extend
        TriggerDecorator,
        TriggerOnFinishDecorator,
    )

__all__ = ["TriggerDecorator", "TriggerOnFinishDecorator"]
