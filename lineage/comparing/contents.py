"""Read what the compared runs contain: hashes of all, and values of the few that are asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from lineage.client.artifacts import Unread, artifact_value, run_details
from lineage.client.contents import client_contents
from lineage.client.runs import recorded_run
from lineage.comparing.changes import ABSENT, Change
from lineage.errors import ArtifactUnavailable, LineageError, NotFound
from lineage.graph.run_graph import RunGraph
from lineage.progress import OnProgress
from lineage.records.contents import RunContents
from lineage.sources import Cancel, Source
from lineage.sources.protocol import HasContents, check

_AT_ONCE = 8  # runs; Metaflow's client has a pool of 20 connections
_BATCH = 64  # runs between two looks at `cancel`

Side = tuple[RunGraph, str]  # a lineage, and the run in it that is compared


def contents_of(
    nodes: Mapping[str, Mapping[str, Any]],
    read_from: str,
    source: Source,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> Mapping[str, RunContents]:
    """The contents of runs by hash, given with their nodes in a lineage and its source's label.

    Straight from the source if it can tell; otherwise through Metaflow's client, which takes eight requests
    for a run. What cannot be read says so in `unread`.
    """
    if isinstance(source, HasContents):
        return source.contents({key: node.get("end_step") or "end" for key, node in nodes.items()}, cancel)

    def read(key: str) -> tuple[str, RunContents]:
        return key, _through_client(key, read_from, nodes[key]["created_at"])

    wanted = list(nodes)
    contents: dict[str, RunContents] = {}
    with ThreadPoolExecutor(_AT_ONCE, "lineage-contents") as pool:
        for start in range(0, len(wanted), _BATCH):
            check(cancel)
            some = wanted[start : start + _BATCH]
            contents.update(pool.map(read, some))
            if progress is not None:
                progress(len(contents), len(wanted))
    return contents


def _through_client(key: str, read_from: str, created_at: datetime | None) -> RunContents:
    try:
        return client_contents(recorded_run(key, read_from, created_at))
    except NotFound:
        return RunContents(unread="Metaflow's client did not find it in the store that it is configured for")
    except Exception as exc:  # a half-written or foreign run must not fail the whole comparison
        return RunContents(
            unread=str(exc) if isinstance(exc, LineageError) else f"{type(exc).__name__}: {exc}"
        )


def with_parameters(a: Side, b: Side, changes: Iterable[Change]) -> list[Change]:
    """The changes, with the values of parameters that are plain data; nothing is unpickled."""
    before, after = _parameters(*a), _parameters(*b)
    return [
        Change(c.kind, c.name, before.get(c.name, c.before), after.get(c.name, c.after))
        if c.kind == "parameter"
        else c
        for c in changes
    ]


def with_artifacts(
    a: Side, b: Side, changes: Iterable[Change], names: Collection[str]
) -> tuple[list[Change], list[str]]:
    """The changes, with the values of these artifacts, which are unpickled; and why some could not be."""
    problems: list[str] = []

    def loaded(side: Side, name: str, known: Any) -> Any:
        if known is ABSENT:
            return known
        try:
            return _artifact(*side, name)
        except (ArtifactUnavailable, NotFound) as exc:
            problems.append(str(exc))
            return known

    known = [
        Change(c.kind, c.name, loaded(a, c.name, c.before), loaded(b, c.name, c.after))
        if c.kind == "artifact" and c.name in names
        else c
        for c in changes
    ]
    return known, problems


def _parameters(lineage: RunGraph, key: str) -> Mapping[str, Any]:
    try:
        run = recorded_run(key, lineage.source, lineage.graph.nodes[key]["created_at"])
        values = run_details(run).parameters
    except LineageError:  # then it is only known that they differ
        return {}
    return {name: value for name, value in values.items() if not isinstance(value, Unread)}


def _artifact(lineage: RunGraph, key: str, name: str) -> Any:
    run = recorded_run(key, lineage.source, lineage.graph.nodes[key]["created_at"])
    return artifact_value(run, name)
