"""The scenario that a user has chosen: a frozen dataclass, independent of widgets and kernel."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from lineage.api.simulations import Simulation, simulate
from lineage.errors import InvalidArgument
from lineage.flow_map import FlowMap
from lineage.format import format_duration, parse_duration
from lineage.scene.flow_map_scene import EVENT
from lineage.scene.playback import stimulus_at
from lineage.simulation import Stimulus
from lineage.simulation.stimuli import read_stimuli
from lineage.simulation.times import read_time

COMPLETES, FAILS, HISTORY = "completed", "failed", "history"


@dataclass(frozen=True)
class SimulatorState:
    """A scenario on a flow map; each `with_…` method returns a new state.

    Attributes
    ----------
    flows
        The map.
    stimuli
        The stimuli by node of the map: a flow's key, or `event:<name>`.
    durations
        Seconds, by key of the flow; the default comes from past runs.
    outcomes
        As for `simulate`, by key of the flow; the default is `"completed"`.
    start
        The start, aware; None for the time when the map was read, to the minute.
    """

    flows: FlowMap
    stimuli: Mapping[str, Stimulus] = field(default_factory=dict)
    durations: Mapping[str, float] = field(default_factory=dict)
    outcomes: Mapping[str, str | float] = field(default_factory=dict)
    start: datetime | None = None
    horizon: timedelta = timedelta(days=1)
    samples: int = 200

    @classmethod
    def opening(cls, flows: FlowMap) -> SimulatorState:
        """The initial scenario: the first flow that triggers others and is not triggered itself."""
        state = cls(flows, start=_read_at(flows))
        graph = flows.graph
        roots = [key for key in state.choices.values() if not graph.in_degree(key) and graph.out_degree(key)]
        return state.with_stimuli([*roots, *state.choices.values()][:1])

    @property
    def choices(self) -> dict[str, str]:
        """The possible stimuli: displayed name -> node of the map; flows first."""
        names = {key: key for key in self.flows}
        return names | {event: EVENT + event for event in self.flows.events}

    def with_stimuli(self, nodes: Iterable[str]) -> SimulatorState:
        """Return a state with exactly these stimuli; existing ones keep their payloads."""
        return replace(self, stimuli={n: self.stimuli.get(n) or stimulus_at(n) for n in nodes})

    def toggled(self, node: str, happens: bool) -> SimulatorState:
        """Return a state with this stimulus added or removed."""
        if happens:
            return self.with_stimuli(dict.fromkeys([*self.stimuli, node]))
        return self.with_stimuli(other for other in self.stimuli if other != node)

    def adding(self, text: str) -> SimulatorState:
        """Return a state with one more stimulus: a flow, a run that ends, an event, or JSON.

        Raises
        ------
        InvalidArgument
            If the map has nothing of that name; the message suggests the nearest names.
        """
        stimulus = read_stimuli([text], self.flows)[0]
        node = f"{EVENT}{stimulus.name}" if stimulus.kind == "event" else stimulus.name
        return replace(self, stimuli={**self.stimuli, node: stimulus})

    def with_start(self, text: str) -> SimulatorState:
        """Return a state that begins at a time in ISO 8601, local without a zone; empty for the map's.

        Raises
        ------
        InvalidArgument
            If the text is not a time.
        """
        if not text.strip():
            return replace(self, start=_read_at(self.flows))
        return replace(self, start=read_time(text.strip(), "The beginning"))

    def with_payload(self, node: str, text: str) -> SimulatorState:
        """Return a state with this payload of a stimulus: a JSON object, or an empty text for none.

        Raises
        ------
        InvalidArgument
            If the text is not a JSON object.
        """
        payload = _payload(text, node.removeprefix(EVENT))
        return replace(self, stimuli={**self.stimuli, node: replace(self.stimuli[node], payload=payload)})

    def with_duration(self, flow: str, text: str) -> SimulatorState:
        """Return a state with this duration of a flow: `90`, `90s`, `15min`, `6h`; empty for the usual one.

        Raises
        ------
        InvalidArgument
            If the text is not a duration.
        """
        others = {key: value for key, value in self.durations.items() if key != flow}
        return replace(self, durations={**others, flow: parse_duration(text)} if text.strip() else others)

    def with_outcome(self, flow: str, outcome: str) -> SimulatorState:
        """Return a state with this outcome: `"completed"`, `"failed"`, `"failed:<step>"` or `"history"`."""
        others = {key: value for key, value in self.outcomes.items() if key != flow}
        value = self.flows[flow].failure_rate or 0.0 if outcome == HISTORY else outcome
        return replace(self, outcomes=others if outcome == COMPLETES else {**others, flow: value})

    def outcome(self, flow: str) -> str:
        """The outcome of a flow, as for `with_outcome`."""
        outcome = self.outcomes.get(flow, COMPLETES)
        return outcome if isinstance(outcome, str) else HISTORY

    def usual(self, flow: str) -> str:
        """The default duration of a flow, as text."""
        past = sorted(self.flows[flow].durations)
        return format_duration(past[len(past) // 2]) if past else "not known: 1 min"

    def simulation(self) -> Simulation | None:
        """Simulate the scenario; None if it has no stimuli.

        Raises
        ------
        InvalidArgument
            As for `simulate`.
        """
        if not self.stimuli:
            return None
        return simulate(
            self.flows,
            list(self.stimuli.values()),
            start=self.start,
            durations=dict(self.durations),
            outcomes=dict(self.outcomes),
            samples=self.samples,
            horizon=self.horizon,
        )


# Applies a function from state to state.
StateChange = Callable[[Callable[[SimulatorState], SimulatorState]], None]


def _read_at(flows: FlowMap) -> datetime | None:
    return flows.read_at.replace(second=0, microsecond=0) if flows.read_at else None


def _payload(text: str, name: str) -> dict[str, Any] | None:
    if not text.strip():
        return None
    try:
        payload = json.loads(text)
    except ValueError as exc:
        raise InvalidArgument(f"The payload of {name} is not valid JSON: {exc}") from None
    if not isinstance(payload, dict):
        raise InvalidArgument(
            f'The payload of {name} must be a JSON object such as {{"week": 5}}, not {text}'
        )
    return payload
