"""Declarations from past runs: what `_graph_info` of each flow's latest run says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from itertools import chain
from typing import Any

from lineage.catalog import Catalog, Refreshed, completed, with_catalog
from lineage.client.artifacts import plain_value
from lineage.client.runs import metaflow_run
from lineage.errors import ArtifactUnavailable, LineageError, NotFound, SourceInvalid
from lineage.flow_map.ambiguous_names import mark_ambiguous_names
from lineage.flow_map.declarations import FlowDeclaration, Info, Listening, finish_event
from lineage.flow_map.graph_info import declaration
from lineage.flow_map.switches import Path
from lineage.records.model import Problem, RunRecord
from lineage.sources import open_source
from lineage.sources.protocol import Source
from metaflow_extensions.lineage.plugins.trigger.recorded import LARGEST

ReadInfo = Callable[[str], Info]
HISTORY = 200  # runs of one flow whose durations are kept: enough for a P90
PATHS = 20  # runs of a flow with switches whose steps are read: three requests each


def graph_info(pathspec: str) -> Info:
    """The `_graph_info` of a run, read from its datastore without unpickling.

    Raises
    ------
    ArtifactUnavailable, RunNotFound
    """
    info = plain_value(metaflow_run(pathspec), "_graph_info", LARGEST)
    if not isinstance(info, Mapping):
        raise ArtifactUnavailable(f"_graph_info of {pathspec} is not a mapping: {type(info).__name__}")
    return info


def from_runs(
    source: Source, *, history: bool = True, read_info: ReadInfo = graph_info
) -> tuple[list[FlowDeclaration], list[Problem]]:
    """Read the declaration of every flow from its latest run.

    Parameters
    ----------
    source
        Where the runs are recorded.
    history
        Ask the catalog, brought up to date, for the durations and the failure rates of each flow;
        otherwise only the latest run's own duration is known.
    read_info
        How to get a run's `_graph_info`.

    Returns
    -------
    list of FlowDeclaration
        Where `_graph_info` cannot be read, what the latest run was really triggered by stands for it,
        and each such listening says that it is assumed.
    list of Problem
        What could not be read.
    """
    latest = [pathspec for pathspec in map(source.latest, source.flows()) if pathspec]
    records = source.read(latest)
    runs: Mapping[str, list[RunRecord]] = {r.flow: [r] for r in records.values()}
    declarations: list[FlowDeclaration] = []
    problems: list[Problem] = []
    known = {record.flow for record in records.values()}
    if history:
        runs, problems = _history(source)
    for pathspec, record in sorted(records.items()):
        facts = _past(runs.get(record.flow, ()))
        try:
            info = read_info(pathspec)
            declared = mark_ambiguous_names(_declared(record, info, facts), record, info, known)
            declared = replace(declared, paths=past_paths(declared, runs.get(record.flow, ())))
        except (ArtifactUnavailable, NotFound) as exc:
            problems.append(Problem(pathspec, f"its declaration cannot be read: {exc}"))
            declared = observed_declaration(record, facts)
        declarations.append(declared)
    return declarations, problems


def _history(source: Source) -> tuple[dict[str, list[RunRecord]], list[Problem]]:
    """The latest runs of each flow, and why some may be missing."""
    if source.key is None:
        runs: dict[str, list[RunRecord]] = {}
        for record in source.scan():
            runs.setdefault(record.flow, []).append(record)
        return {flow: _latest(records) for flow, records in runs.items()}, []

    def ask(catalog: Catalog, done: Refreshed) -> tuple[dict[str, list[RunRecord]], list[Problem]]:
        latest = {flow: catalog.latest(flow, HISTORY) for flow in catalog.flows()}
        completed(catalog, source, chain.from_iterable(latest.values()))
        records = {flow: _latest(list(catalog.records(runs).values())) for flow, runs in latest.items()}
        return records, list(done.problems)

    return with_catalog(source, ask)


def _latest(records: list[RunRecord]) -> list[RunRecord]:
    return sorted(records, key=_created_at, reverse=True)[:HISTORY]


def _created_at(record: RunRecord) -> datetime:
    return record.created_at or datetime.min.replace(tzinfo=timezone.utc)


def with_past_runs(
    declarations: Iterable[FlowDeclaration],
) -> tuple[list[FlowDeclaration], list[Problem]]:
    """Flows that were read elsewhere, with what their past runs tell: durations, failures, paths.

    They are those of the store that Metaflow is configured for. If it cannot be read, that is a problem; if
    there is none yet, it is not.
    """
    declarations = list(declarations)
    try:
        runs, problems = _history(open_source(None))
    except SourceInvalid:  # a local store that does not exist
        return declarations, []
    except LineageError as exc:
        return declarations, [Problem("past runs", f"durations are not known: {exc}")]
    return [_with_past(declaration, runs.get(declaration.flow, ())) for declaration in declarations], problems


def _with_past(declaration: FlowDeclaration, runs: Iterable[RunRecord]) -> FlowDeclaration:
    past = _past(runs)
    known = declaration.failure_rate
    return replace(
        declaration,
        durations=declaration.durations or past["durations"],
        failure_rate=past["failure_rate"] if known is None else known,
        paths=declaration.paths or past_paths(declaration, runs),
    )


def past_paths(declaration: FlowDeclaration, runs: Iterable[RunRecord]) -> tuple[Path, ...]:
    """Which of its uncertain steps the latest runs took, and how often; runs that are gone are left out."""
    steps = declaration.optional_steps | declaration.repeated_steps
    ended = [run.pathspec for run in runs if run.status == "completed"] if steps else []
    paths = []
    for pathspec in ended[:PATHS]:
        with suppress(NotFound):
            took = {step.id: sum(1 for _ in step.tasks()) for step in metaflow_run(pathspec).steps()}
            once = declaration.optional_steps - declaration.repeated_steps  # its tasks are those of a foreach
            paths.append({step: 1 if step in once else took[step] for step in steps & took.keys()})
    return tuple(paths)


def _past(runs: Iterable[RunRecord]) -> dict[str, Any]:
    """Durations, in seconds, of the runs that completed, and the share of those that failed."""
    runs = list(runs)
    durations = [
        (r.finished_at - r.created_at).total_seconds()
        for r in runs
        if r.status == "completed" and r.finished_at and r.created_at
    ]
    ended = [r for r in runs if r.status in ("completed", "failed")]
    failed = sum(r.status == "failed" for r in ended)
    return {
        "durations": tuple(seconds for seconds in durations if seconds >= 0),
        "failure_rate": failed / len(ended) if ended else None,
    }


def _declared(record: RunRecord, info: Info, facts: Mapping[str, Any]) -> FlowDeclaration:
    return declaration(
        record.flow,
        info,
        project=record.project,
        branch=record.branch,
        declared_by=f"run {record.pathspec}",
        **facts,
    )


def observed_declaration(record: RunRecord, facts: Mapping[str, Any]) -> FlowDeclaration:
    """Assume a flow's declaration from the triggers of one of its runs; each entry is marked as assumed."""
    reason = f"{record.pathspec} was triggered by it; what the flow declares is not known"
    scope = ".".join(part for part in (record.project, record.branch) if part)
    listens = {}
    for event in record.triggers:
        if event.run and event.type == "run":
            flow = event.run.split("/")[0]
            name = finish_event(f"{scope}.{flow}" if scope else flow)
        else:
            name = event.name
        listens[name] = Listening(name, event.type, assumed=reason)
    return FlowDeclaration(
        record.flow,
        tuple(listens.values()),
        project=record.project,
        branch=record.branch,
        declared_by=f"triggers of run {record.pathspec}",
        end_step=record.end_step,
        **facts,
    )
