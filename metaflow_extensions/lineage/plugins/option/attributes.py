"""Attributes of a trigger decorator, changed so that Metaflow can take them and records what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from metaflow.parameters import DeployTimeField
from metaflow.user_configs.config_parameters import ConfigValue

_MAY_BE_FUNCTIONS = ("event", "events", "flow", "flows")


class NamedFunction:
    """A function for names, which the run's record tells from a name.

    Metaflow records a function as its qualified name, which looks like that of an event or a flow.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.__qualname__ = f"<function {function.__qualname__}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def __repr__(self) -> str:
        return self.__qualname__


def with_named_functions(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes, with plain functions for names recorded as what they are."""
    return {key: _named(value) if key in _MAY_BE_FUNCTIONS else value for key, value in attributes.items()}


def _named(value: Any) -> Any:
    if isinstance(value, list):
        return [_named(item) for item in value]
    name = getattr(value, "__qualname__", "<")
    plain = callable(value) and not isinstance(value, DeployTimeField) and "<" not in name
    return NamedFunction(value) if plain else value


def without_config_objects(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes, with objects of a Config as plain dicts: Metaflow writes to those of an event."""
    return {key: _without_config_objects(value) for key, value in attributes.items()}


def _without_config_objects(value: Any) -> Any:
    if isinstance(value, ConfigValue):
        return value.to_dict()
    return [_without_config_objects(item) for item in value] if isinstance(value, list) else value
