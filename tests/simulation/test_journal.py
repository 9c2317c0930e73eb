"""The record of the expected case: events, external events and states."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from lineage import simulate
from lineage.flow_map import Clock, FlowMap, Listening, declare
from lineage.simulation import State, Stimulus

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def test_a_run_that_is_started_is_no_external_event() -> None:
    sim = simulate(FlowMap.of([declare("AFlow")]), "AFlow")
    assert sim.stimuli == ()
    assert [event.kind for event in sim.events] == ["started", "completed"]
    assert set(sim.lineage.graph) == {"AFlow/sim-1"}


def test_an_event_with_all_required_fields_is_not_discarded() -> None:
    flows = FlowMap.of([declare("NeedyFlow", on=[Listening("a", required=frozenset({"table"}))])])
    sim = simulate(flows, Stimulus("a", payload={"table": "orders"}))
    assert [event.kind for event in sim.events] == ["happened", "arrived", "started", "completed"]


def test_a_reset_with_nothing_to_lose_is_not_recorded() -> None:
    flows = FlowMap.of([declare("PairFlow", on=["a", "b"], reset_at=Clock("0 * * * *"))])
    sim = simulate(flows, Stimulus("a", at=timedelta(minutes=90)), horizon=timedelta(hours=5))
    resets = [event.at for event in sim.events if event.kind == "reset"]
    assert resets == [NOON + timedelta(hours=2)]


def test_the_end_of_a_run_is_told_without_its_start() -> None:
    """Whoever shows the last events only has not seen it begin."""
    sim = simulate(FlowMap.of([declare("AFlow")]), "AFlow")
    assert State().after(sim.events[-1]) == State(done={"AFlow/sim-1": "completed"})
