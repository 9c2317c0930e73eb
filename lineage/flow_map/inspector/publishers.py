"""Which external events the code of a flow seems to send: `ArgoEvent("name")`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

Value = Callable[[ast.expr], object]


class PublishedNames:
    """The names that the calls of `ArgoEvent` in a file are given.

    A call within a flow's class is that flow's, or one of its subclasses'; any other is of all flows.

    Parameters
    ----------
    tree
        The file.
    value
        What an expression stands for; None where that is not known.
    """

    def __init__(self, tree: ast.Module, value: Value) -> None:
        self._value = value
        self._shared: list[ast.expr] = []
        self._by_class: dict[str, list[ast.expr]] = {}
        for statement in tree.body:
            if isinstance(statement, ast.ClassDef):
                self._by_class.setdefault(statement.name, []).extend(_given_names(statement))
            else:
                self._shared += _given_names(statement)

    def of(self, classes: list[str]) -> list[str]:
        """Names of the events that a flow seems to send, each once; the expressions are evaluated now.

        Parameters
        ----------
        classes
            Names of the flow's class and of its bases.
        """
        own = (node for name in classes for node in self._by_class.get(name, ()))
        names = dict.fromkeys(map(self._value, [*self._shared, *own]))
        return [name for name in names if isinstance(name, str)]


def _given_names(statement: ast.stmt) -> Iterator[ast.expr]:
    """The first arguments of the calls of `ArgoEvent`."""
    for call in ast.walk(statement):
        if isinstance(call, ast.Call) and dotted_name(call.func).rsplit(".", 1)[-1] == "ArgoEvent":
            yield from [*call.args[:1], *(k.value for k in call.keywords if k.arg == "name")]


def dotted_name(node: ast.expr) -> str:
    """`a.b.c` as it is written; empty for any other expression.

    Examples
    --------
    >>> dotted_name(ast.parse("metaflow.FlowSpec", mode="eval").body)
    'metaflow.FlowSpec'
    """
    if isinstance(node, ast.Attribute):
        before = dotted_name(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""
