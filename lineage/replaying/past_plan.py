"""Plan the replay of a past run's downstream cascade."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from lineage.errors import ArtifactUnavailable, NotFound, ReplayError
from lineage.flow_map.flow_files import Files
from lineage.flow_map.past_runs import graph_info
from lineage.graph.run_graph import RunGraph
from lineage.records.model import Kind, RunRecord, TriggerEvent
from lineage.replaying.code_of_then import NoCode, code_of_then
from lineage.replaying.earlier import REPLAY_OF, earlier_replays
from lineage.replaying.flow_files import locate
from lineage.replaying.kept_parameters import declarations, past_parameters
from lineage.replaying.plan import EventTrigger, Plan, PlannedRun, PlannedTrigger, RunTrigger, StepTrigger
from lineage.sources import Source

# What a replay repeats. Runs that steps start are started again by these steps, and a run that only read
# something was not set off by it.
TRIGGERING: tuple[Kind, ...] = ("trigger", "resume")


Parameters = Literal["recorded", "defaults"]
Code = Literal["today", "then"]


def plan_of_past(
    lineage: RunGraph,
    source: Source,
    files: Files | Mapping[str, Any] | None,
    recorded_file: Callable[[str], str | None] | None = None,
    *,
    parameters: Parameters = "recorded",
    code: Code = "today",
    local: bool = True,
) -> Plan:
    """Plan to repeat the runs that a past run triggered, each with its recorded triggers.

    A trigger that is itself repeated becomes the new run; any other stays the old one. A run that resumed
    another is not repeated: the new run of its origin triggers its effects. Nor are the runs of earlier
    replays, which their tags tell.

    Parameters
    ----------
    lineage
        The run, as its focus, and everything downstream of it.
    source
        Where the triggers of all these runs are recorded.
    recorded_file
        The file name that a run records; None asks its `_graph_info`.
    parameters
        `"recorded"` gives each run the parameters that it had; `"defaults"` those of its file.
    code
        `"then"` runs each flow's code package or commit of the time.
    local
        Whether the flows run on this machine; otherwise there are no files, and parameters are left out.

    Raises
    ------
    ReplayError
        If it triggered no run, a trigger no longer exists, a flow's file is not found, or the code of the
        time cannot be had.
    """
    heads = set(lineage.focus)
    downstream = [key for key in lineage.runs if key not in heads]
    records = dict(source.read([*downstream, *heads]))
    resumed = {key: r.origin for key, r in records.items() if r.origin and (r.inherited or key in downstream)}
    repeats = earlier_replays(lineage, records)
    again = [
        key
        for key in downstream
        if key in records and key not in repeats and resumed.get(key) not in {*downstream, *heads}
    ]
    if not again:
        raise ReplayError(f"{', '.join(sorted(heads))} triggered no run, so there is nothing to replay")
    _check_causes(again, records, resumed, source)
    repeated = [records[key] for key in again]
    located: dict[str, Path] = {}
    kept: dict[str, Mapping[str, str]] = {}
    remarks: list[str] = []
    if local:
        located, remarks = _files(repeated, files, recorded_file or _recorded_file, code)
    if local and parameters == "recorded":
        kept, more = _kept(repeated, located)
        remarks += more
    runs = {
        key: _planned(records[key], set(again), resumed, located.get(key), kept.get(key, {})) for key in again
    }
    return Plan(runs, _without(lineage, repeats), tuple(remarks))


def _files(
    records: Sequence[RunRecord],
    files: Files | Mapping[str, Any] | None,
    recorded_file: Callable[[str], str | None],
    code: Code,
) -> tuple[dict[str, Path], list[str]]:
    """The file of each run, by its pathspec, and remarks about them."""
    recorded = {record.flow: recorded_file(record.pathspec) for record in records}
    today = locate(recorded, files, required=code == "today")
    if code == "today":
        return {record.pathspec: today[record.flow] for record in records}, []
    located, remarks, missing = dict[str, Path](), list[str](), list[str]()
    for record in records:
        try:
            located[record.pathspec], remark = code_of_then(record.pathspec, today.get(record.flow))
            remarks += [remark] if remark else []
        except NoCode as exc:
            missing.append(f"{record.pathspec} ({exc})")
    if missing:
        raise ReplayError(
            f"Nothing was started: the code of the time cannot be had for {', '.join(missing)}. "
            'Use code="today"; on the command line --code today'
        )
    return located, remarks


def _kept(
    records: Sequence[RunRecord], located: Mapping[str, Path]
) -> tuple[dict[str, Mapping[str, str]], list[str]]:
    """The parameters that each run is given, by its pathspec, and remarks about them."""
    declared = declarations(located[record.pathspec] for record in records)
    past = {r.pathspec: past_parameters(r, declared(located[r.pathspec], r.flow)) for r in records}
    remarks = [remark for parameters in past.values() for remark in parameters.remarks]
    return {key: parameters.given for key, parameters in past.items()}, remarks


def _without(lineage: RunGraph, runs: set[str]) -> RunGraph:
    """The graph without these runs, and without events that triggered no other run."""
    graph = lineage.graph
    kept = {key for key in graph if key not in runs}
    events = {
        key for key in lineage.events if graph.out_degree(key) and runs.issuperset(graph.successors(key))
    }
    return lineage.subset(kept - events)


def _recorded_file(pathspec: str) -> str | None:
    try:
        return graph_info(pathspec).get("file")
    except (ArtifactUnavailable, NotFound):
        return None


def _check_causes(
    again: Iterable[str], records: Mapping[str, RunRecord], resumed: Mapping[str, str], source: Source
) -> None:
    needed = {
        run: key
        for key in again
        for run in (
            resumed.get(event.run, event.run)
            for event in records[key].triggers
            if event.run and event.type == "run"
        )
        if run not in records
    }
    there = source.read(sorted(needed))
    gone = [f"{run}, which triggered {key}" for run, key in needed.items() if run not in there]
    if gone:
        raise ReplayError(f"Nothing was started: {'; '.join(sorted(gone))}, no longer exists")


def _planned(
    record: RunRecord,
    again: set[str],
    resumed: Mapping[str, str],
    file: Path | None,
    parameters: Mapping[str, str],
) -> PlannedRun:
    causes = [_cause(event, again, resumed) for event in record.triggers]
    return PlannedRun(
        record.pathspec,
        record.flow,
        file,
        tuple(dict.fromkeys(causes)),  # a custom end step records one cause twice
        parameters,
        tags=(f"{REPLAY_OF}{record.pathspec}",),
    )


def _cause(event: TriggerEvent, again: set[str], resumed: Mapping[str, str]) -> PlannedTrigger:
    if event.run and event.type == "run":
        return RunTrigger(resumed.get(event.run, event.run))
    if event.event_id and event.run in again:  # the event of a step of a run that is repeated
        return StepTrigger(event.run, event.name, event.event_id.split("/")[2])
    timestamp = int(event.timestamp.timestamp()) if event.timestamp else None
    return EventTrigger(event.name, event.event_id, event.payload, timestamp)
