"""The additions to `metaflow`: three decorators, `Run.trigger`, and `current.trigger` everywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import metaflow.decorators
import metaflow.extension_support
import metaflow.plugins
from metaflow import current
from metaflow.client import Run
from metaflow.decorators import _base_flow_decorator
from metaflow.flowspec import FlowStateItems

from .option.decorators import TriggerDecorator, TriggerOnDecorator, TriggerOnFinishDecorator
from .trigger.client_property import add_to_client

DISTRIBUTION = "metaflow-lineage"


def _version() -> str:
    """The installed version, which Metaflow looked up together with its extensions."""
    packages = getattr(metaflow.extension_support, "_all_packages", {})
    return str(packages.get(DISTRIBUTION, {}).get("version", "unknown"))


VERSION = _version()


def _winning(decorator: Any) -> Any:
    """Register `decorator` over another extension's decorator of the same name, and return it.

    In Metaflow the alphabetically last extension wins. If another extension's decorator builds on
    Metaflow's own, ours is placed before it, so that both work.
    """
    decorators = metaflow.plugins.FLOW_DECORATORS
    for position, registered in enumerate(decorators):
        if registered.name != decorator.name or issubclass(registered, decorator):
            continue
        if issubclass(registered, decorator.__mro__[2]):
            decorator = type(decorator.__name__, (decorator, registered), {"__doc__": decorator.__doc__})
        decorators[position] = decorator
    metaflow.decorators._all_flow_decos = None  # invalidate the cache of that list
    return decorator


_TRIGGER = _winning(TriggerDecorator)
_TRIGGER_ON_FINISH = _winning(TriggerOnFinishDecorator)


def _with_attributes(decorator: Any, *args: Any, **attributes: Any) -> Any:
    return _decorated(decorator, args, attributes)


def _trigger_on(
    decorator: Any,
    event: str | dict[str, Any] | Callable[..., Any] | None = None,
    events: list[Any] | Callable[..., Any] | None = None,
    options: dict[str, Any] | None = None,
) -> Any:
    """Specify the event or events that this flow listens to.

    Deployed exactly like `@trigger`. In the flow `current.trigger.event` is None when
    several events arrived, and an option that the eventing backend does not know is an error.

    Parameters
    ----------
    event : str or dict or callable, optional
        One event: its name, or ``{"name": …, "parameters": {parameter: field}}``.
    events : list of str or dict, or callable, optional
        Several events; in production the flow runs when all of them have arrived.
    options : dict, optional
        Options of the eventing backend. Argo Workflows knows ``reset_at``, a ``cron`` and a
        ``timezone``: when to forget the events that have arrived so far.

    Examples
    --------
    ```
    @trigger_on(events=["first", "second"])
    class DataFlow(FlowSpec):
        ...
    ```
    """
    if isinstance(event, type):
        from .option.refusal import TriggerRefused

        raise TriggerRefused(
            f"@trigger_on on {event.__name__} does not name an event; write @trigger_on(event='first')"
        )
    attributes = {"event": event, "events": events or [], "options": options or {}}
    return _decorated(decorator, (), attributes)


def _decorated(decorator: Any, args: tuple[Any, ...], attributes: dict[str, Any]) -> Any:
    if not args:
        return lambda flow: _decorated(decorator, (flow,), attributes)
    _refuse_both(decorator, args[0])
    return _base_flow_decorator(decorator, *args, **attributes)


def _refuse_both(decorator: Any, flow: Any) -> None:
    """Refuse @trigger with @trigger_on, which are one decorator to Argo, with a clear message."""
    flow = getattr(flow, "_flow_cls", flow)  # the flow class, if a FlowMutator was applied first
    state = getattr(flow, "_flow_state", None)
    there = (
        state[FlowStateItems.FLOW_DECORATORS].get("trigger", [])
        if state and decorator.name == "trigger"
        else []
    )
    if any(isinstance(other, TriggerOnDecorator) != (decorator is TriggerOnDecorator) for other in there):
        from .option.refusal import TriggerRefused

        raise TriggerRefused(
            f"{flow.__name__} has both @trigger and @trigger_on, which listen to events alike: "
            "list all events in one of them"
        )


# `add_decorator` of a FlowMutator takes partial functions of one argument, the decorator's class
trigger = partial(_with_attributes, _TRIGGER)
trigger_on_finish = partial(_with_attributes, _TRIGGER_ON_FINISH)
trigger_on = partial(_trigger_on, TriggerOnDecorator)
trigger.__doc__ = TriggerDecorator.__doc__
trigger_on_finish.__doc__ = TriggerOnFinishDecorator.__doc__
trigger_on.__doc__ = _trigger_on.__doc__

add_to_client(Run)
# The default. Flow decorators set the trigger; `spin` skips them.
current._update_env({"trigger": None})
