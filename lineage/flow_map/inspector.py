"""Reads flow files, in a process of its own: `python -m lineage.flow_map.inspector FILE …`.

A file is imported, as `python flow.py` would do before it runs anything; no step runs. Metaflow is
imported once, then each file in a fork, so that files neither see nor break each other. For each file
one line of JSON goes to standard output: `{"file": …, "flows": [{"flow", "project", "branch",
"branch_assumed", "info"}]}` or `{"file": …, "error": "…"}`, where `info` has the form of the
`_graph_info` artifact, with functions replaced by what they return.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import runpy
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

MODULE = "__flow_file__"  # not "__main__", which would run the flow


def main(files: list[str], seconds: float) -> None:
    """Inspect the files one after the other; each may take so many seconds."""
    import metaflow  # noqa: F401 - imported before the forks, which share it

    for file in files:
        print(_forked(file, seconds), flush=True)


def _forked(file: str, seconds: float) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setsid()  # what the file may start can be ended with it
        _child(file, writing)
    os.close(writing)
    text = _read(reading, time.monotonic() + seconds)
    os.close(reading)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if text is None:
        return _error(file, f"importing it took more than {seconds:g} s")
    return text or _error(file, "importing it ended the process")


def _read(pipe: int, deadline: float) -> str | None:
    """All that comes before the pipe is closed; None if that takes too long."""
    import select

    found = b""
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            return None
        piece = os.read(pipe, 65536)
        if not piece:
            return found.decode()
        found += piece


def _child(file: str, writing: int) -> None:
    """Never returns. What the file prints goes to standard error."""
    os.dup2(2, 1)
    try:
        text = json.dumps({"file": file, "flows": list(inspect_file(file))}, default=str)
    except BaseException as exc:  # a file may raise anything, SystemExit included
        text = _error(file, _reason(exc, file))
    try:
        with os.fdopen(writing, "w") as pipe:
            pipe.write(text)
    finally:
        os._exit(0)  # without the cleanup handlers of what the file imported


def _error(file: str, reason: str) -> str:
    return json.dumps({"file": file, "error": reason})


def _reason(exc: BaseException, file: str) -> str:
    """What went wrong and, where it was in the file itself, in which line."""
    lines = [f.lineno for f in traceback.extract_tb(exc.__traceback__) if f.filename == file]
    where = f", line {lines[-1]}" if lines else ""
    said = str(exc).strip().splitlines()
    return f"{type(exc).__name__}{where}: {said[0] if said else 'without a message'}"


def inspect_file(file: str) -> Iterator[dict[str, Any]]:
    """What each flow in a file declares; imports the file into this process."""
    from metaflow import FlowSpec

    sys.path[0:1] = [str(Path(file).resolve().parent)]
    sys.argv = [file]
    found = runpy.run_path(file, run_name=MODULE)
    published = _published(file)
    for thing in found.values():
        ours = isinstance(thing, type) and issubclass(thing, FlowSpec) and thing.__module__ == MODULE
        if ours and thing._graph.nodes:  # a base class for flows has no steps
            yield _described(thing, file, published)


def _published(file: str) -> list[str]:
    """Names of external events that the code seems to send: `ArgoEvent("name")`."""
    tree = ast.parse(Path(file).read_bytes(), file)
    names = []
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func).rsplit(".", 1)[-1] == "ArgoEvent":
            given = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "name")]
            names += [one.value for one in given if isinstance(one, ast.Constant)]
    return [name for name in dict.fromkeys(names) if isinstance(name, str)]


def _described(flow: Any, file: str, published: list[str]) -> dict[str, Any]:
    from metaflow.decorators import flow_decorators
    from metaflow.util import get_username

    steps, _ = flow._graph.output_steps()
    decorators = {one.name: one.attributes for one in flow_decorators(flow)}
    user = get_username()
    project, branch, assumed = _project(decorators.get("project"), user)
    evaluate = _evaluator(flow.__name__, user, project, branch)
    info = {
        "file": str(Path(file).resolve()),
        "start_step": flow._graph.start_step,
        "end_step": flow._graph.end_step,
        "steps": {
            name: {key: step[key] for key in ("type", "next", "matching_join") if key in step}
            for name, step in steps.items()
        },
        "parameters": [_parameter(one) for _, one in flow._get_parameters()],
        "parameters_known": True,
        "decorators": [
            {"name": name, "attributes": evaluate(attributes)}
            for name, attributes in decorators.items()
            if name in ("trigger", "trigger_on_finish", "schedule")
        ],
        "publishes": published,
    }
    return {
        "flow": flow.__name__,
        "project": project,
        "branch": branch,
        "branch_assumed": assumed,
        "info": info,
    }


def _parameter(one: Any) -> dict[str, Any]:
    """Its name, kind, and whether Argo takes it for required (`_process_parameters`)."""
    one.init(ignore_errors=True)  # only this gives `required` the value that the flow's author wrote
    kind = "Config" if one.IS_CONFIG_PARAMETER else "Parameter"
    return {"name": one.name, "type": kind, "required": bool(one.kwargs.get("required"))}


def _project(attributes: Any, user: str | None) -> tuple[str | None, str | None, bool]:
    """Project and branch, and whether the branch depends on how it is deployed."""
    from metaflow.plugins.project_decorator import format_name

    if attributes is None:
        return None, None, False
    production, branch = attributes.get("production"), attributes.get("branch")
    _, full = format_name("Any", attributes["name"], production, branch, user)
    return attributes["name"], full, not production and branch is None


def _evaluator(flow: str, user: str | None, project: str | None, branch: str | None) -> Callable[[Any], Any]:
    """Replaces functions in a decorator's attributes by what they return at deployment."""
    from metaflow import current
    from metaflow.parameters import DeployTimeField, ParameterContext

    if project:
        full = f"{project}.{branch}.{flow}"
        current._update_env({"project_name": project, "branch_name": branch, "project_flow_name": full})
    # names are no parameters, so there is no name of one
    context = ParameterContext(flow, user or "", "", print, "local", None)

    def evaluate(value: Any) -> Any:
        if isinstance(value, DeployTimeField):
            value = value.fun
        if callable(value):
            return evaluate(_called(value, context))
        if isinstance(value, dict):
            return {key: evaluate(one) for key, one in value.items()}
        return [evaluate(one) for one in value] if isinstance(value, (list, tuple)) else value

    return evaluate


def _called(function: Any, context: Any) -> Any:
    """As metaflow/parameters.py calls functions: with the context, some of them without."""
    try:
        return function(context)
    except TypeError:
        return function()


if __name__ == "__main__":
    main(sys.argv[2:], float(sys.argv[1]))
