"""What a replay runs, in which order, and what it does when something goes wrong."""

from __future__ import annotations

import json
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from lineage import Simulation, replay, simulate, trace
from lineage.errors import InvalidArgument, ReplayError
from lineage.flow_map import FlowMap, declare
from lineage.records.model import RunRecord, TriggerEvent
from lineage.replaying import ReplayProgress, plan_replay
from lineage.replaying.past_plan import plan_of_past
from lineage.sources import MemorySource
from tests.replaying.scripted import ScriptedFlows
from tests.support.drawn import drawn_records

FLOWS = FlowMap.of(
    [
        declare("ETLFlow"),
        declare("TrainFlow", on_finish=["ETLFlow"]),
        declare("StatsFlow", on_finish=["ETLFlow"]),
        declare("ScoreFlow", on_finish=["TrainFlow", "StatsFlow"]),
        declare("AlarmFlow", on_finish=["StatsFlow"]),
    ]
)


@pytest.fixture
def scripted(tmp_path: Path) -> ScriptedFlows:
    return ScriptedFlows(tmp_path)


def cascade() -> Simulation:
    return simulate(FLOWS, ["ETLFlow"])


def test_runs_the_cascade_in_order_with_the_runs_that_it_made_as_triggers(scripted: ScriptedFlows) -> None:
    scripted.add("ETLFlow", "TrainFlow", "StatsFlow", "ScoreFlow", "AlarmFlow")
    done = replay(cascade(), files=scripted.folder, max_workers=2)
    assert done.succeeded
    assert scripted.ended[0] == "ETLFlow"
    assert scripted.triggers("TrainFlow") == [done.runs["ETLFlow/sim-1"]] == ["ETLFlow/100"]
    assert scripted.triggers("ScoreFlow") == ["TrainFlow/101", "StatsFlow/102"]
    assert set(done.lineage.graph.edges) == {
        ("ETLFlow/100", "TrainFlow/101"),
        ("ETLFlow/100", "StatsFlow/102"),
        ("TrainFlow/101", "ScoreFlow/103"),
        ("StatsFlow/102", "ScoreFlow/103"),
        ("StatsFlow/102", "AlarmFlow/104"),
    }
    assert {node["status"] for _, node in done.lineage.graph.nodes(data=True)} == {"completed"}
    made = done.lineage.graph.nodes
    assert made["ETLFlow/100"]["finished_at"] <= made["TrainFlow/101"]["created_at"]


@pytest.mark.parametrize(("workers", "overlap"), [(1, False), (2, True)])
def test_runs_side_by_side_what_max_workers_allows(
    scripted: ScriptedFlows, workers: int, overlap: bool
) -> None:
    scripted.add("ETLFlow")
    scripted.add("TrainFlow", "StatsFlow", seconds=0.3)
    scripted.add("ScoreFlow", "AlarmFlow")
    replay(cascade(), files=scripted.folder, max_workers=workers)
    one, other = (call for call in scripted.calls if call["flow"] in ("TrainFlow", "StatsFlow"))
    assert (max(one["began"], other["began"]) < min(one["ended"], other["ended"])) == overlap


def test_stops_at_a_failure_and_lets_what_runs_finish(scripted: ScriptedFlows) -> None:
    scripted.add("ETLFlow", "ScoreFlow", "AlarmFlow")
    scripted.add("TrainFlow", code=1)
    scripted.add("StatsFlow", seconds=0.5)
    done = replay(cascade(), files=scripted.folder, max_workers=2)
    assert done.failed == ["TrainFlow/sim-1"]
    assert sorted(scripted.ended) == ["ETLFlow", "StatsFlow", "TrainFlow"]
    assert sorted(done.skipped) == ["AlarmFlow/sim-1", "ScoreFlow/sim-1"]
    with pytest.raises(ReplayError, match=r"TrainFlow/\d+ failed(.|\n)*a line of output"):
        done.raise_for_failure()
    assert repr(done) == "Replay of 5 runs: 2 completed, 1 failed, 2 skipped"


def test_goes_on_with_what_does_not_depend_on_a_failure(scripted: ScriptedFlows) -> None:
    scripted.add("ETLFlow", "ScoreFlow", "AlarmFlow", "StatsFlow")
    scripted.add("TrainFlow", code=1)
    done = replay(cascade(), files=scripted.folder, max_workers=1, on_failure="continue")
    assert done.skipped == ["ScoreFlow/sim-1"]
    assert "AlarmFlow" in scripted.ended


