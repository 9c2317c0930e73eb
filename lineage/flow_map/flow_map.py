"""The flow map: which flow triggers which, as declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from lineage.errors import FlowNotFound, InvalidArgument, nearest
from lineage.flow_map.cautions import Caution, cautions
from lineage.flow_map.declarations import FlowDeclaration, Listening, short_name
from lineage.flow_map.switches import uncertainty
from lineage.format import format_count
from lineage.lazy import nx
from lineage.records.model import Problem

EVENT = "event:"


@dataclass(frozen=True, repr=False)
class FlowMap:
    """Flows and events, and which of them triggers which.

    Attributes
    ----------
    declarations
        What each flow declares, by key: the flow's name, under `@project` with project and branch
        before it (`shop.prod.TrainingFlow`).
    problems
        What could not be read, each with where and why.
    read_at
        When it was read (aware), or None for one made by hand. `simulate` takes it for "now".

    Examples
    --------
    >>> from lineage.flow_map import FlowMap, declare
    >>> flows = FlowMap.of([declare("ETLFlow"), declare("TrainingFlow", on_finish=["ETLFlow"])])
    >>> flows
    Flow map: 2 flows, 1 trigger
    >>> list(flows.graph.edges)
    [('ETLFlow', 'TrainingFlow')]
    """

    declarations: Mapping[str, FlowDeclaration]
    problems: tuple[Problem, ...] = ()
    read_at: datetime | None = field(default=None, compare=False)

    @classmethod
    def of(
        cls,
        declarations: Iterable[FlowDeclaration],
        problems: Iterable[Problem] = (),
        read_at: datetime | None = None,
    ) -> FlowMap:
        """Build the map of these flows; of two with the same key the later one is kept, with a problem."""
        by_key: dict[str, FlowDeclaration] = {}
        doubled = []
        for declaration in declarations:
            if declaration.key in by_key:
                earlier = by_key[declaration.key].declared_by
                reason = f"is there twice: {earlier}, and {declaration.declared_by}, which counts"
                doubled.append(Problem(declaration.key, reason))
            by_key[declaration.key] = declaration
        return cls(dict(sorted(by_key.items())), (*problems, *doubled), read_at)

    @cached_property
    def graph(self) -> nx.DiGraph[str]:
        """A plain `networkx.DiGraph` from cause to effect; docs/guide/simulation.md lists the attributes."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        for key, declaration in self.declarations.items():
            graph.add_node(key, **flow_attributes(declaration))
        for key, declaration in self.declarations.items():
            for listening in declaration.listens:
                _add_listening(graph, key, declaration, self._with_doubts(listening))
            for event in declaration.publishes:
                _add_published(graph, key, declaration, event)
        return graph

    def _with_doubts(self, listening: Listening) -> Listening:
        """The same, assumed where it listens to a step that not every run takes once."""
        sender, step = listening.sender or ("", "")
        doubt = uncertainty(self.declarations[sender], step) if sender in self.declarations else None
        return replace(listening, assumed="; ".join(filter(None, (listening.assumed, doubt))) or None)

    @cached_property
    def warnings(self) -> tuple[Caution, ...]:
        """Likely surprises after deployment: loops, fans, events that nothing sends, similar names."""
        return cautions(self.declarations)

    @property
    def flows(self) -> list[str]:
        """Keys of the flows that are declared, sorted."""
        return list(self.declarations)

    @property
    def events(self) -> list[str]:
        """Names of the external events that flows wait for, sorted."""
        waited = (
            w for declaration in self.declarations.values() for w in declaration.listens if w.sender is None
        )
        return sorted({listening.event for listening in waited})

    @property
    def unread(self) -> str:
        """The problems met while reading, as the end of a message that something is missing; or empty."""
        if not self.problems:
            return ""
        listed = [str(problem) for problem in self.problems[:5]]
        more = len(self.problems) - len(listed)
        listed += [f"and {format_count(more, 'more problem')}"] if more else []
        return f". Not everything could be read: {'; '.join(listed)}"

    def key(self, name: str) -> str:
        """The key that a flow's name stands for.

        Raises
        ------
        FlowNotFound
            If there is no such flow.
        InvalidArgument
            If several branches have it; the message lists them.
        """
        if name in self.declarations:
            return name
        keys = [key for key in self.declarations if short_name(key) == name]
        if not keys:
            known = {*self.declarations, *map(short_name, self.declarations)}
            raise FlowNotFound(
                f"The flow map has no flow {name!r}{nearest(name, sorted(known))}{self.unread}"
            )
        if len(keys) > 1:
            raise InvalidArgument(f"{name} is deployed more than once; say which of {', '.join(keys)}")
        return keys[0]

    def __getitem__(self, name: str) -> FlowDeclaration:
        return self.declarations[self.key(name)]

    def __contains__(self, name: object) -> bool:
        return any(name in (key, short_name(key)) for key in self.declarations)

    def __iter__(self) -> Iterator[str]:
        return iter(self.declarations)

    def __len__(self) -> int:
        return len(self.declarations)

    def __repr__(self) -> str:
        counts = [format_count(len(self), "flow")]
        if self.events:
            counts.append(format_count(len(self.events), "event"))
        counts.append(format_count(self.graph.number_of_edges(), "trigger"))
        for remarks, noun in ((self.warnings, "warning"), (self.problems, "problem")):
            if remarks:
                counts.append(format_count(len(remarks), noun))
        return f"Flow map: {', '.join(counts)}"


