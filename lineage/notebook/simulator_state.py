"""What somebody has chosen to simulate: a plain frozen value, without a widget or a kernel."""

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

COMPLETES, FAILS, HISTORY = "completed", "failed", "history"


@dataclass(frozen=True)
class SimulatorState:
    """A scenario on a flow map; each `with_…` gives another state.

    Attributes
    ----------
    flows
        The map.
    stimuli
        What happens at the start, by node of the map: a flow's key, or `event:<name>`.
    durations
        Seconds, by key of the flow; what is left out comes from past runs.
    outcomes
        As for `simulate`, by key of the flow; what is left out completes.
    start
        The first moment, aware; None is when the map was read, to the minute.
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
        """The scenario to begin with: the first flow that nothing triggers and that sets something off."""
        start = flows.read_at.replace(second=0, microsecond=0) if flows.read_at else None
        state = cls(flows, start=start)
        graph = flows.graph
        roots = [key for key in state.choices.values() if not graph.in_degree(key) and graph.out_degree(key)]
        return state.with_stimuli([*roots, *state.choices.values()][:1])

    @property
    def choices(self) -> dict[str, str]:
        """What may happen from outside: the name that people see -> its node; flows first."""
        names = {key: key for key in self.flows}
        return names | {event: EVENT + event for event in self.flows.events}

    def with_stimuli(self, nodes: Iterable[str]) -> SimulatorState:
        """These happen, and nothing else; payloads of those that already did are kept."""
        return replace(self, stimuli={n: self.stimuli.get(n) or stimulus_at(n) for n in nodes})

    def toggled(self, node: str, happens: bool) -> SimulatorState:
        """One more thing that happens, or one less."""
        if happens:
            return self.with_stimuli(dict.fromkeys([*self.stimuli, node]))
        return self.with_stimuli(other for other in self.stimuli if other != node)

    def with_payload(self, node: str, text: str) -> SimulatorState:
        """What a stimulus carries: a JSON object, or nothing.

        Raises
        ------
        InvalidArgument
            If the text is no JSON object.
        """
        payload = _payload(text, node.removeprefix(EVENT))
        return replace(self, stimuli={**self.stimuli, node: replace(self.stimuli[node], payload=payload)})

    def with_duration(self, flow: str, text: str) -> SimulatorState:
        """How long a flow takes: `90`, `90s`, `15min`, `6h`; an empty text is as in the past.

        Raises
        ------
        InvalidArgument
            If the text is not a duration.
        """
        others = {key: value for key, value in self.durations.items() if key != flow}
        return replace(self, durations={**others, flow: parse_duration(text)} if text.strip() else others)

    def with_outcome(self, flow: str, outcome: str) -> SimulatorState:
        """How a flow ends: `"completed"`, `"failed"`, `"failed:<step>"`, or `"history"`."""
        others = {key: value for key, value in self.outcomes.items() if key != flow}
        value = self.flows[flow].failure_rate or 0.0 if outcome == HISTORY else outcome
        return replace(self, outcomes=others if outcome == COMPLETES else {**others, flow: value})

    def outcome(self, flow: str) -> str:
        """What `with_outcome` was given."""
        found = self.outcomes.get(flow, COMPLETES)
        return found if isinstance(found, str) else HISTORY

    def usual(self, flow: str) -> str:
        """How long a flow takes unless something else is said, in words."""
        past = sorted(self.flows[flow].durations)
        return format_duration(past[len(past) // 2]) if past else "not known: 1 min"

    def simulation(self) -> Simulation | None:
        """What would fire; None as long as nothing happens.

        Raises
        ------
        InvalidArgument
            As `simulate`.
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


def _payload(text: str, name: str) -> dict[str, Any] | None:
    if not text.strip():
        return None
    try:
        found = json.loads(text)
    except ValueError as exc:
        raise InvalidArgument(f"The payload of {name} is no JSON: {exc}") from None
    if not isinstance(found, dict):
        raise InvalidArgument(f'The payload of {name} is a JSON object such as {{"week": 5}}, not {text}')
    return found
