"""The parts of Metaflow's command line that concern `--trigger`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from metaflow._vendor import click

from .refusal import TriggerRefused
from .specs import BadSpec, parse_environment

ENVIRONMENT = "METAFLOW_FLOW_TRIGGER"
# Metaflow adds this step decorator to every task that it deploys on Argo Workflows.
ARGO_MARK = "argo_workflows_internal"


def trigger_values(values: Sequence[str]) -> list[str]:
    """Return the `--trigger` values; parse the environment variable again if click split it at white space.

    The variable is removed, so that it does not trigger flows that a step starts.
    """
    raw = os.environ.pop(ENVIRONMENT, "")
    if not raw or list(values) != raw.split():
        return list(values)
    try:
        return parse_environment(raw)
    except BadSpec as error:
        raise TriggerRefused(f"{ENVIRONMENT}: {error}") from error


def subcommand() -> list[str]:
    """The current subcommand, for example `run` or `step`, and its arguments."""
    return list(getattr(click.get_current_context(silent=True), "saved_args", None) or [])


def is_argo_task() -> bool:
    """Whether Argo started this task. Its environment cannot tell, as flows that it starts inherit it."""
    context = click.get_current_context(silent=True)
    specs = (context.params.get("decospecs") if context else None) or ()
    return any(spec.startswith(ARGO_MARK) for spec in specs)


def preset(values: Mapping[str, str], *command: str) -> None:
    """Set defaults for parameters of a command; values on the command line still take precedence.

    Uses click's default map rather than METAFLOW_RUN_<PARAMETER>, which flows that a step starts would
    inherit. METAFLOW_RUN_ID, which every task has, must not become the value of a parameter called id.
    """
    context = click.get_current_context()
    context.default_map = _with_defaults(context.default_map or {}, command, values)
    if "id" in values:
        os.environ.pop("METAFLOW_RUN_ID", None)


def _with_defaults(defaults: Mapping[str, Any], command: Sequence[str], values: Mapping[str, str]) -> Any:
    if not command:
        return {**defaults, **values}
    first, *rest = command
    return {**defaults, first: _with_defaults(defaults.get(first, {}), rest, values)}