def flow_attributes(declaration: FlowDeclaration) -> dict[str, Any]:
    """The attributes of a flow's node."""
    return {
        "kind": "flow",
        "flow": declaration.flow,
        "project": declaration.project,
        "branch": declaration.branch,
        "known": True,
        "file": declaration.file,
        "steps": list(declaration.steps) if declaration.steps is not None else None,
        "schedule": declaration.schedule.cron if declaration.schedule else None,
        "timezone": declaration.schedule.timezone if declaration.schedule else None,
        "reset_at": declaration.reset_at.cron if declaration.reset_at else None,
        "declared_by": declaration.declared_by,
        "notes": list(declaration.notes),
        "refused": list(declaration.refused),
        "assumed": declaration.assumed is not None,
        "assumption": declaration.assumed,
    }


def _unknown_flow(key: str) -> dict[str, Any]:
    return flow_attributes(FlowDeclaration(short_name(key), declared_by="only listened to")) | {
        "known": False
    }


def _event_attributes(name: str) -> dict[str, Any]:
    return {"kind": "event", "name": name}


def _add_listening(
    graph: nx.DiGraph[str], key: str, declaration: FlowDeclaration, listening: Listening
) -> None:
    sender = listening.sender
    cause = sender[0] if sender else EVENT + listening.event
    if cause not in graph:
        graph.add_node(cause, **(_unknown_flow(cause) if sender else _event_attributes(listening.event)))
    if graph.has_edge(cause, key):  # two steps of one flow
        edge = graph.edges[cause, key]
        edge["events"].append(listening.event)
        edge["assumed"] = edge["assumed"] or listening.assumed is not None
        edge["assumption"] = "; ".join(filter(None, (edge["assumption"], listening.assumed))) or None
        return
    graph.add_edge(
        cause,
        key,
        kind="trigger_on_finish" if listening.kind == "run" else "trigger",
        event=listening.event,
        events=[listening.event],
        group=key,
        group_size=len(declaration.listens),
        parameters=dict(listening.parameters),
        options=dict(declaration.options),
        project=declaration.project,
        branch=declaration.branch,
        declared_by=declaration.declared_by,
        assumed=listening.assumed is not None,
        assumption=listening.assumed,
    )


def _add_published(graph: nx.DiGraph[str], key: str, declaration: FlowDeclaration, event: str) -> None:
    if EVENT + event not in graph:
        graph.add_node(EVENT + event, **_event_attributes(event))
    graph.add_edge(
        key,
        EVENT + event,
        kind="publishes",
        event=event,
        events=[event],
        declared_by=declaration.declared_by,
        assumed=True,
        assumption="its code names the event; when it is sent, and with what, is not known",
    )
