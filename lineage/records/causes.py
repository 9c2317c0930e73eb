"""The incoming edges of a run, from its record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from lineage.records.model import KINDS, ArtifactRead, Kind, RunRecord, TriggerEvent, run_of


@dataclass
class IncomingEdge:
    """An edge into a run from one of its causes, with every kind of link between them."""

    key: str  # of the node that it comes from
    kinds: set[Kind]
    event: TriggerEvent | None = None  # of a trigger
    reads: list[ArtifactRead] = field(default_factory=list)
    counted: int = 0  # artifacts that were read, beyond those in `reads`

    @property
    def kind(self) -> Kind:
        """The strongest kind."""
        return next(kind for kind in KINDS if kind in self.kinds)


def causes(
    record: RunRecord, origins: Mapping[str, RunRecord], kinds: Collection[Kind] = KINDS
) -> list[IncomingEdge]:
    """The incoming edges of a run, one for each distinct cause, in the recorded order.

    A resumed run shows the triggers of the run that it resumed, as the stock client does. Those are
    causes of its origin, so that its own record keeps only the `resume` edge; the same holds for what the
    tasks that it copied had read.

    Parameters
    ----------
    record
        The run.
    origins
        Records by pathspec, with that of the run that it resumed, if it resumed one that still exists.
    kinds
        The kinds of edges to return.
    """
    edges: dict[str, IncomingEdge] = {}
    if record.origin and "resume" in kinds:
        edges[record.origin] = IncomingEdge(record.origin, {"resume"})
    if record.triggers and "trigger" in kinds:
        for event in own_triggers(record, origins):
            known = _edge(edges, event.node, "trigger")
            # a custom end step emits two events for one cause; the well-known .end names it
            if known.event is None or event.name.endswith(".end"):
                known.event = event
    if record.spawned_by and "spawn" in kinds:
        _edge(edges, run_of(record.spawned_by), "spawn")
    if (record.reads or record.counted_reads) and "read" in kinds:
        for read in record.reads:
            _edge(edges, read.run, "read").reads.append(read)
        for counted in record.counted_reads:
            _edge(edges, counted.run, "read").counted += counted.artifacts
    return list(edges.values())


def _edge(edges: dict[str, IncomingEdge], key: str, kind: Kind) -> IncomingEdge:
    known = edges.get(key)
    if known is None:
        known = edges[key] = IncomingEdge(key, {kind})
    known.kinds.add(kind)
    return known


def own_triggers(record: RunRecord, origins: Mapping[str, RunRecord]) -> Iterable[TriggerEvent]:
    """A run's own triggers, without those of its origin.

    Triggers inherited from a run that no longer exists are left out too: a record read now lacks them.
    """
    if record.origin is None or (origin := origins.get(record.origin)) is None:
        return () if record.inherited else record.triggers
    inherited = {event.node for event in origin.triggers}
    return [event for event in record.triggers if event.node not in inherited]