def test_a_run_that_cannot_be_started_is_a_failed_one(scripted: ScriptedFlows) -> None:
    scripted.add("ETLFlow", "TrainFlow", "StatsFlow", "ScoreFlow", "AlarmFlow")
    (scripted.folder / "trainflow.py").write_text("class TrainFlow: pass\nraise SystemExit('no such thing')")
    done = replay(cascade(), files=scripted.folder, on_failure="continue", max_workers=1)
    assert done.failed == ["TrainFlow/sim-1"]
    assert "no such thing" in done.states["TrainFlow/sim-1"].log


def test_missing_files_are_said_before_anything_starts(
    scripted: ScriptedFlows, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.add("ETLFlow", "TrainFlow")
    monkeypatch.chdir(scripted.folder)
    with pytest.raises(
        ReplayError, match="Nothing was started: no file was found for AlarmFlow, ScoreFlow, "
    ):
        replay(cascade())
    assert scripted.calls == []
    with pytest.raises(InvalidArgument, match="do not exist: ETLFlow"):
        replay(cascade(), files={"ETLFlow": "nowhere.py"})


def test_a_dry_run_prints_the_commands_and_runs_nothing(
    scripted: ScriptedFlows, capsys: pytest.CaptureFixture[str]
) -> None:
    scripted.add("ETLFlow", "TrainFlow", "StatsFlow", "ScoreFlow", "AlarmFlow")
    done = replay(cascade(), files=scripted.folder, dry_run=True)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert lines[0].endswith("etlflow.py run")
    assert lines[2].endswith("--trigger 'ETLFlow/<id of ETLFlow/sim-1>' run")
    assert scripted.calls == []
    assert not done.runs


def test_progress_tells_of_every_start_and_end_and_its_error_stops_everything(
    scripted: ScriptedFlows,
) -> None:
    scripted.add("ETLFlow", "TrainFlow", "StatsFlow", "ScoreFlow", "AlarmFlow")
    seen: list[tuple[str, str]] = []

    def note(one: ReplayProgress) -> None:
        seen.append((one.key, one.state.status))
        assert one.replay.lineage.graph.number_of_nodes() == 5

    replay(cascade(), files=scripted.folder, max_workers=1, progress=note)
    assert seen[:3] == [
        ("ETLFlow/sim-1", "running"),
        ("ETLFlow/sim-1", "completed"),
        ("StatsFlow/sim-1", "running"),
    ]

    def fail(one: ReplayProgress) -> None:
        raise RuntimeError("the display is gone")

    scripted.log.unlink()
    scripted.add("ETLFlow", seconds=30)
    with pytest.raises(RuntimeError, match="display is gone"):
        replay(cascade(), files=scripted.folder, progress=fail)
    assert scripted.calls == []


def test_can_be_stopped_from_another_thread(scripted: ScriptedFlows) -> None:
    scripted.add("ETLFlow", "StatsFlow", "ScoreFlow", "AlarmFlow")
    scripted.add("TrainFlow", seconds=30)
    stop = threading.Event()

    def press_stop(one: ReplayProgress) -> None:
        if one.state.status == "running" and one.key == "TrainFlow/sim-1":
            threading.Timer(0.2, stop.set).start()

    began = time.monotonic()
    done = replay(cascade(), files=scripted.folder, max_workers=1, progress=press_stop, cancel=stop)
    assert time.monotonic() - began < 10
    assert done.failed == ["TrainFlow/sim-1"]
    assert "ScoreFlow/sim-1" in done.skipped
    assert "TrainFlow" not in scripted.ended


def test_events_carry_their_payload_and_are_one_event_for_all_that_listen(scripted: ScriptedFlows) -> None:
    flows = FlowMap.of(
        [declare("OneFlow", on=["first"]), declare("TwoFlow", on=["first"]), declare("ETLFlow")]
    )
    scripted.add("OneFlow", "TwoFlow")
    sim = simulate(flows, [{"name": "first", "payload": {"x": 1}}])
    replay(sim, files=scripted.folder)
    (one,), (two,) = scripted.triggers("OneFlow"), scripted.triggers("TwoFlow")
    assert one == two
    spec = json.loads(one)
    assert (spec["name"], spec["fields"]) == ("first", {"x": 1})
    assert spec["id"].startswith("replay-")


def test_a_started_flow_gets_its_parameters(scripted: ScriptedFlows) -> None:
    scripted.add("ETLFlow")
    flows = FlowMap.of([declare("ETLFlow")])
    replay(simulate(flows, {"name": "ETLFlow", "payload": {"rows": 5, "name": "a b"}}), files=scripted.folder)
    words = scripted.calls[0]["words"]
    assert words[: words.index("--run-id-file")] == ["run", "--rows", "5", "--name", "a b"]


def test_a_loop_and_a_run_without_an_id_are_refused(scripted: ScriptedFlows) -> None:
    loop = FlowMap.of([declare("LoopFlow", on_finish=["LoopFlow"])])
    with pytest.raises(ReplayError, match="stopped at 5 runs"):
        replay(simulate(loop, "LoopFlow", max_runs=5), files=scripted.folder)
    finished = simulate(FLOWS, {"name": "ETLFlow", "kind": "finish"})
    scripted.add("TrainFlow", "StatsFlow", "ScoreFlow", "AlarmFlow")
    with pytest.raises(ReplayError, match="the simulation does not say which run of ETLFlow ended"):
        replay(finished, files=scripted.folder)
    replay(simulate(FLOWS, "ETLFlow/34"), files=scripted.folder)
    assert scripted.triggers("TrainFlow") == ["ETLFlow/34"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"max_workers": 0},
        {"max_workers": 1.5},
        {"on_failure": "ignore"},
        {"parameters": "all"},
        {"code": "yesterday"},
        {"code": "then"},  # of a simulation
    ],
)
def test_bad_arguments_fail_at_the_door(arguments: dict[str, object]) -> None:
    with pytest.raises(InvalidArgument):
        replay(cascade(), **arguments)


