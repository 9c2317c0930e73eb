"""The tables of listeners that the engine plays by."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from lineage import simulate
from lineage.flow_map import FlowMap, declare
from lineage.simulation.tables import compiled

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def test_steps_of_a_flow_whose_steps_are_not_known_are_heard_of_at_its_end() -> None:
    flows = FlowMap.of(
        [
            declare("AFlow", durations=(60,)),
            declare("WorkFlow", on=["metaflow.AFlow.work"]),
            declare("LastFlow", on=["metaflow.AFlow.last"]),
            declare("OtherFlow", on=["metaflow.GoneFlow.work"]),
        ]
    )
    runs = simulate(flows, "AFlow").runs
    assert [run.flow for run in runs] == ["AFlow", "LastFlow", "WorkFlow"]
    assert {run.started for run in runs[1:]} == {NOON + timedelta(minutes=1)}


def test_an_event_that_no_flow_listens_to_is_neither_taken_nor_discarded() -> None:
    assert compiled(FlowMap.of([declare("AFlow", on=["a"])])).accepting("b", None) == ([], [])
