"""The events of a simulation as plain values, and its state at any time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

EventKind = Literal["happened", "arrived", "discarded", "reset", "started", "completed", "failed"]
Outcome = Literal["completed", "failed", "running"]


@dataclass(frozen=True, slots=True)
class SimEvent:
    """One event of a simulation.

    Attributes
    ----------
    at
        When, in the time zone of the simulation's start.
    kind
        `"happened"`: something came from outside. `"arrived"`: an event reached a flow that listens.
        `"discarded"`: it did, and lacked a field that the flow requires. `"reset"`: what had arrived at
        a flow was wiped. `"started"`, `"completed"`, `"failed"`: a run.
    node
        Key in the lineage of the event or run that this is about; None for a reset.
    flow
        Key in the flow map of the flow that this is about; None for an external event that happened.
    event
        Name of the event that happened or arrived.
    got
        After it: what the flow's AND group has, event name -> key in the lineage. For a reset, what was
        lost; for a start, what set it off.
    missing
        After it: names of the events that the group still waits for.
    """

    at: datetime
    kind: EventKind
    node: str | None
    flow: str | None
    event: str | None = None
    got: Mapping[str, str] = field(default_factory=dict, hash=False)
    missing: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values, with the time in ISO 8601."""
        return {**asdict(self), "at": self.at.isoformat(), "missing": list(self.missing)}


@dataclass(frozen=True, slots=True)
class SimRun:
    """One simulated run."""

    key: str  # in the lineage: Flow/sim-<number>
    flow: str  # key in the flow map
    started: datetime
    finished: datetime | None  # None: it is still running when the simulated time ends
    outcome: Outcome
    causes: tuple[tuple[str, str], ...] = ()  # key in the lineage, name of the event
    parameters: Mapping[str, Any] | None = field(default=None, hash=False)  # of a run started from outside


@dataclass(frozen=True, slots=True)
class SimStimulus:
    """An external event, or the end of a run that started before the simulation."""

    key: str  # in the lineage
    name: str  # of the event; of a run's end `metaflow.<Flow>.end`
    at: datetime
    flow: str | None = None  # key in the flow map, of a run's end
    payload: Mapping[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True)
class State:
    """The state at one moment of a simulation."""

    running: Mapping[str, str] = field(default_factory=dict)  # run -> its flow's key
    done: Mapping[str, Outcome] = field(default_factory=dict)  # run -> how it ended
    got: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # flow -> event name -> its cause
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # flow -> names of events

    def after(self, *events: SimEvent) -> State:
        """Return the state after these events."""
        running, done = dict(self.running), dict(self.done)
        got, missing = dict(self.got), dict(self.missing)
        for event in events:
            flow, node = event.flow or "", event.node or ""
            # a run started from outside leaves the flow's group as it is
            if event.kind == "reset" or (event.kind == "started" and event.got):
                got.pop(flow, None)
                missing.pop(flow, None)
            if event.kind == "started":
                running[node] = flow
            elif event.kind in ("completed", "failed"):
                running.pop(node, None)
                done[node] = "completed" if event.kind == "completed" else "failed"
            elif event.kind == "arrived":
                got[flow] = event.got
                missing[flow] = event.missing
        return State(running, done, got, missing)


def states(events: Iterable[SimEvent], state: State | None = None) -> Iterator[tuple[SimEvent, State]]:
    """Each event with the state after it."""
    state = state or State()
    for event in events:
        state = state.after(event)
        yield event, state
