"""`simulator`: choose, play, step through, compare and replay simulations in a notebook."""

from __future__ import annotations

import html
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from lineage.api.simulations import Simulation
from lineage.client.run_names import RunLike, named_runs
from lineage.errors import InvalidArgument, LineageError
from lineage.flow_map import FlowMap, flow_graph
from lineage.flow_map.flow_files import Files
from lineage.format import format_duration
from lineage.layout import place
from lineage.notebook.cell_output import CellView, HtmlWidget, check_theme, show
from lineage.notebook.flow_panel import FACTS_CSS, headline_html
from lineage.notebook.past_scenario import scenario_of_runs
from lineage.notebook.replay_looks import replay_looks
from lineage.notebook.replay_panel import ReplayPanel
from lineage.notebook.scenario_panel import ScenarioPanel
from lineage.notebook.simulator_state import SimulatorState
from lineage.notebook.stimulus_list import StimulusList
from lineage.render.page import embed
from lineage.render.text_timeline import text_timeline
from lineage.replaying import Engine, Plan, ReplayResult, plan_replay
from lineage.scene.playback import RealRun, playback, standing
from lineage.sources import Source, open_source
from lineage.viewer import built, player

PATIENCE = 0.5  # seconds after which the widget says that it is simulating
_HEADLINE = ("What would fire", "nothing runs")
# the worst of several runs: a style of the map, and a word
_OUTCOMES = (("failed", "fails"), ("running", "still runs at the end"), ("completed", "completes"))
_NOTHING = "Nothing happens yet: choose a flow or an event above."


class Player(anywidget.AnyWidget):
    """The map and the timeline as a widget, with the same JavaScript as in the report."""

    _esm = player.script()
    _css = player.stylesheet() + built("around.min.css")

    playback = traitlets.Dict().tag(sync=True)
    at = traitlets.Int(0).tag(sync=True)  # index of the moment of the playback
    selected = traitlets.List(traitlets.Unicode()).tag(sync=True)
    theme = traitlets.Unicode("auto").tag(sync=True)
    height = traitlets.Int(None, allow_none=True).tag(sync=True)  # pixels
    uid = traitlets.Unicode().tag(sync=True)


