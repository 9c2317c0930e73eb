"""Resolve `--trigger` for one flow, set `current.trigger` and record the triggers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import Any

from metaflow import current

from ..metadata.argo_events import arrived
from ..metadata.causes import TriggerEntry, hand_down, is_handed_down, metadata_fields, take_up
from ..metadata.recorder import attach, start_step
from ..metadata.resumed import ClonedStart, inherited_triggers
from ..trigger.trigger import KnownDetails, MetaflowTrigger
from .argo_submission import COMMAND, argo_command, submit_with
from .command_line import is_argo_task, preset, subcommand, trigger_values
from .declared import DeclaredTriggers, FlowContext, declared_triggers, evaluated_triggers
from .event_parameters import unsafe_values
from .payload_parameters import parameter_values
from .refusal import TriggerRefused, warn
from .resolver import Resolver, parse
from .specs import RunSpec, quote

DEPLOYERS = (COMMAND, "step-functions", "airflow")
# All arguments of a Linux process, with its environment, may take 2 MiB.
HANDED_DOWN_LIMIT = 1024 * 1024


class FlowTrigger:
    """The `--trigger` values of one command line, and their resolution.

    Parameters
    ----------
    values : sequence of str
        From the command line or the environment, as click returns them.
    """

    def __init__(self, values: Sequence[str]) -> None:
        self._values = trigger_values(values)
        self.handed_down = list(self._values)  # the values for the command lines of tasks

    def resolve(self, decorators: Sequence[Any], context: FlowContext) -> None:
        """Resolve the triggers, set `current.trigger` and let the start task record them."""
        Resolution(decorators, context, self._values).carry_out(self)


class Resolution:
    """The resolution of `--trigger` values in one process, which depends on the subcommand."""

    def __init__(self, decorators: Sequence[Any], context: FlowContext, values: Sequence[str]) -> None:
        self._decorators = decorators
        self._context = context
        self._values = values
        self._declared = declared_triggers([(deco.name, deco.attributes) for deco in decorators])
        self._command, *self._arguments = subcommand() or [""]

    def carry_out(self, owner: FlowTrigger) -> None:
        """Set `current.trigger`, and the values that `owner` passes on to tasks."""
        current._update_env({"trigger": None})
        on_argo = arrived(os.environ) if is_argo_task() else []
        if self._command in ("run", "resume"):
            entries = self._started()
            owner.handed_down = _within_limit([hand_down(entry) for entry in entries])
            self._set(entries, record=metadata_fields(entries), clone=bool(self._values))
        elif on_argo:
            self._set(on_argo, record=metadata_fields(on_argo, triggers=False))
        elif any(map(is_handed_down, self._values)):
            entries = [take_up(value) for value in self._values]
            self._set(entries, record=metadata_fields(entries))
        elif self._values and self._command == COMMAND and argo_command(self._arguments) == "trigger":
            owner.handed_down = []
            self._submitted()
        elif self._values:
            self._set(self._as_released(), record=None)

    def _started(self) -> list[TriggerEntry]:
        """The triggers of a run started by this process."""
        if not self._values:
            return self._inherited() if self._command == "resume" else []
        declared = evaluated_triggers(self._decorators, self._context)
        entries = self._resolver(declared).entries(self._values)
        if self._command == "run":
            preset(parameter_values(self._context.flow, declared.events, entries), "run")
        return entries

    def _submitted(self) -> None:
        """Submit the triggers with the workflow, and their payload as parameters, as a sensor does."""
        declared = evaluated_triggers(self._decorators, self._context)
        entries = self._resolver(declared).entries(self._values)
        values = parameter_values(self._context.flow, declared.events, entries)
        for name in unsafe_values(values):
            warn(
                self._context.echo,
                f"the value of the parameter {name} has characters that Argo passes through a shell, "
                "and may arrive changed",
            )
        preset(values, COMMAND, "trigger")
        submit_with(entries)

    def _inherited(self) -> list[TriggerEntry]:
        return inherited_triggers(self._context.flow.name, self._arguments, self._context.echo)

    def _as_released(self) -> list[TriggerEntry]:
        """The triggers of other commands: Metaflow itself accepts runs here, and passes them on."""
        if self._command in DEPLOYERS and argo_command(self._arguments) == "create":
            instead = f", and give it to `{COMMAND} trigger`" if self._command == COMMAND else ""
            raise TriggerRefused(
                f"--trigger {quote(self._values[0])} would be built into the deployed flow, and every later "
                f"run would show it; deploy without it{instead}"
            )
        for value in self._values:
            if not isinstance(parse(value), RunSpec):
                raise TriggerRefused(
                    f"--trigger {quote(value)} simulates an event for run and resume on this machine; "
                    f"{self._command or 'a flow without a command'} does not take it"
                )
        flows_only = [decorator for decorator in self._decorators if decorator.name == "trigger_on_finish"]
        return self._resolver(evaluated_triggers(flows_only, self._context)).entries(self._values)

    def _resolver(self, declared: DeclaredTriggers) -> Resolver:
        return Resolver(
            self._context.flow.name,
            declared.events,
            [flow.name for flow in declared.flows],
            self._declared.strict,
            warn=partial(warn, self._context.echo),
        )

    def _set(
        self, entries: Sequence[TriggerEntry], record: dict[str, str] | None, clone: bool = False
    ) -> None:
        if not entries:
            return
        payloads = {(entry.name, entry.id): entry.payload for entry in entries if entry.payload}
        details = KnownDetails(payloads, self._declared.count, self._declared.strict)
        trigger = MetaflowTrigger([entry.record() for entry in entries], details=details)
        current._update_env({"trigger": trigger})
        if record is not None:
            attach(self._context.flow, trigger, record, self._cloned_start(record) if clone else None)

    def _cloned_start(self, record: dict[str, str]) -> ClonedStart | None:
        if self._command != "resume":
            return None
        flow, graph = self._context.flow, self._context.graph
        return ClonedStart(self._context.metadata, flow.name, start_step(graph), record)


def _within_limit(values: list[str]) -> list[str]:
    size = sum(map(len, values))
    if size > HANDED_DOWN_LIMIT:
        raise TriggerRefused(
            f"{len(values)} triggers with their payloads take {size:,} bytes; "
            f"the maximum is {HANDED_DOWN_LIMIT:,}"
        )
    return values
