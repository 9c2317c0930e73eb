"""The steps of a flow, by the syntax tree of its class, in the form of `_graph_info`."""

from __future__ import annotations

import ast
from typing import Any

from lineage.flow_map.inspector.publishers import dotted_name

Steps = dict[str, dict[str, Any]]
_SPLITS = ("split-static", "split-foreach", "split-parallel")


def is_step(statement: ast.stmt) -> bool:
    """Whether a statement of a class is a step."""
    return isinstance(statement, ast.FunctionDef) and _step_decorator(statement) is not None


def steps_of(lineage: list[ast.ClassDef]) -> tuple[Steps, str, str]:
    """The steps of a class, and the names of the first and the last.

    Parameters
    ----------
    lineage
        The class, then its bases, in the order in which Python looks for methods.
    """
    functions: dict[str, ast.FunctionDef] = {}
    for base in reversed(lineage):
        functions |= {s.name: s for s in base.body if isinstance(s, ast.FunctionDef) and is_step(s)}
    steps = {name: _step(function) for name, function in functions.items()}
    start = _marked(functions, "start")
    if start in steps:
        _match_joins(steps, start)
    return steps, start, _marked(functions, "end")


def _step_decorator(function: ast.FunctionDef) -> ast.expr | None:
    for node in function.decorator_list:
        name = dotted_name(node.func if isinstance(node, ast.Call) else node)
        if name.rsplit(".", 1)[-1] == "step":
            return node
    return None


def _marked(functions: dict[str, ast.FunctionDef], which: str) -> str:
    """The step with `@step(start=True)` or `@step(end=True)`, otherwise the one of that name."""
    for name, function in functions.items():
        node = _step_decorator(function)
        if isinstance(node, ast.Call) and any(k.arg == which for k in node.keywords):
            return name
    return which


def _step(function: ast.FunctionDef) -> dict[str, Any]:
    calls = [c for c in ast.walk(function) if isinstance(c, ast.Call) and dotted_name(c.func) == "self.next"]
    if not calls:
        return {"type": "end", "next": []}
    call = calls[-1]
    keywords = {keyword.arg for keyword in call.keywords}
    if "condition" in keywords:
        choices = [v for argument in call.args if isinstance(argument, ast.Dict) for v in argument.values]
        return {"type": "split-switch", "next": _targets(choices)}
    after = _targets(call.args)
    if "foreach" in keywords:
        kind = "split-foreach"
    elif "num_parallel" in keywords:
        kind = "split-parallel"
    elif len(after) > 1:
        kind = "split-static"
    else:
        kind = "join" if len(function.args.args) > 1 else "linear"
    return {"type": kind, "next": after, "joins": len(function.args.args) > 1}


def _targets(nodes: list[ast.expr]) -> list[str]:
    names = (dotted_name(node) for node in nodes)
    return [name.removeprefix("self.") for name in names if name.startswith("self.")]


def _match_joins(steps: Steps, start: str) -> None:
    """Say of each split which join closes it."""
    queue: list[tuple[str, tuple[str, ...]]] = [(start, ())]
    seen = set()
    for name, splits in queue:
        if name in seen or name not in steps:
            continue
        seen.add(name)
        step = steps[name]
        if step.get("joins") and splits:
            steps[splits[-1]]["matching_join"] = name
            splits = splits[:-1]
        if step["type"] in _SPLITS:
            splits = (*splits, name)
        queue += [(after, splits) for after in step["next"]]
