"""The panel beside the simulator's map: the selected flow, with its assumed duration and outcome."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import ipywidgets as widgets

from lineage.notebook.flow_panel import facts_html, hint_html
from lineage.notebook.simulator_state import COMPLETES, FAILS, HISTORY, SimulatorState, StateChange
from lineage.scene.flow_map_scene import EVENT

_HINT = "Click a flow to change its duration or outcome."


class ScenarioPanel(widgets.HBox):
    """Shows one flow or event of a state; passes each change on as a function of the state."""

    def __init__(self, change: StateChange) -> None:
        self._change = change
        self._key: str | None = None
        self._one_at_a_time = threading.RLock()  # a simulation that is done shows itself from its thread
        self._showing = False  # while the panel shows a state, changes of its widgets are not the user's
        self._facts = widgets.HTML(hint_html(_HINT))
        self._happens = widgets.Checkbox(indent=False)
        self._payload = widgets.Textarea(placeholder='{"week": 5}', rows=3, continuous_update=False)
        self._duration = widgets.Text(description="Takes", continuous_update=False)
        self._outcome = widgets.Dropdown(description="Ends")
        settings = widgets.VBox([self._outcome, self._duration, self._happens, self._payload])
        super().__init__([self._facts, settings.add_class("ln-sim-settings")])
        self.add_class("ln-sim-panel")
        self._happens.observe(self._changed(lambda key, value: lambda s: s.toggled(key, value)), "value")
        self._payload.observe(self._changed(lambda key, value: lambda s: s.with_payload(key, value)), "value")
        self._duration.observe(
            self._changed(lambda key, value: lambda s: s.with_duration(key, value)), "value"
        )
        self._outcome.observe(self._changed(lambda key, value: lambda s: s.with_outcome(key, value)), "value")
        self.show(None, None)

    def _changed(self, change: Any) -> Callable[[Any], None]:
        def observe(event: Any) -> None:
            if self._key is not None and not self._showing:
                self._change(change(self._key, event["new"]))

        return observe

    def show(
        self,
        state: SimulatorState | None,
        key: str | None,
        more: Iterable[tuple[str, str]] = (),
        look: tuple[str, str] | None = None,
    ) -> None:
        """Show one flow or event, or nothing for None.

        Parameters
        ----------
        more
            Further facts, each with a title and a text.
        look
            How it fares in the simulation: the name of a style of the map, and a word.
        """
        with self._quietly():
            self._key = key
            if state is None or key is None or key not in state.flows.graph:
                self._facts.value = hint_html(_HINT)
                self._reveal()
                return
            self._facts.value = facts_html(state.flows, key, more, look)
            happening = state.stimuli.get(key)
            self._happens.value = happening is not None
            self._happens.description = (
                "It arrives at the start" if key.startswith(EVENT) else _starts(state, key)
            )
            payload = happening.payload if happening else None
            self._payload.value = json.dumps(payload) if payload else ""
            word = "Payload" if key.startswith(EVENT) else "Parameters"
            self._payload.description = f"{word}, as JSON"
            declared = key in state.flows.declarations
            if declared:
                self._show_settings(state, key)
            takes_payload = happening is not None and happening.kind != "finish"
            self._reveal(declared or key.startswith(EVENT), takes_payload, declared)

    def _show_settings(self, state: SimulatorState, key: str) -> None:
        given = state.durations.get(key)
        self._duration.placeholder = state.usual(key)
        self._duration.value = f"{given:g}s" if given is not None else ""
        declared = state.flows.declarations[key]
        ways = [("well", COMPLETES), ("failing", FAILS)]
        if declared.failure_rate:
            ways.append((f"failing in {declared.failure_rate:.0%}, as so far", HISTORY))
        ways += [(f"failing in step {step}", f"failed:{step}") for step in declared.steps or ()]
        self._outcome.options = ways
        self._outcome.value = state.outcome(key)

    def _reveal(self, happens: bool = False, payload: bool = False, settings: bool = False) -> None:
        for box, shown in (
            (self._happens, happens),
            (self._payload, payload),
            (self._duration, settings),
            (self._outcome, settings),
        ):
            box.layout.display = "" if shown else "none"

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        with self._one_at_a_time:
            self._showing = True
            try:
                yield
            finally:
                self._showing = False


def _starts(state: SimulatorState, key: str) -> str:
    happening = state.stimuli.get(key)
    if happening and happening.run_id:
        return f"Run {happening.run_id} finishes at the start"
    return "It runs at the start"
