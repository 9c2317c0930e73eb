"""Random lineages with every kind of link, and what is true of them, told by plain loops over their records.

The same seed makes the same lineage. Its runs bear the seed in their ids, so that many lineages fit into one
store.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import networkx as nx

from lineage.records.model import ArtifactRead, CountedReads, RunRecord, TriggerEvent, run_of
from tests.support.planted import system_tags

BEGIN = datetime(2026, 2, 1, 6, tzinfo=timezone.utc)
STEPS = {"A": ("start", "end"), "B": ("start", "end"), "C": ("begin", "finish"), "D": ("only", "only")}


def random_lineage(seed: int) -> list[RunRecord]:
    """Up to six runs, oldest first; every link leads to an older run, or to one that does not exist."""
    dice = random.Random(f"random-lineage/{seed}")
    records: list[RunRecord] = []
    for number in range(1, dice.randint(2, 7)):
        records.append(_record(seed, number, records, dice))
    return records


def _record(seed: int, number: int, before: list[RunRecord], dice: random.Random) -> RunRecord:
    letter = dice.choice("AABBBCCD")
    start, end = STEPS[letter]
    flow = f"{letter}Flow"
    name = f"{seed + 1}{number}"
    status = "completed" if start == end else dice.choices(("completed", "failed", "unknown"), (7, 2, 1))[0]
    created = BEGIN + timedelta(days=seed % 28, minutes=7 * number, milliseconds=dice.randrange(1000))
    same_flow = [record for record in before if record.flow == flow]
    origin = dice.choice(same_flow) if same_flow and dice.random() < 0.3 else None
    user = dice.choice(("ann", "ben"))
    # without its origin, nothing tells the names of a resumed run's steps
    lost = origin is None and start == "start" and dice.random() < 0.05
    record = RunRecord(
        flow=flow,
        run_id=name if dice.random() < 0.8 else f"argo-{letter.lower()}-{name}",
        status=status,  # type: ignore[arg-type]  # one of three
        failed_step="work" if status == "failed" else None,
        created_at=created,
        finished_at=None if status == "unknown" else created + timedelta(seconds=dice.randint(1, 300)),
        user=user,
        tags=tuple(sorted(dice.sample(("nightly", "model:v2", "b c", "ü"), dice.randint(0, 2)))),
        system_tags=system_tags(user, *dice.choice(((), ("shop", "prod")))),
        start_step=start,
        end_step=end,
        origin=origin.pathspec if origin else f"{flow}/{seed + 1}0" if lost else None,
    )
    record = replace(record, **_links(record, before, seed, dice))  # type: ignore[arg-type]  # fields by name
    return _resumed(record, origin, dice) if origin else record


def _links(record: RunRecord, before: list[RunRecord], seed: int, dice: random.Random) -> dict[str, object]:
    steps = [record.start_step] if record.start_step == record.end_step else [record.start_step, "work"]
    read = [
        ArtifactRead(f"{run.pathspec}/{run.end_step}/3", name, dice.choice(("ab12", None)), step)
        for step in steps
        for run, name in zip(_some(before, dice), ("model", "rows"), strict=False)
    ]
    more = [CountedReads(run.pathspec, 1200, steps[-1]) for run in _some(before, dice)[:1]]
    parent = dice.choice(before) if before and dice.random() < 0.2 else None
    return {
        "triggers": _triggers(record, before, seed, dice),
        "reads": tuple(read) if dice.random() < 0.4 else (),
        "counted_reads": tuple(more) if dice.random() < 0.1 else (),
        "spawned_by": f"{parent.pathspec}/{parent.start_step}/1" if parent else None,
        "spawned": (f"{record.flow}/argo-gone-{record.run_id}",) if dice.random() < 0.1 else (),
        "published": (f"event:sent/{record.flow}-{record.run_id}",) if dice.random() < 0.3 else (),
    }


def _triggers(
    record: RunRecord, before: list[RunRecord], seed: int, dice: random.Random
) -> tuple[TriggerEvent, ...]:
    assert record.created_at is not None
    when = record.created_at.replace(microsecond=0) - timedelta(seconds=5)
    gone = [] if dice.random() < 0.95 else [RunRecord("GoneFlow", record.run_id)]
    runs = [
        TriggerEvent(f"metaflow.{run.flow}.{run.end_step}", f"{run.pathspec}/{run.end_step}/3", when, "run")
        for run in [*_some(before, dice), *gone]
    ]
    sent = [key for run in before for key in run.published]
    events = [TriggerEvent("sent", key.split("/", 1)[1], when, "event", None) for key in sent[:1]]
    outside = TriggerEvent("arrived", f"e-{seed}-{dice.randint(1, 3)}", when, "event", {"rows": 7})
    return (*runs, *(events if dice.random() < 0.5 else ()), *((outside,) if dice.random() < 0.3 else ()))


def _some(before: list[RunRecord], dice: random.Random) -> list[RunRecord]:
    return dice.sample(before, min(len(before), dice.choice((0, 1, 1, 2))))


def _resumed(record: RunRecord, origin: RunRecord, dice: random.Random) -> RunRecord:
    """The same run as a resume makes it: it may inherit triggers, and what tasks that it copied had read."""
    copied = set()
    if not record.reads and not record.counted_reads and record.start_step != record.end_step:
        copied = {"work"} if dice.random() < 0.5 else set()
    inherits = bool(origin.triggers) and dice.random() < 0.7
    copied |= {origin.start_step} if inherits else set()
    reads = tuple(read for read in (*origin.reads, *origin.copied_reads) if read.step in copied)
    own = tuple(read for read in record.reads if read.step not in copied)
    return replace(
        record,
        triggers=origin.triggers if inherits else record.triggers,
        inherited=inherits,
        reads=own,
        copied_reads=reads,
    )


# ---- what is true of it


def true_edges(records: Iterable[RunRecord]) -> nx.DiGraph[str]:
    """Every edge that the records tell of, with its `kinds`."""
    by_name = {record.pathspec: record for record in records}
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(by_name)

    def add(cause: str, effect: str, kind: str) -> None:
        graph.add_edge(cause, effect)
        graph.edges[cause, effect].setdefault("kinds", set()).add(kind)

    for pathspec, record in by_name.items():
        origin = by_name.get(record.origin or "")
        known = {event.node for event in origin.triggers} if origin else set()
        if record.origin:
            add(record.origin, pathspec, "resume")
        for event in record.triggers:
            if event.node not in known and not (record.inherited and origin is None):
                add(event.node, pathspec, "trigger")
        for read in (*record.reads, *record.counted_reads):
            add(read.run, pathspec, "read")
        if record.spawned_by:
            add(run_of(record.spawned_by), pathspec, "spawn")
        for child in set(record.spawned) & set(by_name):
            add(pathspec, child, "spawn")
        for event_key in record.published:
            add(pathspec, event_key, "publish")
    return graph


def true_lineage(records: Iterable[RunRecord], focus: str) -> nx.DiGraph[str]:
    """The part of `true_edges` that led to a run or followed from it."""
    graph = true_edges(records)
    around = nx.ancestors(graph, focus) | {focus} | nx.descendants(graph, focus)
    part: nx.DiGraph[str] = graph.subgraph(around).copy()
    return part