# a past cascade

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def past_run(flow: str, run_id: str, minute: int, *triggers: TriggerEvent, **facts: object) -> RunRecord:
    at = NOON + timedelta(minutes=minute)
    return RunRecord(flow, run_id, "completed", at, at + timedelta(minutes=1), triggers=triggers, **facts)


def ended(run: str, end: str = "end") -> TriggerEvent:
    return TriggerEvent(f"metaflow.{run.split('/')[0]}.{end}", f"{run}/{end}/9", NOON, "run")


FIRST = TriggerEvent("first", "e-1", NOON, "event", {"x": 1})
PAST = [
    past_run("ETLFlow", "1", 0),
    past_run("StatsFlow", "7", 0),
    # a custom end step records its cause twice
    past_run("TrainFlow", "2", 2, ended("ETLFlow/1", "finish"), ended("ETLFlow/1")),
    past_run("ScoreFlow", "3", 4, ended("TrainFlow/2"), ended("StatsFlow/7"), FIRST),
    past_run("StepFlow", "4", 4, TriggerEvent("metaflow.TrainFlow.fit", "TrainFlow/2/fit/8", NOON, "event")),
    past_run("ScoreFlow", "5", 6, ended("TrainFlow/2"), origin="ScoreFlow/3", inherited=True),
    past_run("AlarmFlow", "6", 8, ended("ScoreFlow/5")),
]


def past_plan(scripted: ScriptedFlows, records: list[RunRecord], run: str = "ETLFlow/1"):
    source = MemorySource(records)
    return plan_of_past(
        trace(run, upstream=0, downstream=None, source=source),
        source,
        scripted.folder,
        lambda key: None,
        parameters="defaults",
    )


def test_a_past_cascade_is_made_again_with_the_triggers_that_it_had(scripted: ScriptedFlows) -> None:
    scripted.add("ETLFlow", "StatsFlow", "TrainFlow", "ScoreFlow", "StepFlow", "AlarmFlow")
    plan = past_plan(scripted, PAST)
    lines = dict(zip(plan.runs, plan.script().splitlines(), strict=True))
    assert next(iter(lines)) == "TrainFlow/2"  # not the run itself
    assert "ScoreFlow/5" not in lines  # a resumed run is the same cause
    assert lines["TrainFlow/2"].endswith("--trigger ETLFlow/1 run --tag replay_of:TrainFlow/2")
    assert "--trigger 'TrainFlow/<id of TrainFlow/2>' --trigger StatsFlow/7" in lines["ScoreFlow/3"]
    event = {"name": "first", "id": "e-1", "fields": {"x": 1}, "timestamp": int(NOON.timestamp())}
    assert json.dumps(event) in lines["ScoreFlow/3"]
    assert "ScoreFlow/<id of ScoreFlow/3>" in lines["AlarmFlow/6"]


def replayed(of: str, flow: str, run_id: str, minute: int, *triggers: TriggerEvent) -> RunRecord:
    return past_run(flow, run_id, minute, *triggers, tags=("mine", f"replay_of:{of}"))


TWICE = [
    past_run("ETLFlow", "1", 0),
    past_run("TrainFlow", "2", 2, ended("ETLFlow/1")),
    past_run("ScoreFlow", "3", 4, ended("TrainFlow/2")),
    replayed("TrainFlow/2", "TrainFlow", "12", 12, ended("ETLFlow/1")),
    replayed("ScoreFlow/3", "ScoreFlow", "13", 14, ended("TrainFlow/12")),
    # a deployed flow that heard of the repeated run: nothing marks it
    past_run("AlarmFlow", "14", 16, ended("ScoreFlow/13")),
    # a replay of the replay's run
    replayed("ScoreFlow/13", "ScoreFlow", "23", 24, ended("TrainFlow/12")),
]


