"""Which runs of a replay are submitted to Argo Workflows, and which start by themselves."""

from __future__ import annotations

from typing import Any

import pytest

from lineage import simulate
from lineage.errors import InvalidArgument, ReplayError
from lineage.flow_map import FlowMap, declare
from lineage.replaying import plan_replay
from lineage.replaying.argo.plan import ArgoPlan, plan_on_argo
from lineage.replaying.kept_parameters import PastParameters
from lineage.replaying.plan import plan_of_simulation
from tests.replaying.deployed import manifest, templates

FLOWS = FlowMap.of(
    [
        declare("DataFlow", on=["first"]),
        declare("TrainFlow", on_finish=["DataFlow"]),
        declare("StatsFlow"),
        declare("ScoreFlow", on_finish=["TrainFlow", "StatsFlow"]),
    ]
)
DATA = manifest("DataFlow", "first", parameters={"rows": 5, "Label": "none"})
TRAIN = manifest("TrainFlow", "metaflow.DataFlow.end")
SCORE = manifest("ScoreFlow", "metaflow.TrainFlow.end", "metaflow.StatsFlow.end")
STATS = manifest("StatsFlow")
FIRST = {"name": "first", "payload": {"rows": 7, "label": "$x", "other": 1}}


def planned(*manifests: dict[str, Any], stimuli: Any = (FIRST,), past: Any = None) -> ArgoPlan:
    base = plan_of_simulation(simulate(FLOWS, list(stimuli)), None, "replay-1", local=False)
    return plan_on_argo(base, templates(*manifests), past)


def test_what_waits_for_planned_runs_only_starts_by_itself() -> None:
    plan = planned(DATA, TRAIN, SCORE, STATS, stimuli=[FIRST, "StatsFlow"])
    assert plan.script().splitlines()[-4:] == [
        "submit  dataflow, triggered by first: --rows 7 --Label '$x'",
        "submit  statsflow, triggered by nothing",
        "arrives trainflow, triggered by the new run of DataFlow",
        "arrives scoreflow, triggered by the new run of TrainFlow, the new run of StatsFlow",
    ]
    assert "the parameter Label of DataFlow has characters that Argo passes through a shell" in plan.remarks


@pytest.mark.parametrize(
    "changed",
    [
        {"DATA": manifest("DataFlow", "first", emits=False, parameters={"rows": 5, "Label": ""})},
        {"TRAIN": manifest("TrainFlow")},  # deployed without its decorator
        {"TRAIN": manifest("TrainFlow", "metaflow.shop.prod.DataFlow.end")},
    ],
)
def test_what_its_sensor_would_not_start_is_submitted_after_its_causes(changed: dict[str, Any]) -> None:
    plan = planned(*({"DATA": DATA, "TRAIN": TRAIN} | changed).values())
    assert [submission.arrives for submission in plan.submissions.values()] == [False, False]


def test_a_sensor_that_hears_one_of_two_is_said() -> None:
    both = declare("TrainFlow", on_finish=["DataFlow"])
    flows = FlowMap.of([declare("DataFlow", on=["first"]), both])
    base = plan_of_simulation(simulate(flows, [FIRST]), None, "replay-1", local=False)
    two = manifest("TrainFlow", "metaflow.DataFlow.end", "metaflow.StatsFlow.end")
    plan = plan_on_argo(base, templates(DATA, two, SCORE), None)
    assert not plan.submissions["TrainFlow/sim-1"].arrives
    assert plan.remarks[1:] == (
        "TrainFlow is submitted, because not all that it waits for is repeated; its sensor keeps "
        "metaflow.DataFlow.end for its next run",
        "ScoreFlow is deployed to listen to TrainFlow, and hears of it, too",
    )


def test_deployed_flows_outside_the_plan_that_will_start_are_said() -> None:
    plan = planned(DATA, TRAIN, manifest("AlarmFlow", "metaflow.TrainFlow.end"))
    assert plan.remarks[-1] == "AlarmFlow is deployed to listen to TrainFlow, and will start, too"


def test_parameters_of_a_past_run_win_over_those_of_its_event() -> None:
    kept = PastParameters({"rows": "9"}, ("one is lost",))
    plan = planned(DATA, TRAIN, past=lambda key, template: kept)
    assert plan.submissions["DataFlow/sim-1"].parameters == {"rows": "9", "Label": "$x"}
    assert plan.submissions["TrainFlow/sim-1"].parameters == {}  # its sensor starts it
    assert plan.remarks.count("one is lost") == 1


@pytest.mark.parametrize(
    ("manifests", "message"),
    [
        ([TRAIN], "DataFlow is not deployed on Argo Workflows; deploy it with argo-workflows create"),
        (
            [TRAIN, manifest("DataFlow", "first", project="shop", branch="prod")],
            "its templates are shop.prod.data",
        ),
        (
            [TRAIN, DATA, {**DATA, "metadata": {**DATA["metadata"], "name": "again"}}],
            r"several times \(dataflow, a",
        ),
        ([TRAIN, manifest("DataFlow", "first"), {"metadata": {"name": "foreign"}, "spec": {}}], None),
    ],
)
def test_what_is_not_deployed_is_refused(manifests: list[dict[str, Any]], message: str | None) -> None:
    if message is None:
        assert list(planned(*manifests).submissions)
        return
    with pytest.raises(ReplayError, match=message):
        planned(*manifests)


def test_a_parameter_that_the_template_lacks_is_refused() -> None:
    stimuli = [{"name": "StatsFlow", "payload": {"rows": 5}}]
    with pytest.raises(ReplayError, match="template statsflow has no parameter rows; deploy StatsFlow again"):
        planned(STATS, stimuli=stimuli)


def test_engines_and_their_options_are_checked() -> None:
    sim = simulate(FLOWS, ["StatsFlow"])
    with pytest.raises(InvalidArgument, match="on must be 'local' or 'argo-workflows' or 'argo-events'"):
        plan_replay(sim, on="airflow")  # type: ignore[arg-type]  # what a person may type
    with pytest.raises(InvalidArgument, match="the code that is deployed runs"):
        plan_replay(sim, on="argo-workflows", code="then")
