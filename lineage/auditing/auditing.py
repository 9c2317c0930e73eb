"""Audit a time: read what was recorded and declared, play it, and judge each flow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone

from lineage.auditing.audit import Audit, FlowAudit
from lineage.auditing.declared import Version, declared_by_map, declared_in
from lineage.auditing.past import AuditedTime, Past, read_past, window_of
from lineage.auditing.playing import played
from lineage.auditing.verdicts import judge, senders_note
from lineage.comparing.readable import readers_zone
from lineage.comparing.reasons import named
from lineage.errors import InvalidArgument
from lineage.flow_map import Deployments, FlowMap, flow_graph
from lineage.flow_map.flow_files import Files
from lineage.flow_map.past_runs import ReadInfo, graph_info
from lineage.format import parse_duration
from lineage.progress import OnProgress
from lineage.sources import Cancel, Source, open_source

_ORDER = ("missed", "unexplained", "waits", "fired", "quiet")
_UNTOLD = (
    "an event that started nothing is recorded nowhere, and a run that was deleted looks like one that "
    "never fired"
)


def run_audit(
    since: datetime | timedelta | str = "7d",
    *,
    until: datetime | str | None = None,
    flows: FlowMap | None = None,
    files: Files | None = None,
    deployments: Deployments | str | None = None,
    grace: str = "10min",
    timezone: str = "UTC",
    source: Source | str | None = None,
    progress: OnProgress | None = None,
    cancel: Cancel | None = None,
    only: Iterable[str] | None = None,
    read_info: ReadInfo = graph_info,
) -> Audit:
    """Audit a time; arguments and errors as for `lineage.audit`.

    Parameters
    ----------
    only
        Flows to judge; None for all.
    read_info
        Reads the `_graph_info` of a run.
    """
    zone = readers_zone(timezone)
    patience = timedelta(seconds=parse_duration(grace))
    window = window_of(since, until, _now())
    if flows is not None and not isinstance(flows, FlowMap):
        raise InvalidArgument(
            f"flows must be a flow map, such as lineage.flow_graph() returns, not {flows!r}"
        )
    given = flows
    if given is None and (files is not None or deployments is not None):
        given = flow_graph(files=files, deployments=deployments)
    deployed = deployments is not None and files is None and flows is None
    past = read_past(open_source(source), window, progress, cancel)
    declared = declared_by_map(given, past) if given else declared_in(past, read_info, only)
    expected = played(declared, past)
    recorded = {record.pathspec for records in past.runs.values() for record in records}
    judged = [
        judge(key, versions, past, expected, recorded, zone, patience, deployed)
        for key, versions in declared.items()
    ]
    untold = [row.flow for row in judged if given is None and _begins_after(declared[row.flow], window)]
    judged = [row for row in judged if row.flow not in untold]
    if only is not None:
        judged = [row for row in judged if {row.flow, declared[row.flow][-1].declaration.flow} & set(only)]
    judged.sort(key=lambda row: (_ORDER.index(row.verdict), row.flow))
    return Audit(window, tuple(judged), tuple(_notes(past, judged, given, untold)), zone)


def _begins_after(versions: Sequence[Version], window: AuditedTime) -> bool:
    return all(version.since is not None and version.since > window.until for version in versions)


def _notes(
    past: Past, judged: Sequence[FlowAudit], given: FlowMap | None, untold: Sequence[str]
) -> Iterable[str]:
    records = [record for some in past.runs.values() for record in some]
    if not any(r.created_at and r.created_at >= past.window.since for r in records):
        yield "no run began in this time, so there is little to judge"
    if untold:
        yield f"only later runs tell what these declare, so that they are not judged: {named(untold)}"
    if given is not None:
        yield "what is declared now is taken to have been declared the whole time"
        yield from map(str, given.problems)
    listening = any(row.listens for row in judged)
    if listening and (note := senders_note(past)):
        yield note
    if listening:
        yield _UNTOLD
    if any(row.missed and row.listens for row in judged) and given is None:
        yield "a flow that was renamed or is no longer deployed looks like one that did not fire"
    if any(row.schedule_judged for row in judged):
        yield "a schedule that was suspended or taken away looks like one that did not start"
    yield from map(str, past.problems)


def _now() -> datetime:
    return datetime.now(timezone.utc)
