"""What triggers one flow: from `--trigger` to `current.trigger` and the record."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from metaflow import current
from metaflow._vendor import click

from .causes import Cause, hand_down, is_handed_down, metadata_fields, take_up
from .declared import declared_count, is_strict
from .listening import FlowContext, declared_events, declared_flows
from .metaflow_trigger import Known, MetaflowTrigger
from .resolving import Resolver
from .trigger_recorder import attach
from .trigger_specs import parse_environment

ENVIRONMENT = "METAFLOW_FLOW_TRIGGER"
# Commands that start a run here; with others `--trigger` has nothing to trigger.
RUNS = ("run",)


class FlowTrigger:
    """The `--trigger` values of one command line and what becomes of them.

    Parameters
    ----------
    values : sequence of str
        As click found them on the command line or in the environment.
    """

    def __init__(self, values: Sequence[str]) -> None:
        self._values = _from_environment(values)
        self._causes: list[Cause] = []

    @property
    def handed_down(self) -> list[str]:
        """The values for the command lines of tasks."""
        return [hand_down(cause) for cause in self._causes]

    def resolve(self, decorators: Sequence[Any], context: FlowContext) -> None:
        """Work out the causes, set `current.trigger` and see that the start task records them."""
        attributes = [(decorator.name, decorator.attributes) for decorator in decorators]
        strict = is_strict(attributes)
        if self._values and all(is_handed_down(value) for value in self._values):
            self._causes = [take_up(value) for value in self._values]
        elif self._values and _command() in RUNS:
            self._causes = Resolver(
                context.flow.name,
                declared_events(decorators, context),
                declared_flows(decorators, context),
                strict,
                warn=lambda line: context.echo(f"Warning: {line}", fg="yellow"),
            ).causes(self._values)
        current._update_env({"trigger": None})
        if self._causes:
            trigger = _trigger(
                self._causes, Known(_payloads(self._causes), declared_count(attributes), strict)
            )
            current._update_env({"trigger": trigger})
            attach(context.flow, trigger, metadata_fields(self._causes))


def _from_environment(values: Sequence[str]) -> list[str]:
    """`values`, read again if they are what white space made of the variable.

    The variable goes, or flows that a step starts would be triggered too.
    """
    raw = os.environ.pop(ENVIRONMENT, "")
    return parse_environment(raw) if raw and list(values) == raw.split() else list(values)


def _command() -> str | None:
    """The subcommand that is being run, `run` or `step` for example."""
    context = click.get_current_context(silent=True)
    arguments = getattr(context, "saved_args", None)
    return arguments[0] if arguments else None


def _payloads(causes: Sequence[Cause]) -> dict[tuple[str, str], Any]:
    return {(cause.name, cause.id): cause.payload for cause in causes if cause.payload}


def _trigger(causes: Sequence[Cause], details: Known) -> MetaflowTrigger:
    return MetaflowTrigger([cause.record() for cause in causes], details=details)
