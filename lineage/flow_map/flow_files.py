"""Declarations from flow files, read in another process (see `lineage.flow_map.inspector`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from lineage.errors import InvalidArgument
from lineage.flow_map.declarations import FlowDeclaration
from lineage.flow_map.graph_info import declaration
from lineage.records.model import Problem

Files = str | Path | Iterable[str | Path]
PATIENCE = 60.0  # seconds for importing one file; heavy libraries take tens on a cold disk


def from_files(files: Files, seconds: float = PATIENCE) -> tuple[list[FlowDeclaration], list[Problem]]:
    """What the flows in some files declare, and which files could not be read and why.

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
    paths = list(flow_files(files))
    answers = inspected(paths, seconds)
    declarations: list[FlowDeclaration] = []
    problems: list[Problem] = []
    for path, answer in zip(paths, answers, strict=True):
        if "error" in answer:
            problems.append(Problem(str(path), f"could not be read: {answer['error']}"))
        elif not answer["flows"]:
            problems.append(Problem(str(path), "has no flow in it"))
        else:
            declarations += (_declaration(path, flow) for flow in answer["flows"])
    return declarations, problems


def flow_files(files: Files) -> Iterator[Path]:
    """The files that paths, patterns and folders name, each once, patterns in the order of names."""
    seen = set()
    for one in [files] if isinstance(files, (str, Path)) else files:
        for path in _matching(one):
            if path.resolve() not in seen:
                seen.add(path.resolve())
                yield path


def _matching(one: str | Path) -> list[Path]:
    if not isinstance(one, (str, Path)):
        raise InvalidArgument(
            f'files is a path, a pattern like "flows/*.py", or a list of these, not {one!r}'
        )
    path = Path(one).expanduser()
    if path.is_dir():
        found = sorted(path.glob("*.py"))
    else:
        anchor = Path(path.anchor) if path.is_absolute() else Path()
        pattern = str(path.relative_to(anchor) if path.is_absolute() else path)
        found = [path] if path.is_file() else sorted(p for p in anchor.glob(pattern) if p.is_file())
    if not found:
        raise InvalidArgument(f"there is no flow file {str(one)!r} (from {Path.cwd()})")
    return found


def inspected(paths: list[Path], seconds: float) -> list[dict[str, Any]]:
    """The inspector's answer for each file."""
    command = [sys.executable, "-m", "lineage.flow_map.inspector", str(seconds), *map(str, paths)]
    # a trigger that is set for the next run is none of the inspector's business
    environment = {k: v for k, v in os.environ.items() if k != "METAFLOW_FLOW_TRIGGER"}
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    missing = paths[len(answers) :]
    return answers + [{"file": str(path), "error": f"the inspector ended: {last}"} for path in missing]


def _declaration(path: Path, flow: dict[str, Any]) -> FlowDeclaration:
    found = declaration(
        flow["flow"],
        flow["info"],
        project=flow["project"],
        branch=flow["branch"],
        declared_by=f"file {path}",
    )
    if not flow["branch_assumed"]:
        return found
    reason = f"the branch {found.branch} is taken; --production or --branch would make it another"
    listens = tuple(replace(one, assumed=one.assumed or reason) for one in found.listens)
    return replace(found, listens=listens)
