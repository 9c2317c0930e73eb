"""The declarations of each flow over time, read from its runs.

A run stores the declaration that it was deployed with. Between two runs with the same declaration it is taken
to be unchanged; where they differ, the runs between are looked at by halves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from lineage.auditing.past import Past, key_of
from lineage.errors import ArtifactUnavailable, NotFound
from lineage.flow_map import FlowDeclaration, FlowMap
from lineage.flow_map.graph_info import declaration
from lineage.flow_map.past_runs import ReadInfo, observed_declaration
from lineage.records.model import RunRecord


@dataclass(frozen=True)
class Version:
    """A declaration and the time in which it held."""

    declaration: FlowDeclaration
    since: datetime | None = None  # it held from here on; None: from the beginning
    until: datetime | None = None  # it certainly held up to here; None: to the end
    first_run: datetime | None = None  # when the first run with it began
    known: bool = True  # False: it was concluded from what triggered a run

    def holds(self, moment: datetime) -> bool:
        """Whether it may have held at a time: it is not known when between two runs a declaration changed."""
        return self.since is None or moment >= self.since


def declared_in(
    past: Past, read_info: ReadInfo, only: Iterable[str] | None = None
) -> dict[str, list[Version]]:
    """The declarations of every flow over time, by key, the oldest first.

    Parameters
    ----------
    past
        The runs.
    read_info
        Reads the `_graph_info` of a run.
    only
        Flows to read the declarations of; of others it is only known that they exist.
    """
    wanted = None if only is None else set(only)
    versions: dict[str, list[Version]] = {}
    for flow, records in _by_flow(past):
        for key, some in _by_key(records):
            if wanted is not None and flow not in wanted and key not in wanted:
                versions[key] = [Version(_empty(some[-1]))]
            else:
                versions[key] = list(_versions(some, read_info))
    return versions


def declared_by_map(flows: FlowMap, past: Past) -> dict[str, list[Version]]:
    """The declarations of a flow map, which hold the whole time; flows that it lacks declare nothing."""
    # what it sends is in the records
    versions = {
        key: [Version(replace(declaration, steps=(), publishes=()))]
        for key, declaration in flows.declarations.items()
    }
    for _, records in _by_flow(past):
        for key, some in _by_key(records):
            versions.setdefault(key, [Version(_empty(some[-1]))])
    return versions


def _by_flow(past: Past) -> Iterator[tuple[str, Sequence[RunRecord]]]:
    """The runs that tell what a flow declared: the first one later tells whether it still held."""
    for flow in dict.fromkeys((*past.runs, *past.before, *past.later)):
        several = (past.before.get(flow), *past.runs.get(flow, ()), past.later.get(flow))
        yield flow, [record for record in several if record is not None]


def _by_key(records: Iterable[RunRecord]) -> Iterable[tuple[str, list[RunRecord]]]:
    by_key: dict[str, list[RunRecord]] = {}
    for record in records:
        by_key.setdefault(key_of(record), []).append(record)
    return by_key.items()


def _empty(record: RunRecord) -> FlowDeclaration:
    return FlowDeclaration(
        record.flow, project=record.project, branch=record.branch, end_step=record.end_step, steps=()
    )


def _versions(records: list[RunRecord], read_info: ReadInfo) -> Iterator[Version]:
    read: dict[int, FlowDeclaration | None] = {}

    def stored(number: int) -> FlowDeclaration | None:
        if number not in read:
            read[number] = _declared(records[number], read_info)
        return read[number]

    def of(number: int) -> FlowDeclaration:
        return stored(number) or replace(observed_declaration(_telling(records, number), {}), steps=())

    # a run that has just begun has not stored its declaration yet
    while len(records) > 1 and records[-1].status == "running" and stored(len(records) - 1) is None:
        records = records[:-1]
    starts = [0, *_changes(of, 0, len(records) - 1)]
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        last = None if following is None else records[following - 1].created_at
        began = _begun(records[start]) if start == 0 else _after(records[start - 1].created_at)
        held = of(start)
        yield Version(held, began, last, records[start].created_at, stored(start) is not None)


def _telling(records: Sequence[RunRecord], number: int) -> RunRecord:
    """The run that tells what triggers a flow: that one, or the last before it that was triggered."""
    nearby = chain(reversed(records[: number + 1]), records[number + 1 :])
    return next((record for record in nearby if record.triggers), records[number])


def _changes(of: Callable[[int], FlowDeclaration], low: int, high: int) -> list[int]:
    """Indexes of the runs whose declaration differs from that of the run before."""
    if low >= high or _same(of(low), of(high)):
        return []
    if high - low == 1:
        return [high]
    middle = (low + high) // 2
    return [*_changes(of, low, middle), *_changes(of, middle, high)]


def _same(a: FlowDeclaration, b: FlowDeclaration) -> bool:
    return _facts(a) == _facts(b)


def _facts(declared: FlowDeclaration) -> tuple[object, ...]:
    """What counts of a declaration: neither the order, nor how it is known."""
    listens = sorted((replace(one, assumed=None) for one in declared.listens), key=lambda one: one.event)
    return listens, declared.reset_at, declared.schedule, declared.end_step


def _declared(record: RunRecord, read_info: ReadInfo) -> FlowDeclaration | None:
    """The declaration that a run stored; None if it cannot be read."""
    try:
        info = read_info(record.pathspec)
    except (ArtifactUnavailable, NotFound):
        return None
    by = f"run {record.pathspec}"
    read = declaration(record.flow, info, project=record.project, branch=record.branch, declared_by=by)
    return replace(read, steps=(), publishes=())


def _begun(record: RunRecord) -> datetime | None:
    """When the declaration of the first run held at the latest: when the first of its triggers arrived."""
    times = [event.timestamp for event in record.triggers if event.timestamp]
    moments = [moment for moment in (*times, record.created_at) if moment]
    # the recorded times of events are whole seconds
    return min(moments) - timedelta(minutes=1) if moments else None


def _after(moment: datetime | None) -> datetime | None:
    return moment + timedelta(microseconds=1) if moment else None
