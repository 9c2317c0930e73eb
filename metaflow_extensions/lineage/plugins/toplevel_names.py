"""What `metaflow` itself gains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from metaflow.decorators import _base_flow_decorator

from .trigger_decorators import TriggerOnDecorator


def trigger_on(
    event: Any = None, events: Any = None, options: dict[str, Any] | None = None
) -> Callable[[type], type]:
    """Specify the event or events that this flow listens to.

    Parameters
    ----------
    event : str or dict, optional
        One event: its name, or ``{"name": …, "parameters": {parameter: field}}``.
    events : list of str or dict, optional
        Several events; the flow runs when all of them have arrived.
    options : dict, optional
        Options of the eventing backend; Argo Workflows knows ``reset_at``.
    """
    return _base_flow_decorator(TriggerOnDecorator, event=event, events=events or [], options=options or {})
