"""@trigger, @trigger_on_finish and @trigger_on: Metaflow's own, with `--trigger` for all of them.

`flow_init` runs in the process that a user starts and again in every task. The first one resolves
`--trigger` and passes the result on the tasks' command lines; the others read it there.

`flow_init` imports the modules that this needs, as most flows have no trigger. If they cannot be imported,
the decorators behave as Metaflow's own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from metaflow.decorators import flow_decorators
from metaflow.exception import MetaflowException
from metaflow.parameters import current_flow
from metaflow.plugins.events_decorator import TriggerDecorator as StockTrigger
from metaflow.plugins.events_decorator import TriggerOnFinishDecorator as StockTriggerOnFinish

from .marks import STRICT_MARK

if TYPE_CHECKING:
    from .resolution import FlowTrigger

OPTION = {
    "multiple": True,
    "default": None,
    "help": "Run as if triggered by this run (FlowName/run-id), by this event (its name) or by an event "
    'with a payload: \'{"name": "first", "fields": {"x": 1}}\'. Give it once for each.',
}

UNSET = object()


class TakesTrigger:
    """The common part of our decorators, a mixin before one of Metaflow's decorators."""

    # `spin` skips `flow_init` but still asks for the options to pass on.
    _option_values: ClassVar[dict[str, Any]] = {}
    _deployment_options: Any = UNSET
    _state: FlowTrigger | None = None
    _as_released = False
    _flow_name = ""
    _echo: Callable[..., None]
    _written: ClassVar[str]  # the decorator's name as written in the flow
    attributes: dict[str, Any]

    @property
    def options(self) -> dict[str, Any]:
        """Command-line options before `flow_init`; after it, as in Metaflow, options for deployment.

        Two decorators of a flow must not define the same option, so only the first of ours defines it.
        """
        if self._deployment_options is not UNSET:
            deployment: dict[str, Any] = self._deployment_options
            return deployment
        flow = getattr(current_flow, "flow_cls", None)
        return {"trigger": dict(OPTION)} if flow is None or ours(flow)[:1] == [self] else {}

    @options.setter
    def options(self, value: Any) -> None:
        self._deployment_options = value

    def flow_init(
        self,
        flow: Any,
        graph: Any,
        environment: Any,
        flow_datastore: Any,
        metadata: Any,
        logger: Any,
        echo: Any,
        options: dict[str, Any],
    ) -> None:
        """Check the decorator's arguments; the last of ours on the flow then resolves `--trigger`."""
        self._flow_name, self._echo = flow.name, echo
        self._as_released = not _can_be_resolved()
        theirs = {"trigger": None, **options} if self._as_released else {"trigger": None}
        if not self._as_released:
            from .attributes import with_named_functions, without_config_objects

            self.attributes = with_named_functions(self.attributes)
            if (
                STRICT_MARK in self.attributes
            ):  # Metaflow's own decorator fails at them, here and in a container
                self.attributes = without_config_objects(self.attributes)
        super().flow_init(  # type: ignore[misc]  # Metaflow's, from the other base
            flow, graph, environment, flow_datastore, metadata, logger, echo, theirs
        )
        if not self._as_released:
            arguments = (flow, graph, environment, flow_datastore, metadata, logger, echo)
            self._see_to_trigger(arguments, options)

    def _see_to_trigger(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
        from .declared import FlowContext
        from .resolution import FlowTrigger

        context = FlowContext(*arguments)
        decorators = ours(type(context.flow))
        if "trigger" in options:
            self._state = FlowTrigger(options["trigger"] or ())
        if self is decorators[-1]:
            states = (decorator._state for decorator in decorators)
            state = next(filter(None, states), None) or FlowTrigger(())
            state.resolve(decorators, context)

    def get_top_level_options(self) -> list[tuple[str, Any]]:
        """The `--trigger` of the tasks' command lines."""
        if self._as_released:
            released: list[tuple[str, Any]] = super().get_top_level_options()  # type: ignore[misc]  # as above
            return released
        return [("trigger", self._state.handed_down)] if self._state else []

    def format_deploytime_value(self) -> None:
        """Check, before deployment, that the backend knows the options.

        Options that Metaflow ignores are an error only for @trigger_on.
        """
        from .deployment_options import problem_with
        from .refusal import TriggerRefused, warn

        problem = problem_with(self.options)
        said = f"@{self._written} on {self._flow_name}: {problem}"
        if problem and STRICT_MARK in self.attributes:
            raise TriggerRefused(said)
        if problem:
            warn(self._echo, said)
        self.evaluate_names()

    def evaluate_names(self) -> None:
        """Replace functions in `triggers` by their results, as deployment does."""
        super().format_deploytime_value()  # type: ignore[misc]  # Metaflow's, from the other base


class TriggerDecorator(TakesTrigger, StockTrigger):
    """Metaflow's @trigger, with `--trigger`."""

    _written: ClassVar[str] = "trigger"

    __doc__ = StockTrigger.__doc__


class TriggerOnFinishDecorator(TakesTrigger, StockTriggerOnFinish):
    """Metaflow's @trigger_on_finish, with `--trigger` for events too."""

    _written: ClassVar[str] = "trigger_on_finish"

    __doc__ = StockTriggerOnFinish.__doc__


class TriggerOnDecorator(TriggerDecorator):
    """@trigger_on: @trigger with the strict contract. Argo finds it under the name `trigger`."""

    defaults: dict[str, Any] = {**StockTrigger.defaults, STRICT_MARK: True}  # noqa: RUF012 - as in Metaflow
    _written: ClassVar[str] = "trigger_on"

    def flow_init(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().flow_init(*args, **kwargs)
        except MetaflowException as error:
            error.message = error.message.replace("*@trigger*", "*@trigger_on*")
            raise


def ours(flow_cls: Any) -> list[Any]:
    """Our decorators on the flow, in the order in which Metaflow initialises them."""
    return [decorator for decorator in flow_decorators(flow_cls) if isinstance(decorator, TakesTrigger)]


_resolvable: bool | None = None


def _can_be_resolved() -> bool:
    """Whether the modules that work out `--trigger` can be imported; says so once if not."""
    global _resolvable
    if _resolvable is None:
        try:
            from . import resolution  # noqa: F401 - to see whether it can be
        except Exception as error:  # whatever it is: a Metaflow that moved something must still run the flow
            sys.stderr.write(f"lineage: the flow runs as Metaflow alone would run it: {error!r}\n")
            _resolvable = False
        else:
            _resolvable = True
    return _resolvable