class Simulator(CellView, widgets.VBox):
    """Choose what happens, play it, and see why each flow fires or what it waits for.

    Attributes
    ----------
    state : SimulatorState
        The scenario; assign another to simulate it.
    simulation : Simulation or None
        The result; None while the scenario has no stimuli.
    selected : list of str
        Keys of the selected flows; a traitlet, like `state`.
    """

    state = traitlets.Instance(SimulatorState)
    selected = traitlets.List(traitlets.Unicode())

    def __init__(
        self,
        state: SimulatorState,
        *,
        real: Iterable[RealRun] = (),
        files: Files | None = None,
        source: Source | str | None = None,
        theme: str = "auto",
        height: int | None = None,
    ) -> None:
        """
        Parameters
        ----------
        state
            The initial scenario.
        real
            Real runs to draw for comparison.
        files, source
            For a replay: where the flows' files are, and where runs are recorded.
        theme
            `"light"`, `"dark"`, or `"auto"` for the notebook's.
        height
            Height of the map in pixels; by default it fits the rows.
        """
        check_theme(theme)
        self.simulation: Simulation | None = None
        self._real, self._files, self._source = list(real), files, source
        self._placement = place(state.flows.graph)
        self._work: threading.Thread | None = None
        self._player = Player(
            playback=standing(state.flows, self._placement, said=_NOTHING),
            theme=theme,
            height=height,
            uid=uuid.uuid4().hex,
        )
        self._stimuli = StimulusList(state, self._change)
        self._panel = ScenarioPanel(self._change)
        self._replay = ReplayPanel(self._plan, self._show_replay, source)
        self._error = widgets.HTML(layout={"display": "none"})
        body = widgets.HBox([self._player, self._panel]).add_class("ln-sim-body")
        frame = widgets.VBox([body, self._replay]).add_class("ln-sim-frame")
        headline = widgets.HTML(headline_html(state.flows, *_HEADLINE))
        super().__init__([headline, self._stimuli, frame, self._error], state=state)
        self.add_class("lineage").add_class("ln-sim")  # the classes of viewer/src/around.css
        traitlets.link((self._player, "selected"), (self, "selected"))
        self.settle()

    # ---- state -> view

    def _change(self, change: Callable[[SimulatorState], SimulatorState]) -> None:
        """Apply a user's change; an error is shown under the widget."""
        try:
            self.state = change(self.state)
        except LineageError as error:
            self._say(error)

    @traitlets.observe("state")
    def _simulate(self, _: Mapping[str, Any]) -> None:
        state = self.state
        self._stimuli.show(state)
        self._work = threading.Thread(target=self._worked, args=(state,), daemon=True)
        self._work.start()

    def _worked(self, state: SimulatorState) -> None:
        """Simulate in a thread, because a large map takes seconds and the kernel must not block."""
        slow = threading.Timer(PATIENCE, self._say, [None, "Simulating …"])
        slow.start()
        try:
            sim = state.simulation()
            document = (
                playback(sim, self._placement, real=self._real)
                if sim
                else standing(state.flows, self._placement, said=_NOTHING)
            )
        except Exception as error:  # shown under the widget instead of in a log
            slow.cancel()
            self._say(error)
            return
        slow.cancel()
        if state is not self.state:
            return  # the state has changed meanwhile
        self.simulation = sim
        self._say(None)
        self._player.playback = document
        self._follow({})

    def settle(self) -> None:
        """Wait until the current state has been simulated."""
        while (work := self._work) and work.is_alive():
            work.join()

    @traitlets.observe("selected")
    def _follow(self, _: Mapping[str, Any]) -> None:
        key = self.selected[0] if self.selected else None
        self._panel.show(self.state, key, self._really(key), self._fares(key))

    def _fares(self, key: str | None) -> tuple[str, str] | None:
        """The outcome of a flow in the simulation, as a style of the map and a word; None for an event."""
        if key not in self.state.flows.declarations or self.simulation is None:
            return None
        outcomes = {run.outcome for run in self.simulation.runs if run.flow == key}
        return next((look for look in _OUTCOMES if look[0] in outcomes), ("idle", "does not fire"))

    def _really(self, key: str | None) -> Iterable[tuple[str, str]]:
        for run in self._real:
            if run.flow == key:
                took = (run.finished - run.started).total_seconds() if run.finished else None
                words = f"{run.pathspec} {run.status}" + (f" in {format_duration(took)}" if took else "")
                yield "really", words

    def _say(self, error: Exception | None, words: str = "") -> None:
        """Show an error, or a status message, under the widget."""
        self._error.layout.display = "" if error or words else "none"
        if error:
            words = str(error) if isinstance(error, LineageError) else f"{type(error).__name__}: {error}"
        said = f'class="wrong" role="alert">✖ {html.escape(words)}' if error else f'role="status">{words}'
        self._error.value = f'{FACTS_CSS}<div class="lineage-facts"><div {said}</div></div>'

    # ---- replay

    def _plan(self, on: Engine) -> Plan:
        self.settle()
        if self.simulation is None:
            raise InvalidArgument(_NOTHING)
        return plan_replay(self.simulation, on=on, files=self._files, source=self._source)

    def _show_replay(self, replay: ReplayResult | None) -> None:
        """Show the replay on the map, or the simulation if there is none."""
        if replay is None:
            self._worked(self.state)
            return
        looks = replay_looks(self.simulation, replay) if self.simulation else {}
        self._player.playback = standing(self.state.flows, self._placement, said="Replay", looks=looks)

    # ---- notebook

    def _marimo_parts(self) -> list[Any]:
        """What happens, and the player; durations and outcomes are for other cells to set."""
        marimo = sys.modules["marimo"]
        names = {node: name for name, node in self.state.choices.items()}
        self._chosen = marimo.ui.multiselect(  # kept here, because marimo forgets what nobody holds
            self.state.choices,
            [names[node] for node in self.state.stimuli if node in names],
            label="When this happens",
            on_change=lambda nodes: self._change(lambda state: state.with_stimuli(nodes)),
        )
        wrong = HtmlWidget()
        traitlets.link((self._error, "value"), (wrong, "value"))
        return [headline_html(self.state.flows, *_HEADLINE), self._chosen, self._player, wrong]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.simulation or self.state.flows!r}>"

    def _outputs(self) -> tuple[str, str, str]:
        document = self._player.playback
        words = text_timeline(self.simulation) if self.simulation else repr(self.state.flows)
        still = embed(document["map"], uid=self._player.uid, playback=document, text=words)
        return still, repr(self.simulation or self.state.flows), words


def simulator(
    flows_or_run: FlowMap | RunLike | None = None,
    *,
    files: Files | None = None,
    source: Source | str | None = None,
    theme: str = "auto",
    height: int | None = None,
) -> Simulator:
    """Show a simulation to play: choose stimuli, step through the events, see why each flow fires.

    Parameters
    ----------
    flows_or_run
        A flow map; or a run (a `metaflow.Run`, a pathspec, a flow's name), whose end is the stimulus and
        whose real effects are shown beside the simulated ones. None reads the map, as
        `lineage.flow_graph` does.
    files, source
        Where to read the flows, as for `lineage.flow_graph`, and what a replay runs.
    theme, height
        As for `Simulator`.

    Returns
    -------
    Simulator
        The widget, which other cells can control; as the cell's last value it is not shown again. In a plain
        script the simulation is printed as text.

    Raises
    ------
    LineageError
        As for `lineage.flow_graph`, `lineage.trace` and `lineage.simulate`.
    """
    check_theme(theme)
    real: list[RealRun] = []
    if flows_or_run is None:
        state = SimulatorState.opening(flow_graph(source, files=files))
    elif isinstance(flows_or_run, FlowMap):
        state = SimulatorState.opening(flows_or_run)
    else:
        state, real = scenario_of_runs(named_runs(flows_or_run), files, open_source(source))
    if not len(state.flows):
        empty = "the flow map is empty: there is no flow that could fire"
        raise InvalidArgument(f"{empty}{state.flows.unread}")
    widget = Simulator(state, real=real, files=files, source=source, theme=theme, height=height)
    show(widget, text_timeline(widget.simulation) if widget.simulation else repr(state.flows))
    return widget
