"""Flow classes of a running Python, such as a notebook's, as files.

A class from a file is that file. One from a notebook's cell is written to a folder that lasts as long as
this process, as Metaflow's NBRunner does: the cell up to the end of the class, so that it can also be run.
"""

from __future__ import annotations

import ast
import atexit
import functools
import hashlib
import inspect
import linecache
import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from metaflow import FlowMutator, FlowSpec

from lineage.errors import InvalidArgument
from lineage.flow_map.declarations import FlowDeclaration
from lineage.flow_map.flow_files import from_files
from lineage.records.model import Problem


def flow_classes(given: object) -> list[type[Any]] | None:
    """The flow classes in an argument that is one or a list of them; None if it is anything else.

    Raises
    ------
    InvalidArgument
        If only some of a list are flows.
    """
    several = list(given) if isinstance(given, (list, tuple, set)) else [given]
    flows = [flow for flow in map(_flow_class, several) if flow is not None]
    if not flows:
        return None
    if len(flows) < len(several):
        other = next(item for item in several if _flow_class(item) is None)
        raise InvalidArgument(f"flows are classes that inherit from FlowSpec, not {other!r}")
    return flows


def _flow_class(given: object) -> type[Any] | None:
    # a mutator without parentheses stands in the place of the class that it decorates
    flow = given._flow_cls if isinstance(given, FlowMutator) else given
    return flow if isinstance(flow, type) and issubclass(flow, FlowSpec) else None


def from_classes(classes: Iterable[type[Any]]) -> tuple[list[FlowDeclaration], list[Problem]]:
    """Read the declarations of flow classes from their files or cells, with the problems met."""
    declarations: list[FlowDeclaration] = []
    problems: list[Problem] = []
    for flow in classes:
        path = file_of(flow)
        if path is None:
            problems.append(Problem(flow.__name__, "could not be read: its source is not known to Python"))
            continue
        read, unread = from_files(path)
        named = [declaration for declaration in read if declaration.flow == flow.__name__]
        if not Path(_source_name(flow) or "").is_file():
            named = [
                replace(declaration, declared_by=f"the notebook's cell of {flow.__name__}")
                for declaration in named
            ]
        elif not named and not unread:
            unread = [Problem(flow.__name__, f"could not be read: {path} does not define it at its top")]
        declarations += named
        problems += [Problem(flow.__name__, problem.reason) for problem in unread]
    return declarations, problems


def file_of(flow: type[Any]) -> Path | None:
    """The file of a flow class; of one from a notebook's cell, one that is written for it.

    Returns
    -------
    Path or None
        None if Python does not know the source.
    """
    recorded = _source_name(flow)
    if recorded is None:
        return None
    if Path(recorded).is_file():
        return Path(recorded)
    # the steps may all be inherited from another cell; the latest cell with the class counts
    cells = [recorded, *(name for name in reversed(list(linecache.cache)) if not Path(name).is_file())]
    texts = (_cut(linecache.getlines(name), flow.__name__) for name in cells)
    text = next(filter(None, texts), None)
    return _written(flow.__name__, text) if text else None


def class_in_session(name: str) -> type[Any] | None:
    """The flow of this name that the running notebook or session defines."""
    return _flow_class(getattr(sys.modules["__main__"], name, None))


def _source_name(flow: type[Any]) -> str | None:
    """Where the code of its steps comes from; a step of its own counts before an inherited one."""
    own = [value for value in vars(flow).values() if hasattr(value, "is_step")]
    for step in [*own, *getattr(flow, "_steps", ())]:
        code = getattr(inspect.unwrap(step), "__code__", None)
        if code is not None:
            return str(code.co_filename)
    return None


def _cut(lines: list[str], name: str) -> str | None:
    """A cell up to the end of a class, and the line that runs it."""
    text = "".join(lines)
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return None
    definition = next(
        (statement for statement in body if isinstance(statement, ast.ClassDef) and statement.name == name),
        None,
    )
    if definition is None:
        return None
    kept = "".join(lines[: definition.end_lineno]).rstrip("\n")
    # NBRunner puts its file into the current folder, so that helper modules there are found
    first = "" if "from __future__" in kept else f"import sys; sys.path.insert(1, {str(Path.cwd())!r})\n"
    return f"{first}{kept}\n\n\nif __name__ == '__main__':\n    {name}()\n"


def _written(name: str, text: str) -> Path:
    path = _cells() / f"{name}_{hashlib.sha256(text.encode()).hexdigest()[:12]}.py"
    path.write_text(text, "utf-8")
    return path


@functools.cache
def _cells() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="lineage-cells-")).resolve()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
