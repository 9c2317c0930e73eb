"""Which flow files may share a process: those whose import runs nothing but Metaflow's own code.

Most of the time that a small file takes goes into the fork that it is imported in.
"""

from __future__ import annotations

import ast
import itertools
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from lineage.flow_map.inspector.publishers import dotted_name

_TOGETHER = 25  # files; of the gain from one fork for all, one for 25 loses less than a tenth
_REGISTERED = (b"Mutator", b"tep_decorator", b"StepDecorator")  # Metaflow keeps these classes by name
_MODULES = sys.stdlib_module_names | {"metaflow"}


def groups(files: Iterable[str]) -> Iterator[list[str]]:
    """The files in their order, plain neighbours together."""
    for plain, several in itertools.groupby(files, is_plain):
        size = _TOGETHER if plain else 1
        while group := list(itertools.islice(several, size)):
            yield group


def is_plain(file: str) -> bool:
    """Whether importing a file only makes classes and constants, with nothing imported but known modules."""
    try:
        source = Path(file).read_bytes()
        tree = ast.parse(source, file)
    except (OSError, SyntaxError, ValueError):
        return False
    if any(word in source for word in _REGISTERED):
        return False
    metaflows = {
        alias.asname or alias.name
        for statement in tree.body
        if isinstance(statement, (ast.Import, ast.ImportFrom))
        for alias in statement.names
        if (getattr(statement, "module", None) or alias.name).split(".")[0] == "metaflow"
    }
    functions = {function.name for function in tree.body if isinstance(function, ast.FunctionDef)}
    return all(_is_plain(statement, metaflows, functions) for statement in tree.body)


def _is_plain(statement: ast.stmt, metaflows: set[str], functions: set[str]) -> bool:
    if isinstance(statement, ast.Import):
        return all(alias.name.split(".")[0] in _MODULES for alias in statement.names)
    if isinstance(statement, ast.ImportFrom):
        known = not statement.level and (statement.module or "").split(".")[0] in _MODULES
        return known and all(alias.name != "*" for alias in statement.names)
    if isinstance(statement, ast.If):
        return "__name__" in ast.unparse(statement.test) and not statement.orelse
    if isinstance(statement, ast.ClassDef):
        parts = [
            *statement.bases,
            *(keyword.value for keyword in statement.keywords),
            *statement.decorator_list,
        ]
        inner = all(_is_plain(inner_statement, metaflows, functions) for inner_statement in statement.body)
        return inner and all(_runs_only(part, metaflows, functions) for part in parts)
    if isinstance(statement, ast.FunctionDef):
        defaults = [default for default in (*statement.args.defaults, *statement.args.kw_defaults) if default]
        parts = [*statement.decorator_list, *defaults]
        return all(_runs_only(part, metaflows, functions) for part in parts)
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        value = statement.value
        named = all(isinstance(target, ast.Name) for target in targets)
        return named and (value is None or _runs_only(value, metaflows, functions))
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _runs_only(expression: ast.expr, metaflows: set[str], functions: set[str]) -> bool:
    """Whether evaluating it calls only Metaflow, and hands it no function that would be called later."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and dotted_name(node.func).split(".")[0] not in metaflows:
            return False
        if isinstance(node, ast.Lambda) or (isinstance(node, ast.Name) and node.id in functions):
            return False
    return True
