"""`flow_graph`: read what is declared, from runs, from files, or from what is deployed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any, cast

from lineage.errors import InvalidArgument
from lineage.flow_map.declarations import FlowDeclaration
from lineage.flow_map.deployments import ArgoDeployments, Deployments, from_deployments
from lineage.flow_map.flow_classes import flow_classes, from_classes
from lineage.flow_map.flow_files import Files, from_files
from lineage.flow_map.flow_map import FlowMap
from lineage.flow_map.past_runs import from_runs, with_past_runs
from lineage.records.model import Problem
from lineage.sources import Source, open_source

Flows = type[Any] | Iterable[type[Any]]  # classes that inherit from FlowSpec


def flow_graph(
    source: Source | str | Flows | None = None,
    *,
    files: Files | None = None,
    deployments: Deployments | str | None = None,
    history: bool = True,
) -> FlowMap:
    """Read which flow triggers which, as declared by `@trigger`, `@trigger_on` and `@trigger_on_finish`.

    Parameters
    ----------
    source
        Read the latest run of each flow here, as in `lineage.trace`. None reads what Metaflow is
        configured for, unless `files` or `deployments` are given. A flow's class, or a list of these,
        is read from its file or its notebook's cell.
    files
        Flow files: a path, a pattern such as `"flows/*.py"`, a folder, or a list of these. They are
        imported in a process of their own; no step runs.
    deployments
        What is deployed: `"argo-workflows"`, or an object that answers for it.
    history
        Ask the source's catalog how long each flow takes and how often it fails; it is brought up to
        date for that. For flows that are read elsewhere, the source is the one that Metaflow is configured
        for. Otherwise only the latest run's duration is known.

    Returns
    -------
    FlowMap
        Where several places tell of one flow, files count before deployments, and these before past
        runs; durations come from past runs. What could not be read is in `.problems`, what will
        surprise after deployment in `.warnings`.

    Raises
    ------
    InvalidArgument
        If a file or pattern matches nothing, or an argument is of no use.
    SourceError
        If the source or the cluster cannot be read.
    """
    given = _opened(deployments)
    if history is not False and history is not True:
        raise InvalidArgument(f"history is True or False, not {history!r}")
    read: list[tuple[list[FlowDeclaration], list[Problem]]] = []
    classes = flow_classes(source)
    if classes is None and (source is not None or (files is None and given is None)):
        read.append(from_runs(open_source(cast("Source | str | None", source)), history=history))
    if given is not None:
        read.append(from_deployments(given))
    if files is not None:
        read.append(from_files(files))
    if classes is not None:
        read.append(from_classes(classes))
    declarations = merged([flows for flows, _ in read])
    problems = [problem for _, some in read for problem in some]
    if history and (classes is not None or source is None) and (classes or files is not None or given):
        declarations, more = with_past_runs(declarations)
        problems += more
    return FlowMap.of(declarations, problems, datetime.now(timezone.utc))


def _opened(deployments: object) -> Deployments | None:
    if deployments is None:
        return None
    if deployments == "argo-workflows":
        return ArgoDeployments()
    if isinstance(deployments, Deployments) and not isinstance(deployments, str):
        return deployments
    raise InvalidArgument(
        f'deployments is "argo-workflows", an object that lists them, or None, not {deployments!r}'
    )


def merged(places: Iterable[Iterable[FlowDeclaration]]) -> list[FlowDeclaration]:
    """One declaration for each flow; a later place counts, and what only an earlier one knows is kept.

    Two declarations of one flow in the same place both stay: `FlowMap.of` tells of them.
    """
    by_key: dict[str, list[FlowDeclaration]] = {}
    for place in places:
        here: dict[str, list[FlowDeclaration]] = {}
        for declaration in place:
            before = by_key.get(declaration.key)
            here.setdefault(declaration.key, []).append(
                _enriched(declaration, before[-1]) if before else declaration
            )
        by_key.update(here)
    return [declaration for some in by_key.values() for declaration in some]


def _enriched(declaration: FlowDeclaration, before: FlowDeclaration) -> FlowDeclaration:
    return replace(
        declaration,
        file=declaration.file or before.file,
        steps=declaration.steps or before.steps,
        foreach_steps=declaration.foreach_steps or before.foreach_steps,
        optional_steps=declaration.optional_steps if declaration.steps else before.optional_steps,
        repeated_steps=declaration.repeated_steps if declaration.steps else before.repeated_steps,
        paths=declaration.paths or before.paths,
        possible_paths=declaration.possible_paths if declaration.steps else before.possible_paths,
        end_step=declaration.end_step if declaration.steps else before.end_step,
        durations=declaration.durations or before.durations,
        failure_rate=before.failure_rate if declaration.failure_rate is None else declaration.failure_rate,
        publishes=declaration.publishes or before.publishes,
    )
