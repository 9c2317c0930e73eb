"""The simulator without a browser: its state, what it makes of it, and how it says what is wrong."""

from __future__ import annotations

import base64
import json
import re
import sys
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import lineage.notebook.replay_panel
import lineage.replaying.job
from lineage import Replay, simulate
from lineage.errors import InvalidArgument
from lineage.flow_map import Clock, FlowMap, declare
from lineage.format import parse_duration
from lineage.notebook.flow_map_view import FlowMapView, show_flow_map
from lineage.notebook.flow_panel import facts_html
from lineage.notebook.replay_looks import replay_looks
from lineage.notebook.replay_panel import ReplayPanel
from lineage.notebook.scenario_panel import ScenarioPanel
from lineage.notebook.simulator import Simulator, simulator
from lineage.notebook.simulator_state import SimulatorState
from lineage.records.model import RunRecord, TriggerEvent
from lineage.replaying import Plan, ReplayProgress, ReplayResult, RunState
from lineage.replaying.argo.event import EventPlan
from lineage.replaying.argo.plan import plan_on_argo
from lineage.replaying.plan import plan_of_simulation
from lineage.simulation import Stimulus
from lineage.sources import MemorySource
from tests.replaying.deployed import manifest, templates

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)

# IngestFlow > ETLFlow > TrainingFlow ─┐
#           event new_data > DataFlow ─┴> ScoreFlow
FLOWS = FlowMap.of(
    [
        declare("IngestFlow", durations=(300,)),
        declare("ETLFlow", on_finish=["IngestFlow"], durations=(300,)),
        declare("TrainingFlow", on_finish=["ETLFlow"], durations=(600,), failure_rate=0.25),
        declare("DataFlow", on=["new_data"], durations=(60,)),
        declare("ScoreFlow", on_finish=["TrainingFlow", "DataFlow"], durations=(60,)),
    ]
)


@pytest.fixture
def widget() -> Simulator:
    return Simulator(SimulatorState.opening(FLOWS))


def labels(document: dict[str, Any], moment: int) -> dict[str, tuple[str, str]]:
    """Status and label of each node at a moment, as the page works them out."""
    found = {i: (node["status"], node["label"]) for i, node in enumerate(document["map"]["nodes"])}
    for one in document["moments"][: moment + 1]:
        found |= {int(i): tuple(look) for i, look in one["set"].items()}
    return {node["id"]: found[i] for i, node in enumerate(document["map"]["nodes"])}


# ---- the state


def test_it_opens_with_the_first_flow_that_nothing_triggers() -> None:
    assert list(SimulatorState.opening(FLOWS).stimuli) == ["IngestFlow"]


def test_a_map_of_one_lonely_flow_opens_with_that() -> None:
    assert list(SimulatorState.opening(FlowMap.of([declare("ETLFlow")])).stimuli) == ["ETLFlow"]


def test_flows_and_events_may_happen_from_outside() -> None:
    choices = SimulatorState(FLOWS).choices
    assert choices["new_data"] == "event:new_data"
    assert choices["ETLFlow"] == "ETLFlow"


def test_a_change_gives_another_state_and_leaves_the_first() -> None:
    first = SimulatorState.opening(FLOWS)
    second = first.with_duration("ETLFlow", "10 min").with_outcome("TrainingFlow", "failed")
    assert (first.durations, first.outcomes) == ({}, {})
    assert (second.durations, second.outcomes) == ({"ETLFlow": 600}, {"TrainingFlow": "failed"})
    sim = second.simulation()
    assert sim is not None
    assert sim.why["TrainingFlow"].startswith("fires at 12:15")
    assert "fails at 12:25" in sim.why["TrainingFlow"]
    assert second.with_duration("ETLFlow", "").with_outcome("TrainingFlow", "completed") == first


def test_a_payload_stays_while_other_things_are_chosen() -> None:
    state = SimulatorState(FLOWS).with_stimuli(["event:new_data"])
    state = state.with_payload("event:new_data", '{"week": 5}').toggled("IngestFlow", True)
    assert list(state.stimuli) == ["event:new_data", "IngestFlow"]
    assert state.stimuli["event:new_data"].payload == {"week": 5}
    assert (
        state.toggled("event:new_data", False).with_payload("IngestFlow", "").stimuli["IngestFlow"].payload
        is None
    )


