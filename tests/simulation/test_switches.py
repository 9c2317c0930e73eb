"""Steps that depend on a switch: told as uncertain, from history or from `outcomes`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from lineage import simulate
from lineage.errors import InvalidArgument
from lineage.flow_map import FlowDeclaration, FlowMap, declare
from lineage.flow_map.graph_info import declaration
from lineage.flow_map.switches import switches

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def info(**steps: list[str]) -> dict[str, Any]:
    """A `_graph_info`: what follows each step; a step that has a "?" is a switch."""
    types = {True: "split-switch", False: "linear"}
    return {
        "steps": {
            name: {"name": name, "type": types["?" in after], "next": [s for s in after if s != "?"]}
            for name, after in steps.items()
        }
    }


#        ┌─ a ─┐
# start ─┤     ├─ join ─ again ⟲ ─ end
#        └─ b ─┘
FORK = info(
    start=["?", "a", "b"], a=["join"], b=["join"], join=["again"], again=["?", "again", "end"], end=[]
)


def read(**facts: Any) -> FlowDeclaration:
    return declaration("ForkFlow", FORK, project=None, branch=None, declared_by="a test", **facts)


def flow_map(**facts: Any) -> FlowMap:
    return FlowMap.of(
        [
            read(durations=(600,), **facts),
            declare("AFlow", on=["metaflow.ForkFlow.a"]),
            declare("BFlow", on=["metaflow.ForkFlow.b"]),
            declare("JoinFlow", on=["metaflow.ForkFlow.join"]),
            declare("AgainFlow", on=["metaflow.ForkFlow.again"]),
        ]
    )


THREE = ({"a": 1, "again": 1}, {"a": 1, "again": 3}, {"a": 1, "again": 5})


def test_which_steps_depend_on_a_switch() -> None:
    found = switches(FORK)
    assert (found.optional, found.repeated) == ({"a", "b"}, {"again"})
    assert found.possible == ({"a": 1, "again": 1}, {"b": 1, "again": 1})
    assert not switches(info(start=["a", "b"], a=["join"], b=["join"], join=["end"], end=[])).optional


def test_nested_switches_and_a_branch_that_skips() -> None:
    nested = info(start=["?", "a", "end"], a=["?", "b", "c"], b=["end"], c=["end"], end=[])
    found = switches(nested)
    assert found.optional == {"a", "b", "c"}
    assert {frozenset(path) for path in found.possible} == {frozenset("ab"), frozenset("ac"), frozenset()}


def test_a_way_back_over_several_steps_repeats_them_all() -> None:
    back = info(start=["work"], work=["check"], check=["?", "work", "end"], end=[])
    assert switches(back).repeated == {"work", "check"}
    assert not switches(back).optional


def test_a_branch_that_no_past_run_took_is_told_with_the_count() -> None:
    flows = flow_map(paths=THREE)
    sim = simulate(flows, "ForkFlow", samples=50)
    assert sim.why["BFlow"] == "does not fire: step b of ForkFlow is not taken (taken in 0 of 3 runs)"
    assert "because step a of ForkFlow finished at 12:03:20 (taken in 3 of 3 runs)" in sim.why["AFlow"]
    assert "ForkFlow -> BFlow: step b of ForkFlow was taken in 0 of 3 runs" in sim.assumptions
    assert flows.graph.edges["ForkFlow", "BFlow"]["assumed"]
    assert not flows.graph.edges["ForkFlow", "JoinFlow"]["assumed"]
    assert "BFlow" not in sim.finishes


def test_without_history_neither_branch_is_expected_and_each_is_half_of_the_samples() -> None:
    sim = simulate(flow_map(), "ForkFlow", samples=2000)
    for flow in ("AFlow", "BFlow"):
        assert "taken in some runs only; no past run is known" in sim.why[flow]
        assert sim.finishes[flow][0].share == pytest.approx(0.5, abs=0.05)
    assert sim.finishes["AFlow"][0].share + sim.finishes["BFlow"][0].share == 1  # never both
    assert sim.finishes["JoinFlow"][0].share == 1


def test_a_repeated_step_fires_once_a_turn() -> None:
    flows = flow_map(paths=THREE)
    sim = simulate(flows, "ForkFlow", samples=300)
    again = [(run.started - NOON).total_seconds() for run in sim.runs if run.flow == "AgainFlow"]
    assert len(again) == 3  # the median of 1, 3 and 5
    assert again == pytest.approx([433.333, 466.667, 500], abs=0.01)  # the fifth of six equal steps
    said = re.search(r"fires at ([\d:]+), because .+ finished at ([\d:]+)", sim.why["AgainFlow"])
    assert said
    assert said[1] == said[2]  # the turn that started it, and not the last one
    shares = [finish.share for finish in sim.finishes["AgainFlow"]]
    assert shares == pytest.approx([1, 2 / 3, 2 / 3, 1 / 3, 1 / 3], abs=0.1)
    assert "which a switch repeats: it fires once a turn" in " ".join(map(str, flows.warnings))
    assert "repeated: 1 to 5 turns in 3 runs" in " ".join(sim.assumptions)


def test_outcomes_choose_the_branch_and_the_turns() -> None:
    sim = simulate(flow_map(paths=THREE), "ForkFlow", outcomes={"ForkFlow": "completed:b, again*2"})
    runs = [run.flow for run in sim.runs]
    assert (runs.count("AFlow"), runs.count("BFlow"), runs.count("AgainFlow")) == (0, 1, 2)
    assert not [text for text in sim.assumptions if "step" in text]
    once = simulate(flow_map(), "ForkFlow", outcomes={"ForkFlow": "completed:b"})
    assert [run.flow for run in once.runs].count("AgainFlow") == 1


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        ("completed:join", "no step 'join' that depends on a switch; such steps are a, again, b"),
        ("completed:bb", "no step 'bb'"),
        ("completed:again*0", "from 1 to 1000 times"),
        ("completed:again*many", "from 1 to 1000 times"),
    ],
)
def test_a_path_that_makes_no_sense_is_refused(outcome: str, says: str) -> None:
    with pytest.raises(InvalidArgument, match=says):
        simulate(flow_map(), "ForkFlow", outcomes={"ForkFlow": outcome})


def test_a_failure_before_the_turns_sends_none() -> None:
    sim = simulate(flow_map(), "ForkFlow", outcomes={"ForkFlow": "failed:join"}, horizon=timedelta(hours=2))
    assert {run.flow for run in sim.runs} == {"ForkFlow"}
