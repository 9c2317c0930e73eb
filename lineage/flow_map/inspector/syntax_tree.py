"""Reads a flow file that cannot be imported: by its syntax tree, without running any of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from metaflow import metaflow_config

from lineage.flow_map.inspector.naming import project_of
from lineage.flow_map.inspector.publishers import PublishedNames, dotted_name
from lineage.flow_map.inspector.step_tree import is_step, steps_of
from lineage.flow_map.unresolved import unresolved

_DECORATORS = {
    "trigger": "trigger",
    "trigger_on": "trigger",
    "trigger_on_finish": "trigger_on_finish",
    "schedule": "schedule",
    "project": "project",
}
_PARAMETERS = ("Parameter", "IncludeFile", "Config")


def read_by_syntax_tree(file: str) -> list[dict[str, Any]]:
    """Describe the flows in a file, as far as its text tells."""
    try:
        tree = ast.parse(Path(file).read_bytes(), file)
    except (OSError, SyntaxError, ValueError):  # which importing it has met, too
        return []
    text = _Text(tree)
    return [text.describe(flow, file) for flow in text.flows()]


class _Text:
    """The classes and constants of a file."""

    def __init__(self, tree: ast.Module) -> None:
        statements = list(_at_the_top(tree.body))
        self._classes = {
            statement.name: statement for statement in statements if isinstance(statement, ast.ClassDef)
        }
        self._constants = dict(_constants(statements))
        self._published = PublishedNames(tree, self._text_or_none)
        self._scope = ""

    def flows(self) -> Iterator[ast.ClassDef]:
        """The classes that have a first and a last step; others are bases."""
        for flow in self._classes.values():
            steps, start, end = steps_of(self._lineage(flow))
            after = {name for step in steps.values() for name in step["next"]}
            if self._is_flow(flow) and {start, end} <= steps.keys() and after <= steps.keys():
                yield flow

    def _lineage(self, flow: ast.ClassDef) -> list[ast.ClassDef]:
        """A class and its bases in this file, itself first."""
        classes = [flow]
        for ancestor in classes:
            names = (dotted_name(base).rsplit(".", 1)[-1] for base in ancestor.bases)
            classes += [
                self._classes[n] for n in names if n in self._classes and self._classes[n] not in classes
            ]
        return classes

    def _is_flow(self, flow: ast.ClassDef) -> bool:
        names = [
            dotted_name(base).rsplit(".", 1)[-1]
            for ancestor in self._lineage(flow)
            for base in ancestor.bases
        ]
        elsewhere = any(name not in self._classes for name in names)
        return "FlowSpec" in names or (elsewhere and any(map(is_step, flow.body)))

    def describe(self, flow: ast.ClassDef, file: str) -> dict[str, Any]:
        lineage = self._lineage(flow)
        place = project_of(self._attributes(lineage, "project"))
        self._scope = f"{place['project']}.{place['branch']}." if place["project"] else ""
        steps, start, end = steps_of(lineage)
        info = {
            "file": str(Path(file).resolve()),
            "start_step": start,
            "end_step": end,
            "steps": steps,
            "parameters": [parameter for each in lineage for parameter in self._parameters(each)],
            "parameters_known": True,
            "decorators": [
                {"name": name, "attributes": attributes, "assumed": None}
                for name in ("trigger", "trigger_on_finish", "schedule")
                if (attributes := self._attributes(lineage, name)) is not None
            ],
            "publishes": self._published.of([ancestor.name for ancestor in lineage]),
        }
        others = self._other_decorators(lineage)
        notes = [f"has the decorator {name}, which was not run" for name in others]
        return {"flow": flow.name, **place, "assumed": None, "notes": place["notes"] + notes, "info": info}

    def _attributes(self, lineage: list[ast.ClassDef], wanted: str) -> dict[str, Any] | None:
        for node in (node for ancestor in lineage for node in ancestor.decorator_list):
            call = node if isinstance(node, ast.Call) else None
            if _DECORATORS.get(_last_name(call.func if call else node)) == wanted:
                keywords = call.keywords if call else []
                given = {keyword.arg: self._value(keyword.value) for keyword in keywords if keyword.arg}
                return {"daily": True} | given if wanted == "schedule" else given
        return None

    def _other_decorators(self, lineage: list[ast.ClassDef]) -> list[str]:
        nodes = (node for ancestor in lineage for node in ancestor.decorator_list)
        names = (_last_name(node.func if isinstance(node, ast.Call) else node) for node in nodes)
        return list(dict.fromkeys(name for name in names if name and name not in _DECORATORS))

    def _parameters(self, flow: ast.ClassDef) -> Iterator[dict[str, Any]]:
        for statement in flow.body:
            call = statement.value if isinstance(statement, ast.Assign) else None
            if isinstance(call, ast.Call) and _last_name(call.func) in _PARAMETERS:
                keywords = {keyword.arg: self._value(keyword.value) for keyword in call.keywords}
                name = self._value(call.args[0]) if call.args else keywords.get("name")
                if isinstance(name, str):
                    kind = "Config" if _last_name(call.func) == "Config" else "Parameter"
                    required = keywords.get("required") is True
                    has_default = "default" in keywords
                    yield {"name": name, "type": kind, "required": required, "has_default": has_default}

    def _value(self, node: ast.expr) -> Any:
        """Evaluate an expression to plain data."""
        if isinstance(node, ast.Name) and node.id in self._constants:
            meant = self._constants.pop(node.id)  # a name that is made of itself does not end otherwise
            value = self._value(meant)
            self._constants[node.id] = meant
            return value
        if isinstance(node, (ast.List, ast.Tuple)):
            return [self._value(element) for element in node.elts]
        if isinstance(node, ast.Dict) and all(node.keys):
            pairs = zip(node.keys, node.values, strict=True)
            return {str(self._value(key)): self._value(value) for key, value in pairs if key is not None}
        if isinstance(node, ast.Call) and _last_name(node.func) == "namespaced_event_name":
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            logical = self._value(given[0]) if given else None
            if isinstance(logical, str):
                return f"{_prefix()}.{self._scope}{logical}"
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return unresolved(f"the code `{ast.unparse(node)}`, which was not run")

    def _text_or_none(self, node: ast.expr) -> object:
        value = self._value(node)
        return value if isinstance(value, str) else None


def _at_the_top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if isinstance(statement, (ast.If, ast.Try)):
            yield from _at_the_top(statement.body)
            yield from _at_the_top(statement.orelse)


def _constants(statements: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Names that the file gives a value without code."""
    for statement in statements:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name) and not isinstance(statement.value, ast.Name):
                yield target.id, statement.value


def _last_name(node: ast.expr) -> str:
    return dotted_name(node).rsplit(".", 1)[-1]


def _prefix() -> str:
    # the name is there since Metaflow has namespaced events
    return str(getattr(metaflow_config, "NAMESPACED_EVENTS_PREFIX", "mfns"))
