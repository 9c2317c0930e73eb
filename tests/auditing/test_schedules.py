"""`lineage.audit` of flows that start by a schedule: the times at which they should have started."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from lineage.flow_map import Clock, FlowMap, declare
from lineage.records.model import RunRecord
from tests.auditing.test_audit import audited
from tests.support.drawn import START

HOURLY = Clock("0 * * * *")


def nightly(run_id: str, minute: int, tag: str = "runtime:argo-workflows") -> RunRecord:
    """A run that nothing triggered, begun so many minutes after START."""
    began = START + timedelta(minutes=minute)
    return RunRecord(
        "NightFlow", run_id, "completed", began, began + timedelta(minutes=1), "ann", system_tags=(tag,)
    )


def by_cron(hour: int, late: int = 1) -> RunRecord:
    """A run as Argo starts it by a CronWorkflow: named after the time, with a pod some minutes later."""
    time = START + timedelta(hours=hour)
    return nightly(f"argo-nightflow-{int(time.timestamp())}", 60 * hour + late)


def test_a_time_of_a_schedule_without_a_run_was_missed() -> None:
    flows = FlowMap.of([declare("NightFlow", schedule=HOURLY)])
    runs = [by_cron(1), by_cron(2, late=130), by_cron(4), nightly("argo-nightflow-x7k2p", 181)]
    found = audited("", flows, *runs, until=330)
    assert found["NightFlow"].sentence == (
        "should have fired at 03:00 (by its schedule) and did not; "
        "should have fired at 05:00 (by its schedule) and did not; "
        "fired as expected 3 times; 1 run by hand, by another run or resumed"
    )
    assert [row.flow for row in found.missed] == ["NightFlow"]
    assert "a schedule that was suspended or taken away looks like one that did not start" in found.notes


def test_elsewhere_a_run_belongs_to_the_time_before_it_began() -> None:
    flows = FlowMap.of([declare("NightFlow", schedule=HOURLY)])
    runs = [nightly("sfn-1", 60, "runtime:step-functions"), nightly("sfn-2", 178, "runtime:step-functions")]
    found = audited("", flows, *runs, until=250)["NightFlow"]
    assert found.fired == ("NightFlow/sfn-1", "NightFlow/sfn-2")
    assert [f"{firing.at:%H:%M}" for firing in found.missed] == ["03:00", "04:00"]


def test_a_schedule_that_nothing_shows_to_be_deployed_is_not_judged() -> None:
    flows = FlowMap.of([declare("NightFlow", schedule=HOURLY)])
    found = audited("", flows, nightly("7", 61, "runtime:dev"), until=330)
    assert found.passed
    assert found["NightFlow"].sentence == (
        "declares the schedule 0 * * * *, UTC; 1 run by hand, by another run or resumed; no run by its "
        "schedule is recorded: whether it is deployed is not known, so it is not judged"
    )


def test_a_schedule_that_is_deployed_is_judged_the_whole_time() -> None:
    cron = json.dumps({"schedule": "0 * * * *", "tz": None})
    annotations = {"metaflow/flow_name": "NightFlow", "metaflow/cron": cron}

    class Deployed:
        def templates(self) -> list[dict[str, Any]]:
            return [{"metadata": {"name": "nightflow", "annotations": annotations}}]

        def sensors(self) -> list[dict[str, Any]]:
            return []

    found = audited("", None, by_cron(2), until=150, deployments=Deployed())["NightFlow"]
    assert [f"{firing.at:%H:%M}" for firing in found.missed] == ["00:00", "01:00"]


def test_the_times_of_an_interval_are_not_recorded() -> None:
    flows = FlowMap.of([declare("NightFlow", schedule=Clock("@every 1h"))])
    (note,) = audited("", flows, by_cron(1), until=330)["NightFlow"].notes
    assert note == "when its schedule (@every 1h, UTC) starts is not recorded: not judged"


def test_a_schedule_is_judged_while_its_flow_declared_it() -> None:
    """Hourly at first; from the run of 03:00 on, nothing."""

    def read(pathspec: str) -> Mapping[str, Any]:
        attributes = {"cron": "0 * * * *", "weekly": False, "daily": True, "hourly": False, "timezone": None}
        hourly = pathspec in (f"NightFlow/{by_cron(0).run_id}", f"NightFlow/{by_cron(2).run_id}")
        return {"steps": {}, "decorators": [{"name": "schedule", "attributes": attributes}] if hourly else []}

    runs = [by_cron(0), by_cron(2), nightly("argo-nightflow-x7k2p", 190)]
    found = audited("", None, *runs, until=600, read_info=read)["NightFlow"]
    assert [f"{firing.at:%H:%M}" for firing in found.missed] == ["01:00"]
    assert found.schedule is None