def test_a_failure_as_often_as_so_far_is_the_share_that_failed() -> None:
    state = SimulatorState(FLOWS).with_outcome("TrainingFlow", "history")
    assert state.outcomes == {"TrainingFlow": 0.25}
    assert state.outcome("TrainingFlow") == "history"


@pytest.mark.parametrize("text", ["[1]", "5", "{week: 5}", '"text"'])
def test_a_payload_that_is_no_json_object_is_refused(text: str) -> None:
    state = SimulatorState(FLOWS).with_stimuli(["event:new_data"])
    with pytest.raises(
        InvalidArgument, match=r"payload of new_data (must be a JSON object such as|is not valid JSON)"
    ):
        state.with_payload("event:new_data", text)


@pytest.mark.parametrize(
    ("text", "value"), [("90", 90), ("90s", 90), (" 2 min", 120), ("1.5h", 5400), ("1d", 86400)]
)
def test_times_as_people_write_them(text: str, value: float) -> None:
    assert parse_duration(text) == value


@pytest.mark.parametrize("text", ["", "soon", "-5", "5 weeks", "nan", "inf", "h"])
def test_an_invalid_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument, match=r"invalid duration '.*': use 90s, 15min, 6h or 2d"):
        parse_duration(text)


def test_nothing_chosen_is_no_simulation() -> None:
    assert SimulatorState(FLOWS).simulation() is None


# ---- the widget


def test_the_map_shows_what_runs_and_how_much_of_a_group_is_there(widget: Simulator) -> None:
    widget.state = widget.state.with_stimuli(["IngestFlow", "event:new_data"])
    widget.settle()
    document = widget._player.playback
    clocks = [moment["clock"] for moment in document["moments"]]
    assert clocks == ["12:00", "12:00", "12:01", "12:05", "12:10", "12:20", "12:21"]
    assert labels(document, 0)["ScoreFlow"] == ("idle", "0 of 2")
    assert labels(document, 1)["IngestFlow"] == ("running", "12:00")
    assert labels(document, 1)["event:new_data"] == ("arrived", "12:00")
    assert labels(document, 2)["ScoreFlow"] == ("waiting", "1 of 2")
    assert labels(document, 5)["ScoreFlow"] == ("running", "12:20")
    assert labels(document, 6)["ScoreFlow"] == ("completed", "12:21")
    assert document["moments"][2]["said"] == ["DataFlow finishes", "ScoreFlow waits for TrainingFlow"]


def test_the_list_and_the_panel_both_choose_what_happens(widget: Simulator) -> None:
    widget.selected = ["event:new_data"]
    widget._panel._happens.value = True
    widget.settle()
    first, second = widget._stimuli.buttons
    assert (first.description, second.description) == ("IngestFlow ✕", "new_data ✕")
    first.click()
    widget.settle()
    assert list(widget.state.stimuli) == ["event:new_data"]
    assert widget.simulation is not None
    assert [run.flow for run in widget.simulation.runs] == ["DataFlow"]
    widget._stimuli.add.value = "ETLFlow"
    widget.settle()
    assert list(widget.state.stimuli) == ["event:new_data", "ETLFlow"]
    assert widget._stimuli.add.value == ""


def test_without_anything_that_happens_the_map_stands_still(widget: Simulator) -> None:
    widget._stimuli.buttons[0].click()
    widget.settle()
    assert widget.simulation is None
    (moment,) = widget._player.playback["moments"]
    assert moment["said"] == ["Nothing happens yet: choose a flow or an event above."]


def test_the_panel_sets_durations_and_outcomes_of_the_selected_flow(widget: Simulator) -> None:
    widget.selected = ["TrainingFlow"]
    assert widget._panel._duration.placeholder == "10 min"
    widget._panel._duration.value = "1h"
    widget._panel._outcome.value = "failed"
    widget.settle()
    assert widget.simulation is not None
    assert "fails at 13:10" in widget.simulation.why["TrainingFlow"]


def test_what_makes_no_sense_is_said_under_the_widget_and_goes_away(widget: Simulator) -> None:
    widget.selected = ["TrainingFlow"]
    widget._panel._duration.value = "<b>soon</b>"
    assert "&lt;b&gt;soon&lt;/b&gt;" in widget._error.value
    assert widget._error.layout.display == ""
    widget._panel._duration.value = "2h"
    widget.settle()
    assert widget._error.layout.display == "none"


