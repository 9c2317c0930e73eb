"""Declarations from flow files, read in another process (see `lineage.flow_map.inspector`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lineage.errors import InvalidArgument
from lineage.flow_map.declarations import FlowDeclaration
from lineage.flow_map.graph_info import declaration
from lineage.records.model import Problem

if TYPE_CHECKING:
    from lineage.flow_map.inspector.forks import InspectedFile

Files = str | Path | Iterable[str | Path]
PATIENCE = 60.0  # seconds for importing one file; heavy libraries take tens on a cold disk


def from_files(files: Files, seconds: float = PATIENCE) -> tuple[list[FlowDeclaration], list[Problem]]:
    """Read the declarations of the flows in some files, with the files that could not be read.

    Parameters
    ----------
    files
        Paths, patterns such as `"flows/*.py"`, or folders (all `.py` files directly in them).
    seconds
        How long importing one file may take.

    Raises
    ------
    InvalidArgument
        If a path or pattern matches nothing.
    """
    given = [files] if isinstance(files, (str, Path)) else list(files)
    named = {Path(name).resolve() for name in given if isinstance(name, (str, Path)) and Path(name).is_file()}
    paths = list(flow_files(given))
    declarations: list[FlowDeclaration] = []
    problems: list[Problem] = []
    for path, answer in zip(paths, inspected(paths, seconds), strict=True):
        declarations += (_declaration(path, flow, answer["error"]) for flow in answer["flows"])
        problems += (Problem(str(path), reason) for reason in answer["problems"])
        reason = _why_unread(answer, path.resolve() in named)
        if reason:
            problems.append(Problem(str(path), reason))
    return declarations, problems


def _why_unread(answer: InspectedFile, named: bool) -> str | None:
    """Why a file, or its import, could not be read; None if it was, or if it is only a helper module."""
    if answer["error"] and answer["flows"]:
        return f"could not be imported, so that its text is all that is known of it: {answer['error']}"
    if answer["error"]:
        return f"could not be read: {answer['error']}"
    nothing = not answer["flows"] and not answer["problems"]
    return "has no flow in it" if nothing and named else None


def flow_files(files: Files) -> Iterator[Path]:
    """The files that paths, patterns and folders name, each once, patterns in the order of names."""
    seen = set()
    for given in [files] if isinstance(files, (str, Path)) else files:
        for path in _matching(given):
            if path.resolve() not in seen:
                seen.add(path.resolve())
                yield path


def _matching(given: str | Path) -> list[Path]:
    if not isinstance(given, (str, Path)):
        raise InvalidArgument(
            f'files is a path, a pattern like "flows/*.py", or a list of these, not {given!r}'
        )
    path = Path(given).expanduser()
    if path.is_dir():
        paths = sorted(path.glob("*.py"))
    else:
        anchor = Path(path.anchor) if path.is_absolute() else Path()
        pattern = str(path.relative_to(anchor) if path.is_absolute() else path)
        paths = [path] if path.is_file() else sorted(p for p in anchor.glob(pattern) if p.is_file())
    if not paths:
        raise InvalidArgument(f"there is no flow file {str(given)!r} (from {Path.cwd()})")
    return paths


def inspected(paths: list[Path], seconds: float) -> list[InspectedFile]:
    """The inspector's answer for each file."""
    command = [sys.executable, "-m", "lineage.flow_map.inspector", str(seconds), *map(str, paths)]
    # a trigger that is set for the next run is none of the inspector's business
    environment = {k: v for k, v in os.environ.items() if k != "METAFLOW_FLOW_TRIGGER"}
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    unread = {"flows": [], "problems": [], "error": f"the inspector ended: {last}"}
    return answers + [unread for _ in paths[len(answers) :]]


def _declaration(path: Path, flow: InspectedFile, unimported: str | None) -> FlowDeclaration:
    reasons = [flow["assumed"]] if flow["assumed"] else []
    if flow["branch_assumed"]:
        reasons.append(
            f"the branch {flow['branch']} is taken; --production or --branch would make it another"
        )
    if unimported:
        reasons.append(f"the file was read without importing it, which failed: {unimported}")
    assumed = "; ".join(reasons) or None
    declared = declaration(
        flow["flow"],
        flow["info"],
        project=flow["project"],
        branch=flow["branch"],
        declared_by=f"text of file {path}" if unimported else f"file {path}",
        notes=flow["notes"],
        refused=flow["refused"],
        assumed=assumed,
    )
    listens = (
        replace(w, assumed="; ".join(filter(None, (w.assumed, assumed))) or None) for w in declared.listens
    )
    return replace(declared, listens=tuple(listens))
