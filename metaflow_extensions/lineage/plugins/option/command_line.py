"""The command line that Metaflow is reading, as far as `--trigger` has to do with it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from metaflow._vendor import click

from .refusal import TriggerRefused
from .specs import BadSpec, parse_environment

ENVIRONMENT = "METAFLOW_FLOW_TRIGGER"
# Metaflow adds this step decorator to every task that it deploys on Argo Workflows.
ARGO_MARK = "argo_workflows_internal"


def trigger_values(values: Sequence[str]) -> list[str]:
    """The `--trigger` values that click found, read again if white space took the variable apart.

    The variable goes, or flows that a step starts would be triggered too.
    """
    raw = os.environ.pop(ENVIRONMENT, "")
    if not raw or list(values) != raw.split():
        return list(values)
    try:
        return parse_environment(raw)
    except BadSpec as error:
        raise TriggerRefused(f"{ENVIRONMENT}: {error}") from error


def subcommand() -> list[str]:
    """The subcommand that is being run, `run` or `step` for example, and its arguments."""
    return list(getattr(click.get_current_context(silent=True), "saved_args", None) or [])


def is_argo_task() -> bool:
    """Whether Argo started this task: a flow that such a task starts sees the same environment."""
    context = click.get_current_context(silent=True)
    specs = (context.params.get("decospecs") if context else None) or ()
    return any(spec.startswith(ARGO_MARK) for spec in specs)


def preset(values: Mapping[str, str]) -> None:
    """Give parameters of `run` a default that a value on the command line still beats.

    Click's own place for this, rather than METAFLOW_RUN_<PARAMETER>, which flows that a step starts
    would see as well. METAFLOW_RUN_ID, which every task has, is no value for a parameter called id.
    """
    context = click.get_current_context()
    defaults = context.default_map or {}
    context.default_map = {**defaults, "run": {**defaults.get("run", {}), **values}}
    if "id" in values:
        os.environ.pop("METAFLOW_RUN_ID", None)