def test_an_error_in_the_thread_is_said_under_the_widget(widget: Simulator) -> None:
    widget.state = SimulatorState(FLOWS, widget.state.stimuli, horizon=timedelta(0))
    widget.settle()
    assert "the horizon must be after the start" in widget._error.value


def test_two_threads_show_a_flow_in_the_panel_one_after_the_other() -> None:
    """The user selects another flow while a simulation that is done shows itself."""
    state = SimulatorState(FLOWS).with_outcome("TrainingFlow", "history")  # which ETLFlow's choices lack
    panel = ScenarioPanel(lambda change: None)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def show(flow: str) -> None:
        for _ in range(1000):
            panel.show(state, flow)

    try:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(show, ["TrainingFlow", "ETLFlow"]))
    finally:
        sys.setswitchinterval(interval)


def test_hostile_names_are_text() -> None:
    flows = FlowMap.of([declare("<img src=x>"), declare("B", on=["<script>alert(1)</script>"])])
    hostile = Simulator(SimulatorState.opening(flows))
    hostile.selected = ["event:<script>alert(1)</script>"]
    assert "<script" not in hostile._panel._facts.value
    still, _, _ = hostile._outputs()
    assert "<script>alert" not in still


def test_the_view_without_a_kernel_plays_the_same_simulation(widget: Simulator) -> None:
    still, word, text = widget._outputs()
    (packed,) = re.findall(r'id=(?:"|&quot;)parts(?:"|&quot;)[^>]*?(?:>|&gt;)([\w+/=]+)', still)
    assert "mountPlayers" in json.loads(zlib.decompress(base64.b64decode(packed)))["code"]
    assert widget._player.uid in still
    assert word.startswith("Simulation of 5 flows")
    assert "● ETLFlow" in text


def test_a_bad_argument_fails_at_the_door() -> None:
    with pytest.raises(InvalidArgument, match="theme must be"):
        simulator(FLOWS, theme="blue")
    with pytest.raises(InvalidArgument, match="the flow map is empty"):
        simulator(FlowMap.of([]))
    with pytest.raises(InvalidArgument, match="run must"):
        simulator(42)  # type: ignore[arg-type] # on purpose
    with pytest.raises(InvalidArgument, match="flows must be a flow map"):
        show_flow_map("flows.py")  # type: ignore[arg-type] # on purpose


# ---- from a real run


def finished(flow: str, number: int, minute: int, *causes: str) -> RunRecord:
    began = NOON + timedelta(minutes=minute)
    triggers = [
        TriggerEvent(f"metaflow.{cause.split('/')[0]}.end", f"{cause}/end/9", began, "run")
        for cause in causes
    ]
    return RunRecord(
        flow,
        str(number),
        status="completed",
        created_at=began,
        finished_at=began + timedelta(minutes=5),
        triggers=tuple(triggers),
    )


def test_from_a_run_its_end_happens_and_what_it_really_set_off_is_beside() -> None:
    """ETLFlow/1 > TrainingFlow/2 ─┬> ScoreFlow/4; DataFlow/3 ended after it, and is a cause from outside."""
    source = MemorySource(
        [
            finished("ETLFlow", 1, 0),
            finished("TrainingFlow", 2, 6, "ETLFlow/1"),
            finished("DataFlow", 3, 9),
            finished("ScoreFlow", 4, 15, "TrainingFlow/2", "DataFlow/3"),
        ]
    )
    widget = simulator("ETLFlow/1", source=source)
    assert {n: one.run_id for n, one in widget.state.stimuli.items()} == {"ETLFlow": "1", "DataFlow": "3"}
    assert widget.simulation is not None
    assert [run.flow for run in widget.simulation.runs] == ["TrainingFlow", "ScoreFlow"]
    real = [bar["name"] for bar in widget._player.playback["bars"] if bar.get("real")]
    assert real == ["TrainingFlow/2", "ScoreFlow/4"]
    widget.selected = ["ScoreFlow"]
    assert "ScoreFlow/4 completed in 5 min" in widget._panel._facts.value


# ---- the replay


