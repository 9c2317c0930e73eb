"""Imports a flow file into this process and describes the flows in it."""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from metaflow import FlowMutator, FlowSpec
from metaflow.decorators import flow_decorators

from lineage.flow_map.inspector.flow_class import describe, gap_of
from lineage.flow_map.inspector.publishers import PublishedNames, dotted_name

MODULE = "__flow_file__"  # not "__main__", which would run the flow
_LISTENERS = ("trigger", "trigger_on_finish", "schedule")


def inspect_file(file: str) -> dict[str, Any]:
    """Describe each flow in a file, which is imported into this process."""
    tree = ast.parse(Path(file).read_bytes(), file)
    names = _executed(file, tree)
    published = PublishedNames(tree, lambda node: _value(node, names))
    classes = list(_flow_classes(names.values()))
    bases = {base for flow in classes for base in flow.__mro__[1:]}
    described, problems = {}, []
    # a mutator changes the steps and parameters of its class, which the classes below it inherit
    for flow in sorted(classes, key=lambda flow: -len(flow.__mro__)):
        try:
            gap = gap_of(flow)
            if gap is None:
                described[flow] = describe(flow, file, published)
            elif flow not in bases and any(
                decorator.name in _LISTENERS for decorator in flow_decorators(flow)
            ):
                problems.append(f"{flow.__name__} is not finished: {gap}")
        except Exception as exc:  # Metaflow's and the author's own: one class must not lose the others
            said = str(exc).strip().splitlines() or ["without a message"]
            problems.append(f"{flow.__name__} could not be read: {type(exc).__name__}: {said[0]}")
    return {
        "flows": [described[flow] for flow in classes if flow in described],
        "problems": problems,
        "error": None,
    }


def _executed(file: str, tree: ast.Module) -> Mapping[str, Any]:
    """The names of a file after its import."""
    sys.path[0:1] = [str(Path(file).resolve().parent)]
    sys.argv = [file]
    module = ModuleType(MODULE)
    module.__file__ = file
    sys.modules[MODULE] = module
    # a flow file is run to be read, as Metaflow runs it, in a process of its own
    exec(compile(tree, file, "exec", dont_inherit=True), vars(module))  # noqa: S102  # see above
    return vars(module)


def _flow_classes(values: Iterable[Any]) -> Iterator[Any]:
    """The flows that a file defines, each once; base classes without steps are left out."""
    seen = set()
    for value in values:
        # a mutator without parentheses stands in the place of the class that it decorates
        flow: Any = value._flow_cls if isinstance(value, FlowMutator) else value
        ours = isinstance(flow, type) and issubclass(flow, FlowSpec) and flow.__module__ == MODULE
        if ours and flow not in seen and flow._graph.nodes:
            seen.add(flow)
            yield flow


def _value(node: ast.expr, names: Mapping[str, Any]) -> object:
    """Evaluate an expression to a constant, a name, or a name that Metaflow completes."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Call):
        function = _looked_up(node.func, names)
        given = [_value(argument, names) for argument in node.args[:1]]
        keywords = {keyword.arg: _value(keyword.value, names) for keyword in node.keywords if keyword.arg}
        is_metaflows = getattr(function, "__name__", "") == "namespaced_event_name"
        return _completed(function(*given, **keywords)) if is_metaflows and callable(function) else None
    return _completed(_looked_up(node, names))


def _looked_up(node: ast.expr, names: Mapping[str, Any]) -> object:
    first, *rest = dotted_name(node).split(".")
    try:
        return functools.reduce(getattr, rest, names.get(first))
    except AttributeError:
        return None


def _completed(value: Any) -> object:
    """A name as it is, or what `namespaced_event_name` makes of it for the current flow."""
    made = getattr(getattr(value, "func", None), "__qualname__", "").startswith("namespaced_event_name.")
    return value() if made else value
