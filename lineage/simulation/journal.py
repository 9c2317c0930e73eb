"""Record one pass of the engine with names and times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from lineage.flow_map.declarations import finish_event, short_name
from lineage.records.model import event_key
from lineage.simulation.engine import Arrived
from lineage.simulation.events import SimEvent, SimRun, SimStimulus
from lineage.simulation.stimuli import Stimulus
from lineage.simulation.tables import Compiled, Listener


class Recording:
    """The engine's journal; it collects `events`, `runs` and `stimuli`."""

    def __init__(
        self,
        compiled: Compiled,
        stimuli: Sequence[Stimulus],
        moment: Callable[[float], datetime],
    ) -> None:
        self.events: list[SimEvent] = []
        self.runs: list[SimRun] = []
        self.stimuli: dict[int, SimStimulus] = {}
        self._compiled = compiled
        self._names = [tuple([listening.event for listening in group]) for group in compiled.groups]
        self._given = stimuli
        self._moment = moment
        self._counts: dict[str, int] = {}
        self._latest: Stimulus  # that happened; whatever starts follows one

    def started(self, time: float, flow: int, causes: Sequence[int | None]) -> None:
        """A run began, because its group was complete or by a stimulus."""
        key = self._compiled.keys[flow]
        got = self._named(flow, causes)
        node = self._new_run(key)
        # two events of one run are one cause, under the name that ends in .end
        causes_by_node: dict[str, str] = {}
        for event, cause in got.items():
            if cause not in causes_by_node or event.endswith(".end"):
                causes_by_node[cause] = event
        parameters = None if got else self._latest.payload
        moment = self._moment(time)
        self.runs.append(
            SimRun(node, key, moment, None, "running", tuple(causes_by_node.items()), parameters)
        )
        self.events.append(SimEvent(moment, "started", node, key, got=got))

    def completed(self, time: float, run: int) -> None:
        """A run succeeded."""
        self._ended(time, run, "completed")

    def failed(self, time: float, run: int) -> None:
        """A run failed."""
        self._ended(time, run, "failed")

    def _ended(self, time: float, run: int, kind: Literal["completed", "failed"]) -> None:
        moment = self._moment(time)
        begun = self.runs[run]  # not `replace`, which takes as long as the rest
        done = SimRun(begun.key, begun.flow, begun.started, moment, kind, begun.causes, begun.parameters)
        self.runs[run] = done
        self.events.append(SimEvent(moment, kind, done.key, done.flow))

    def arrived(self, time: float, listener: Listener, cause: int, arrived: Arrived) -> None:
        """An event reached a flow."""
        flow, slot = listener
        names = self._names[flow]
        self.events.append(
            SimEvent(
                self._moment(time),
                "arrived",
                self._node(cause),
                self._compiled.keys[flow],
                names[slot],
                self._named(flow, arrived),
                tuple([names[slot] for slot, cause in enumerate(arrived) if cause is None]),
            )
        )

    def wiped(self, time: float, flow: int, arrived: Arrived) -> None:
        """A reset discarded what had arrived."""
        lost = self._named(flow, arrived)
        missing = self._names[flow]
        key = self._compiled.keys[flow]
        self.events.append(SimEvent(self._moment(time), "reset", None, key, got=lost, missing=missing))

    def happened(self, time: float, stimulus: int) -> None:
        """A stimulus happened; the run that it starts is recorded by `started`."""
        given, moment = self._given[stimulus], self._moment(time)
        self._latest = given
        if given.kind == "run":
            return
        if given.kind == "finish":
            node = f"{short_name(given.name)}/{given.run_id}" if given.run_id else self._new_run(given.name)
            outside = SimStimulus(node, finish_event(given.name), moment, given.name)
        else:
            number = self._counts[given.name] = self._counts.get(given.name, 0) + 1
            node = event_key(given.name, f"sim-{number}")
            outside = SimStimulus(node, given.name, moment, None, given.payload)
        self.stimuli[stimulus] = outside
        self.events.append(SimEvent(moment, "happened", node, outside.flow, outside.name))
        if given.kind == "event":
            self._discarded(given, moment, node)

    def _discarded(self, given: Stimulus, moment: datetime, node: str) -> None:
        for flow, slot in self._compiled.accepting(given.name, given.payload)[1]:
            lacking = sorted(self._compiled.groups[flow][slot].required - set(given.payload or ()))
            key = self._compiled.keys[flow]
            self.events.append(SimEvent(moment, "discarded", node, key, given.name, missing=tuple(lacking)))

    def _new_run(self, key: str) -> str:
        flow = short_name(key)
        number = self._counts[f"{flow}/"] = self._counts.get(f"{flow}/", 0) + 1
        return f"{flow}/sim-{number}"

    def _node(self, cause: int) -> str:
        return self.runs[cause].key if cause >= 0 else self.stimuli[-1 - cause].key

    def _named(self, flow: int, causes: Sequence[int | None]) -> dict[str, str]:
        """The causes by the names of their events; none for a run started from outside."""
        names = self._names[flow]
        return {names[slot]: self._node(cause) for slot, cause in enumerate(causes) if cause is not None}