def planned(widget: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """A plan over files that are there; nothing in it is run."""
    for flow in FLOWS:
        (tmp_path / f"{flow}.py").write_text(f"class {flow}: pass\n")
    widget._files = str(tmp_path)
    return widget._plan("local")


def test_a_replay_lists_what_it_will_run_and_asks_first(
    widget: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = threading.Event()
    monkeypatch.setattr(lineage.replaying.job, "execute_plan", lambda *_, **__: started.set())
    planned(widget, tmp_path, monkeypatch)
    panel = widget._replay
    panel._open.click()
    assert "This runs 3 flows on this machine" in panel._words.value
    assert "TrainingFlow.py" in panel._words.value
    assert not started.is_set()
    panel._close.click()
    assert panel._words.value == ""
    assert not started.is_set()


def test_a_missing_file_is_said_before_anything_starts(
    widget: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    widget._replay._open.click()
    assert "no file was found for ETLFlow, IngestFlow, TrainingFlow" in widget._replay._words.value


def test_a_replay_shows_how_far_it_is_and_can_be_cancelled(
    widget: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(widget, tmp_path, monkeypatch)
    shown = threading.Event()

    def run_plan(
        plan: Plan, workers: int, on_failure: str, progress: Any, *, cancel: Any, source: Any
    ) -> Replay:
        states = dict.fromkeys(plan.runs, RunState("skipped"))
        states["IngestFlow/sim-1"] = RunState("running")
        progress(ReplayProgress("IngestFlow/sim-1", states["IngestFlow/sim-1"], Replay(plan, states)))
        shown.set()
        assert cancel.wait(30)
        return Replay(
            plan, states | {"IngestFlow/sim-1": RunState("failed", "IngestFlow/7", 2.0, "interrupted")}
        )

    monkeypatch.setattr(lineage.replaying.job, "execute_plan", run_plan)
    panel = widget._replay
    panel._open.click()
    panel._run.click()
    assert shown.wait(30)
    assert labels(widget._player.playback, 0)["IngestFlow"] == ("running", "now")
    panel._cancel.click()
    assert panel.job is not None
    panel.job.thread.join(30)
    assert "Cancelled; nothing is left running" in panel._words.value
    assert "IngestFlow/7" in panel._words.value
    assert labels(widget._player.playback, 0)["IngestFlow"] == ("failed", "2.0 s")
    panel._close.click()
    assert len(widget._player.playback["moments"]) > 1
    assert len(plan.runs) == 3


# ---- the flow map


def test_the_map_lists_its_warnings_visibly() -> None:
    flows = FlowMap.of([declare("AFlow", on_finish=["BFlow"]), declare("BFlow", on_finish=["AFlow"])])
    view = FlowMapView(flows)
    assert "⚠ 1 warning" in view.children[0].value
    assert "AFlow fires BFlow, which fires AFlow: a loop" in view.children[0].value


def test_the_panel_tells_what_is_declared() -> None:
    flow = declare("CFlow", on_finish=["AFlow"], on=["x"], reset_at=Clock("0 0 * * *", "Europe/Berlin"))
    view = FlowMapView(FlowMap.of([declare("AFlow", schedule=Clock("0 6 * * *")), flow]))
    view.selected = ["CFlow"]
    assert "AFlow, x" in view.children[1].children[1].value
    assert "0 0 * * * (Europe/Berlin)" in view.children[1].children[1].value
    view.selected = ["AFlow"]
    assert "0 6 * * * (UTC)" in view.children[1].children[1].value


def test_in_a_script_the_map_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    show_flow_map(FLOWS)
    said = capsys.readouterr().out
    assert "ScoreFlow  after TrainingFlow and DataFlow" in said


# ---- the beginning, and what is typed


def test_what_is_typed_and_makes_no_sense_is_said_and_stays_to_be_corrected(widget: Simulator) -> None:
    box = widget._stimuli.add
    box.value = "TraningFlow"
    assert "did you mean TrainingFlow?" in widget._error.value
    assert box.value == "TraningFlow"
    box.value = "TrainingFlow"
    widget.settle()
    assert list(widget.state.stimuli) == ["IngestFlow", "TrainingFlow"]
    assert box.value == ""
    assert widget._error.layout.display == "none"


def test_a_run_that_ends_may_be_typed(widget: Simulator) -> None:
    widget._stimuli.add.value = "ETLFlow/34"
    assert widget.state.stimuli["ETLFlow"].run_id == "34"


def test_the_beginning_is_typed_in_local_time(widget: Simulator) -> None:
    field = widget._stimuli.start
    assert field.value == ""
    field.value = "2026-11-30T09:00"
    widget.settle()
    assert widget.state.start is not None
    assert widget.state.start == datetime(2026, 11, 30, 9).astimezone()
    assert widget.simulation is not None
    assert widget.simulation.why["IngestFlow"] == "runs at 09:00, because it was started"
    field.value = "soon"
    assert "The beginning must be a datetime or ISO 8601 text" in widget._error.value
    field.value = ""
    assert widget.state.start is None


def test_the_map_of_a_replay_counts_what_really_completed() -> None:
    flows = FlowMap.of(
        [
            declare("ETLFlow"),
            declare("TrainFlow", on_finish=["ETLFlow"]),
            declare("StatsFlow", on_finish=["ETLFlow"]),
            declare("ScoreFlow", on_finish=["TrainFlow", "StatsFlow", "OtherFlow"]),
            declare("OtherFlow"),
        ]
    )
    sim = simulate(flows, ["ETLFlow", Stimulus("ETLFlow", "run", at=timedelta(hours=1))])
    states = dict.fromkeys((run.key for run in sim.runs), RunState("completed", seconds=2.0))
    states["ETLFlow/sim-2"] = RunState("running")
    states["StatsFlow/sim-1"] = RunState("failed")
    states |= {"TrainFlow/sim-2": RunState("waiting"), "StatsFlow/sim-2": RunState("skipped")}
    looks = replay_looks(sim, ReplayResult(Plan({}, sim.run_graph), states))
    assert looks == {
        "ETLFlow": ("running", "now"),
        "TrainFlow": ("completed", "1 of 2"),
        "StatsFlow": ("failed", "0 of 2"),
        "ScoreFlow": ("waiting", "1 of 3"),  # the simulation had two
    }


def test_the_button_offers_what_is_configured_and_says_what_starts_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        lineage.notebook.replay_panel, "configured_engines", lambda: ["local", "argo-workflows"]
    )
    flows = FlowMap.of([declare("ETLFlow"), declare("TrainFlow", on_finish=["ETLFlow"])])
    base = plan_of_simulation(simulate(flows, "ETLFlow"), None, "replay-1", local=False)
    etl = manifest("ETLFlow", parameters={"rows": 5})
    plan = plan_on_argo(base, templates(etl, manifest("TrainFlow", "metaflow.ETLFlow.end")), None)
    asked: list[str] = []
    panel = ReplayPanel(lambda on: asked.append(on) or plan, lambda replay: None)
    assert panel._where.options == (("this machine", "local"), ("Argo Workflows", "argo-workflows"))
    assert panel._where.layout.display == ""
    panel._where.value = "argo-workflows"
    panel._open.click()
    assert asked == ["argo-workflows"]
    assert panel._where.layout.display == "none"
    assert "on Argo Workflows, with the deployed code" in panel._words.value
    assert "<span class='soft'>is submitted: etlflow</span>" in panel._words.value
    assert "<span class='soft'>starts by itself: trainflow</span>" in panel._words.value
    assert panel._run.description == "Run these 2 now"


def test_publishing_is_offered_as_such() -> None:
    plan = EventPlan({}, simulate(FLOWS, "ETLFlow").run_graph, ("it <spreads>",), "first", {"x": 1})
    panel = ReplayPanel(lambda on: plan, lambda replay: None)
    assert panel._where.layout.display == "none"  # only this machine is configured
    panel._open.click()
    assert "This publishes the event first" in panel._words.value
    assert "it &lt;spreads&gt;" in panel._words.value
    assert panel._run.description == "Publish it now"


@pytest.mark.parametrize(
    ("durations", "said"), [((8.0,), "took so far"), ((1.0, 9.0, 2.0, 4.0), "usually takes")]
)
def test_usual_is_what_three_completed_runs_and_more_took(durations: tuple[float, ...], said: str) -> None:
    facts = facts_html(FlowMap({"AFlow": declare("AFlow", durations=durations)}), "AFlow")
    assert f"{said}</span><span>{'8.0 s, of 1 run' if len(durations) == 1 else '3.0 s, of 4 runs'}" in facts