@pytest.mark.parametrize(
    ("run", "again"),
    [
        ("ETLFlow/1", ["TrainFlow/2", "ScoreFlow/3"]),
        ("TrainFlow/2", ["ScoreFlow/3"]),
        ("TrainFlow/12", ["ScoreFlow/13", "AlarmFlow/14"]),  # the first of its kind, and what it triggered
    ],
)
def test_earlier_replays_are_not_replayed(scripted: ScriptedFlows, run: str, again: list[str]) -> None:
    scripted.add("TrainFlow", "ScoreFlow", "AlarmFlow")
    plan = past_plan(scripted, TWICE, run)
    assert list(plan.runs) == again
    assert set(plan.run_graph) == {run, *again}


def test_a_run_whose_original_is_gone_is_repeated_once(scripted: ScriptedFlows) -> None:
    scripted.add("TrainFlow", "ScoreFlow", "AlarmFlow")
    plan = past_plan(scripted, [record for record in TWICE if record.run_id not in ("2", "3")], "ETLFlow/1")
    assert list(plan.runs) == ["TrainFlow/12", "ScoreFlow/13", "AlarmFlow/14"]


def test_a_failure_that_was_simulated_is_said_before_it_really_runs(
    scripted: ScriptedFlows, capsys: pytest.CaptureFixture[str]
) -> None:
    scripted.add("ETLFlow", "TrainFlow", "StatsFlow", "AlarmFlow")
    sim = simulate(FLOWS, ["ETLFlow"], outcomes={"TrainFlow": "failed"})
    said = (
        "TrainFlow failed in the simulation: it will really run, and what its success would trigger will not"
    )
    replay(sim, files=scripted.folder, dry_run=True)
    assert capsys.readouterr().out.splitlines()[0] == f"# {said}"
    with pytest.warns(UserWarning, match="really run") as warned:
        done = replay(sim, files=scripted.folder)
    assert [str(warning.message) for warning in warned] == [said]
    assert warned[0].filename == __file__
    assert done.succeeded
    assert "ScoreFlow" not in scripted.ended


def test_code_and_parameters_that_cannot_be_had_are_said(scripted: ScriptedFlows) -> None:
    scripted.add("TrainFlow")
    source = MemorySource([PAST[0], PAST[2]])
    cascade = trace("ETLFlow/1", upstream=0, downstream=None, source=source)
    plan = plan_of_past(cascade, source, scripted.folder, lambda key: None)
    assert [remark.split(": TrainFlow/2 was not found")[0] for remark in plan.remarks] == [
        "the parameters of TrainFlow/2 are not kept"
    ]
    with pytest.raises(
        ReplayError, match=r"code of the time cannot be had for TrainFlow/2 \(TrainFlow/2 was"
    ):
        plan_of_past(cascade, source, scripted.folder, lambda key: None, code="then")


def test_a_trigger_that_is_gone_and_a_run_that_set_off_nothing_are_said(scripted: ScriptedFlows) -> None:
    scripted.add("TrainFlow", "ScoreFlow")
    gone = [PAST[0], PAST[2], past_run("ScoreFlow", "3", 4, ended("TrainFlow/2"), ended("OldFlow/1"))]
    with pytest.raises(ReplayError, match="OldFlow/1, which triggered ScoreFlow/3, no longer exists"):
        past_plan(scripted, gone)
    with pytest.raises(ReplayError, match="StatsFlow/7 triggered no run"):
        past_plan(scripted, [PAST[1]], "StatsFlow/7")


def test_a_plan_can_be_shown_before_it_runs(scripted: ScriptedFlows) -> None:
    scripted.add("ETLFlow", "TrainFlow", "StatsFlow", "ScoreFlow", "AlarmFlow")
    plan = plan_replay(cascade(), files=scripted.folder)
    assert next(iter(plan.runs)) == "ETLFlow/sim-1"
    assert plan.runs["ScoreFlow/sim-1"].needs(plan.runs) == ["TrainFlow/sim-1", "StatsFlow/sim-1"]


def test_what_a_step_started_or_only_read_is_not_made_again_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "b.py"
    file.write_text("from metaflow import FlowSpec\n\n\nclass B(FlowSpec):\n    pass\n")
    records = drawn_records("A/1 > B/2 => C/3\nA/1 .x.> D/4")
    plan = plan_replay("A/1", files={"B": str(file)}, source=MemorySource(records), parameters="defaults")
    assert list(plan.runs) == ["B/2"]
