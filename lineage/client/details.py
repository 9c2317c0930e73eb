"""Details of runs for reports: parameters, code and artifacts (docs/reference/scene.md)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from math import inf
from queue import Empty, SimpleQueue
from typing import Any

from metaflow import Run

from lineage.client.artifacts import Artifact, RunDetails, artifact_value, run_details
from lineage.client.runs import recorded_run
from lineage.client.values import value_text
from lineage.errors import ArtifactUnavailable, InvalidArgument, LineageError, NotFound, SourceUnreachable
from lineage.graph.run_graph import DETAILS, RunGraph
from lineage.lazy import nx
from lineage.progress import OnProgress

Described = dict[str, Any]

_AT_ONCE = 8  # runs at once; the client's own pool has 20 connections
_LENGTH = 500  # maximum number of characters shown of a parameter
_LEFT_OUT = "Parameters, code and artifacts of this run are not part of this page."
_UNREAD = "Parameters, code and artifacts of this run could not be read for this page: {}."
_NOT_FOUND = "Metaflow's client did not find the run where it looked"
_NO_ANSWER = "the store that it is recorded in did not answer"
_PARAMETER_LEFT_OUT = "not part of this page"


def check_wanted(artifacts: Collection[str], details: bool | int) -> None:
    """Check the arguments of `described_runs`.

    Raises
    ------
    InvalidArgument
        If `artifacts` is a single string, or `details` is not True, False or a number of runs.
    """
    if isinstance(artifacts, str):
        raise InvalidArgument(f"artifacts must be a list of names: [{artifacts!r}], not {artifacts!r}")
    if not isinstance(details, int) or details < 0:
        raise InvalidArgument(f"details must be True, False or a number of runs, not {details!r}")


def described_runs(
    lineage: RunGraph,
    artifacts: Collection[str] = (),
    details: bool | int = DETAILS,
    parameters: bool = True,
    progress: OnProgress | None = None,
) -> dict[str, Described]:
    """Read the details of runs through Metaflow's client, as docs/reference/scene.md describes them.

    Parameters
    ----------
    lineage
        The lineage; its missing and simulated runs have nothing to read.
    artifacts
        Names of artifacts whose values are included.
    details
        How many runs to read: True for all, False for none, or a number, starting with the runs nearest to
        the focus. Named artifacts are read for all runs.
    parameters
        Whether to include the values of parameters; their names are always included.
    progress
        Called with the number of runs read and the total.

    Returns
    -------
    dict
        The details by pathspec. A run that was not read has the key `unread` with a sentence that says so,
        so that readers do not take it for a run without details.

    Raises
    ------
    InvalidArgument
        As `check_wanted`.
    """
    check_wanted(artifacts, details)
    most = (inf if details else 0) if isinstance(details, bool) else details
    near = [run for run in _nearest_first(lineage) if lineage.graph.nodes[run]["status"] not in _NOTHING]
    whole = {run for place, run in enumerate(near) if place < most}
    describe = partial(_described, lineage, artifacts, whole, parameters)
    described = _in_threads(describe, near if artifacts else near[: len(whole)], progress)
    return {run: described.get(run, {"unread": _LEFT_OUT}) for run in near}


def described_run(lineage: RunGraph, pathspec: str) -> Described:
    """Read the details of one run for a notebook, in which a click loads a value.

    Parameters that are not plain data are listed among the artifacts, too, so that a click can load them.

    Raises
    ------
    RunNotFound
        If Metaflow's client is configured for another store, or the run has been deleted.
    SourceUnreachable
        If the store does not answer.
    """
    run = recorded_run(pathspec, lineage.source, lineage.graph.nodes[pathspec]["created_at"])
    details = run_details(run)
    return _whole(details, (*details.artifacts, *details.loadable), values={}, parameters=True)


_NOTHING = ("missing", "simulated")


def _nearest_first(lineage: RunGraph) -> list[str]:
    around = lineage.graph.to_undirected(as_view=True)
    start = set(lineage.focus) or set(lineage.graph)
    hops = nx.multi_source_dijkstra_path_length(around, start) if start else {}
    return sorted(lineage.runs, key=lambda run: hops.get(run, inf))


def _in_threads(
    describe: Callable[[str], Described], runs: list[str], progress: OnProgress | None
) -> dict[str, Described]:
    """The details of each run; once the store does not answer, the rest are not waited for."""
    asked: SimpleQueue[str] = SimpleQueue()
    answers: SimpleQueue[tuple[str, Described | Exception]] = SimpleQueue()

    def work() -> None:
        for run in _rest(asked):
            try:
                answers.put((run, describe(run)))
            except Exception as exc:  # raised again by the thread that collects the answers
                answers.put((run, exc))

    for run in runs:
        asked.put(run)
    # daemon threads, unlike those of an executor: the client waits forever for an unresponsive server, and
    # after Ctrl-C the process must not wait with it
    for _ in runs[:_AT_ONCE]:
        threading.Thread(target=work, daemon=True, name="lineage-details").start()
    described: dict[str, Described] = {}
    try:
        while len(described) < len(runs):
            run, answer = answers.get()
            if isinstance(answer, SourceUnreachable):
                return {run: described.get(run, {"unread": _UNREAD.format(_NO_ANSWER)}) for run in runs}
            if isinstance(answer, Exception):
                raise answer
            described[run] = answer
            if progress is not None:
                progress(len(described), len(runs))
    finally:
        list(_rest(asked))  # drop the remaining requests
    return described


def _rest(queue: SimpleQueue[str]) -> Iterator[str]:
    """Yield the items in a queue without waiting for more."""
    with suppress(Empty):
        while True:
            yield queue.get_nowait()


def _described(
    lineage: RunGraph, named: Collection[str], whole: Collection[str], parameters: bool, pathspec: str
) -> Described:
    """The details of one run; only the named artifacts if it is not in `whole`."""
    try:
        run = recorded_run(pathspec, lineage.source, lineage.graph.nodes[pathspec]["created_at"])
        details = run_details(run, values=parameters)
        known = (
            *details.artifacts,
            *(parameter for parameter in details.loadable if parameter.name in named),
        )
        values = {artifact.name: _value(run, artifact.name) for artifact in known if artifact.name in named}
    except SourceUnreachable:
        raise
    except NotFound:  # its message may name a store that is unrelated to this lineage
        return {"unread": _UNREAD.format(_NOT_FOUND)}
    except Exception as exc:  # one half-written or foreign run must not fail the page
        why = str(exc) if isinstance(exc, LineageError) else f"{type(exc).__name__}: {exc}"
        return {"unread": _UNREAD.format(why)}
    if pathspec not in whole:
        shown = [_artifact(artifact, values) for artifact in known if artifact.name in values]
        return {"artifacts": shown, "unread": _LEFT_OUT}
    return _whole(details, known, values, parameters)


def _whole(
    details: RunDetails, known: Iterable[Artifact], values: Mapping[str, Described], parameters: bool
) -> Described:
    return {
        "parameters": _parameters(details, parameters),
        "code": dict(details.code),
        "artifacts": [_artifact(artifact, values) for artifact in known],
    }


def _parameters(details: RunDetails, values: bool) -> dict[str, str]:
    if not values:
        return dict.fromkeys(details.parameters, _PARAMETER_LEFT_OUT)
    return {name: _words(value) for name, value in details.parameters.items()}


def _words(value: Any) -> str:
    """A parameter as text; an empty string is quoted to tell it from a missing value."""
    return value_text(value, _LENGTH) if not isinstance(value, str) or value.strip() else repr(value)


def _artifact(artifact: Artifact, values: Mapping[str, Described]) -> Described:
    known = {"name": artifact.name, "type": artifact.type, "size": artifact.size}
    return {k: v for k, v in known.items() if v is not None} | values.get(artifact.name, {})


def _value(run: Run, name: str) -> Described:
    try:
        return {"value": value_text(artifact_value(run, name))}
    except ArtifactUnavailable as exc:
        return {"error": str(exc)}
