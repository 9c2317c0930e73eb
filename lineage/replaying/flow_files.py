"""Find the files of flows."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lineage.errors import InvalidArgument, ReplayError
from lineage.flow_map.declarations import short_name
from lineage.flow_map.flow_classes import class_in_session, file_of
from lineage.flow_map.flow_files import Files, flow_files


def locate(
    flows: Mapping[str, str | None], files: Files | Mapping[str, Any] | None, *, required: bool = True
) -> dict[str, Path]:
    """Find the file of each flow; returns absolute paths.

    Parameters
    ----------
    flows
        The recorded file of each flow, by key: a path, a base name, or None.
    files
        Where to look: a mapping of flows to paths, or paths, patterns and folders. A flow that is not found
        there is looked for in its recorded file, then in the files of the current folder, then in the cells
        of this notebook.
    required
        Whether a flow without a file is an error; otherwise it is left out.

    Raises
    ------
    ReplayError
        If a file was not found; the message names every such flow.
    InvalidArgument
        If `files` names something that does not exist.
    """
    by_flow, given = _given(files)
    here = [path for path in sorted(Path.cwd().glob("*.py")) if path not in given]
    located: dict[str, Path] = {}
    missing = []
    for key, recorded in flows.items():
        flow = short_name(key)
        mapped = by_flow.get(key) or by_flow.get(flow)
        candidates = [mapped] if mapped else [*given, *_recorded(recorded), *here, *_cell(flow)]
        file = next((path for path in candidates if declares(path, flow)), None)
        if file is None:
            missing.append(f"{flow} (not in {mapped})" if mapped else flow)
        else:
            located[key] = file.resolve()
    if missing and required:
        where = f"the given files and {Path.cwd()}" if given else str(Path.cwd())
        raise ReplayError(
            f"Nothing was started: no file was found for {', '.join(sorted(set(missing)))} in {where}. "
            'Say where they are: files="flows/*.py" or files={"FlowName": "path.py"}; '
            "on the command line --files 'flows/*.py'"
        )
    return located


def _given(files: Files | Mapping[str, Any] | None) -> tuple[dict[str, Path], list[Path]]:
    if files is None:
        return {}, []
    if not isinstance(files, Mapping):
        return {}, list(flow_files(files))
    paths = {str(flow): Path(path).expanduser() for flow, path in files.items()}
    gone = [f"{flow} ({path})" for flow, path in paths.items() if not path.is_file()]
    if gone:
        raise InvalidArgument(f"files names files that do not exist: {', '.join(gone)}")
    return paths, []


def _recorded(recorded: str | None) -> Iterator[Path]:
    if recorded:
        path = Path(recorded)
        yield path if path.is_absolute() else Path.cwd() / path


def _cell(flow: str) -> Iterator[Path]:
    """The cell of a flow that this notebook defines, as a file: NBRunner deletes its own after the run."""
    defined = class_in_session(flow)
    path = file_of(defined) if defined is not None else None
    if path is not None:
        yield path


def declares(path: Path, flow: str) -> bool:
    """Whether a file defines a class of this name at module level; the file is parsed, not run."""
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except (OSError, SyntaxError, ValueError):
        return False
    return flow in set(_classes(tree.body))


def _classes(body: Iterable[ast.stmt]) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield statement.name
        elif isinstance(statement, (ast.If, ast.Try)):
            yield from _classes(statement.body)
