"""The values of a flow's Configs, and of what its decorators say with them.

They are worked out as Metaflow's command line does (metaflow/cli.py, `start`): from
`METAFLOW_FLOW_CONFIG` and `METAFLOW_FLOW_CONFIG_VALUE`, otherwise from the defaults.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from metaflow._vendor import click
from metaflow.exception import MetaflowException
from metaflow.parameters import flow_context
from metaflow.user_configs.config_options import config_options_with_config_input
from metaflow.user_configs.config_parameters import ConfigValue, DelayEvaluator

from lineage.flow_map.unresolved import unresolved

_VARIABLES = ("METAFLOW_FLOW_CONFIG", "METAFLOW_FLOW_CONFIG_VALUE")


@dataclass(frozen=True)
class Configs:
    """The Configs of one flow.

    Attributes
    ----------
    values
        By name; empty if they could not be read.
    defaults
        Names of those that have their default.
    problem
        Why they could not be read.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    defaults: frozenset[str] = frozenset()
    problem: str | None = None

    def assumption(self, names: set[str]) -> str | None:
        """Why something that depends on these Configs is not certain; None if it is."""
        used = sorted(names & self.defaults)
        if not used:
            return None
        return f"it is what the default of Config {' and '.join(used)} says; --config may say otherwise"


def read_configs(flow: Any, folder: Path) -> Configs:
    """The Configs of a flow.

    Parameters
    ----------
    flow
        Its class.
    folder
        Where its file is: default files are looked for in the current folder, as Metaflow does, then there.
    """
    names = {param.name for _, param in flow._get_parameters() if param.IS_CONFIG_PARAMETER}
    if not names:
        return Configs()
    first = _parsed(flow, names)
    if first.problem is None:
        return first
    with _working_in(folder):
        beside = _parsed(flow, names)
    return beside if beside.problem is None else first


def _parsed(flow: Any, names: set[str]) -> Configs:
    options = [
        click.Option(["--quiet"], is_flag=True, default=True, is_eager=True),
        click.Option(["--datastore"], default="local", is_eager=True),
    ]
    state = SimpleNamespace(flow=SimpleNamespace(name=flow.__name__))
    try:
        with flow_context(flow):
            command, _ = config_options_with_config_input(click.Command("configs", params=options))
            given = command.make_context("configs", [], obj=state).params
            problem = getattr(state, "delayed_config_exception", None)
    except Exception as exc:  # of parsers and functions for defaults, which are the author's own code
        problem, given = exc, {}
    if problem is not None:
        said = problem.message if isinstance(problem, click.ClickException) else str(problem)
        return Configs(problem=said.strip() or type(problem).__name__)
    values = given["config"] or given["config_value"] or {}
    return Configs(values, frozenset(names - _given_by_the_environment()))


def _given_by_the_environment() -> set[str]:
    return {name for variable in _VARIABLES for name in json.loads(os.environ.get(variable) or "{}")}


@contextlib.contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def resolve(flow: Any, decorator: Any, configs: Configs) -> tuple[dict[str, Any], str | None]:
    """The attributes of a decorator with the values of Configs, and why they are assumed, if they are."""
    used = {name for expression in _delayed(decorator.attributes) for name in _names(expression)}
    if not used and not any(True for _ in _delayed(decorator.attributes)):
        return decorator.attributes, None
    try:
        if configs.problem:
            raise MetaflowException(configs.problem)
        with flow_context(flow):
            decorator.external_init()
    except Exception as exc:  # of the expression, which is the author's own
        return _with_reasons(decorator.attributes, exc), None
    return decorator.attributes, configs.assumption(used)


def has_config_objects(value: Any) -> bool:
    """Whether a list has objects of a Config in it, which Metaflow's `@trigger` cannot take.

    They are immutable, and `TriggerDecorator.process_event` writes to them.
    """
    return isinstance(value, (list, tuple)) and any(isinstance(item, ConfigValue) for item in value)


def _delayed(value: Any) -> Iterator[DelayEvaluator]:
    if isinstance(value, DelayEvaluator):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _delayed(item)
    elif isinstance(value, (list, tuple, set)):
        for item in value:
            yield from _delayed(item)


def _names(expression: DelayEvaluator) -> set[str]:
    return set(re.findall(r"\w+", _written(expression)))


def _written(expression: DelayEvaluator) -> str:
    parts = [part if isinstance(part, str) else _written(part) for part in expression._access or ()]
    return ".".join([expression._config_expr, *parts])


def _with_reasons(value: Any, exc: Exception) -> Any:
    if isinstance(value, DelayEvaluator):
        said = str(exc).strip().splitlines()
        kind = "" if isinstance(exc, MetaflowException) else f"{type(exc).__name__}: "
        reason = kind + (said[0] if said else "without a message")
        return unresolved(f"the Config expression {_written(value)} cannot be evaluated ({reason})")
    if isinstance(value, Mapping):
        return {key: _with_reasons(item, exc) for key, item in value.items()}
    return [_with_reasons(item, exc) for item in value] if isinstance(value, (list, tuple, set)) else value
