"""The row of stimuli in a scenario: a button to remove each, and a box to add one."""

from __future__ import annotations

from functools import partial
from typing import Any

import ipywidgets as widgets

from lineage.notebook.simulator_state import SimulatorState, StateChange
from lineage.scene.flow_map_scene import EVENT


class StimulusList(widgets.HBox):
    """Shows the stimuli of a state; passes each change on as a function of the state."""

    def __init__(self, state: SimulatorState, change: StateChange) -> None:
        self._change, self._choices = change, state.choices
        self._shown: list[str] = []
        self._state = state
        self._label = widgets.HTML("When this happens")
        self.add = widgets.Combobox(
            options=list(self._choices),
            placeholder="Add a flow or an event",
            continuous_update=False,
        )
        self.add.observe(self._added, "value")
        self.start = widgets.Text(
            description="Starts",
            placeholder="2026-11-30 09:00",
            tooltip="When it begins: local time, unless it has an offset such as +01:00",
            continuous_update=False,
        )
        self.start.observe(self._begun, "value")
        super().__init__([self.start, self._label, self.add])
        self.add_class("ln-sim-row")
        self.show(state)

    @property
    def buttons(self) -> list[widgets.Button]:
        """The buttons of the stimuli, in order."""
        return list(self.children[2:-1])

    def show(self, state: SimulatorState) -> None:
        """Show the stimuli of a state, and when it begins."""
        self._state = state
        self.add.value = ""
        self.start.value = _written(state)
        if list(state.stimuli) == self._shown:
            return
        self._shown = list(state.stimuli)
        self.children = [self.start, self._label, *map(self._button, self._shown), self.add]

    def _button(self, node: str) -> widgets.Button:
        name = node.removeprefix(EVENT)
        button = widgets.Button(description=f"{name} ✕", tooltip=f"{name} does not happen")
        button.add_class("ln-sim-chip")
        button.on_click(lambda _: self._change(partial(_without, node)))
        return button

    def _added(self, event: Any) -> None:
        text = event["new"].strip()
        if self._choices.get(text) in self._shown:
            self.add.value = ""
        elif text:
            self._change(partial(_adding, text))  # a text that makes no sense stays, to be corrected

    def _begun(self, event: Any) -> None:
        if event["new"] != _written(self._state):
            self._change(partial(_beginning, event["new"]))


def _written(state: SimulatorState) -> str:
    """When a state begins, as it can be typed, too."""
    return state.start.isoformat(sep=" ", timespec="minutes") if state.start else ""


def _adding(text: str, state: SimulatorState) -> SimulatorState:
    return state.adding(text)


def _beginning(text: str, state: SimulatorState) -> SimulatorState:
    return state.with_start(text)


def _without(node: str, state: SimulatorState) -> SimulatorState:
    return state.toggled(node, False)
