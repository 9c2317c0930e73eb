"""The flow decorators that Metaflow registers: ours, or its own where ours cannot be loaded.

A plugin that cannot be imported stops `import metaflow`. The module `toplevel` says what happened.
"""

try:
    from .option.decorators import TriggerDecorator, TriggerOnFinishDecorator
except Exception:  # whatever it is: a Metaflow that moved something must still start
    from metaflow.plugins.events_decorator import (  # type: ignore[assignment]  # the classes that ours extend
        TriggerDecorator,
        TriggerOnFinishDecorator,
    )

__all__ = ["TriggerDecorator", "TriggerOnFinishDecorator"]
